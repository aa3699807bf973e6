//! Values of another kind than the schema says: a fault names the field, over REST and over the socket, and repeats nothing.

use super::CANARY;
use crate::support::http::{Request, row};
use crate::support::{Kind, tell};
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::codec::Codec;
use bedside::protocol::operation::Effect;
use schemars::SchemaGenerator;
use serde_json::{Value, json};

/// A field, with the objects that it is in.
type Place = Vec<String>;

/// All numbers and choices of a row, and their schema.
fn fields(row: &Row) -> Vec<(Place, Value)> {
    let mut generator = SchemaGenerator::default();
    let root = (row.params)(&mut generator).to_value();
    let all = json!({"$defs": generator.take_definitions(true)});
    let mut found = vec![];
    walk(&root, &all, &mut vec![], &mut found);
    found
}

fn walk(schema: &Value, all: &Value, at: &mut Place, found: &mut Vec<(Place, Value)>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = all.pointer(name.trim_start_matches('#')).expect("a definition");
        return walk(target, all, at, found);
    }
    for one in schema["anyOf"].as_array().into_iter().flatten() {
        walk(one, all, at, found);
    }
    if let Some(fields) = schema["properties"].as_object() {
        for (name, field) in fields {
            at.push(name.clone());
            walk(field, all, at, found);
            at.pop();
        }
        return;
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    if kinds.iter().any(|it| ["integer", "number", "boolean"].contains(&it.as_str().unwrap_or("")))
    {
        found.push((at.clone(), schema.clone()));
    }
}

/// What such a field cannot be.
fn wrong(schema: &Value) -> Vec<Value> {
    let mut wrong = vec![json!(CANARY), json!([7]), json!({CANARY: 7})];
    let is = |kind: &str| schema["type"] == kind || schema["type"][0] == kind;
    if is("integer") {
        wrong.extend([json!(1.5), json!(1e300), json!(u64::MAX), json!("7")]);
        if schema["minimum"] == 0 {
            wrong.push(json!(-1));
        }
    }
    if is("boolean") {
        wrong.extend([json!(1), json!("true")]);
    }
    wrong
}

#[test]
fn a_value_of_another_kind_is_refused_with_its_field() {
    tell(Kind::Memory, async |clinic| {
        let mut tried = 0;
        for it in CATALOGUE.iter().filter(|it| it.effect != Effect::Read) {
            for (place, schema) in fields(it) {
                let name = place.last().expect("a field");
                // A socket that is told so often that it is wrong is closed: each field has its own.
                let mut socket = clinic.admin.connects(Codec::Json).await;
                for value in wrong(&schema) {
                    let at = place.iter().rev();
                    let params = at.fold(value.clone(), |inner, name| json!({name: inner}));
                    let request = Request::new(it.method, &path(it)).json(&params);
                    let request = clinic.admin.signed(request);
                    let answer = request.send(clinic.hub).await;
                    let said = (answer.status, answer.code(), answer.json()["field"].clone());
                    let expected = (400, "malformed".to_owned(), json!(name));
                    assert_eq!(said, expected, "{} {place:?} {value}", it.name);
                    assert!(!answer.text().contains(CANARY), "{} {place:?}", it.name);
                    let fault = socket.calls_raw(it.name, params).await.expect_err("refused");
                    if fault.code.as_str() != "unsupported" {
                        let said = (fault.code.as_str(), fault.field.as_deref());
                        assert_eq!(said, ("malformed", Some(name.as_str())), "{} {value}", it.name);
                    }
                    tried += 1;
                }
            }
        }
        assert!(tried > 100, "{tried}");
    });
}

/// Ids of the path are good; what is wrong stands in the body.
fn path(row: &Row) -> String {
    let id = uuid::Uuid::from_u128(7).to_string();
    let parts = row.path.split('/').map(|it| if it.starts_with('{') { id.as_str() } else { it });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn a_query_names_its_field_too() {
    tell(Kind::Memory, async |clinic| {
        for (query, field) in [
            (format!("limit={CANARY}"), "limit"),
            ("limit=-1".to_owned(), "limit"),
            ("limit=1.5".to_owned(), "limit"),
            (format!("strategy={CANARY}"), "strategy"),
            (format!("clinician_id={CANARY}"), "clinician_id"),
        ] {
            let path = format!("{}?{query}", row("slot.search").path);
            let request = clinic.admin.signed(Request::new("GET", &path));
            let answer = request.send(clinic.hub).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "malformed"), "{query}");
            assert_eq!(answer.json()["field"], field, "{query}");
            assert!(!answer.text().contains(CANARY), "{query}");
        }
    });
}
