//! What the documents say of operations, faults and close codes, read off the three tables.

use bedside::protocol::catalogue::Row;
use bedside::protocol::operation::{Access, Effect, Pace};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// Who may call, as one word.
pub(crate) const fn access(it: Access) -> &'static str {
    match it {
        Access::Anyone => "anyone",
        Access::AnySession => "any_session",
        Access::Enrolling => "enrolling",
        Access::SignedIn => "signed_in",
        Access::Account => "account",
        Access::CareAccount => "care_account",
        Access::VisitParty => "visit_party",
        Access::Clinician => "clinician",
        Access::ClinicianAccount => "clinician_account",
        Access::Staff => "staff",
        Access::Patient => "patient",
        Access::StaffAccount => "staff_account",
        Access::Support => "support",
        Access::Admin => "admin",
    }
}

/// How old a proof of who it is may be.
pub(crate) fn proof(fresh: u32) -> String {
    if fresh == 0 { "–".to_owned() } else { format!("≤ {fresh} s") }
}

/// What it does, as one word.
pub(crate) const fn effect(it: Effect) -> &'static str {
    match it {
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Live => "live",
    }
}

/// How often, as one word.
pub(crate) const fn pace(it: Pace) -> &'static str {
    match it {
        Pace::Normal => "normal",
        Pace::Credential => "credential",
        Pace::Frequent => "frequent",
    }
}

/// `visit.mark_no_show` → `visitMarkNoShow`.
pub(crate) fn camel(name: &str) -> String {
    let mut parts = name.split(['.', '_']);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (first, rest) = part.split_at(1);
        out.push_str(&first.to_uppercase());
        out.push_str(rest);
    }
    out
}

/// The `{fields}` of a path.
pub(crate) fn path_fields(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// A sentence about an operation: the doc comment of its params without the name in front.
pub(crate) fn summary(row: &Row, definitions: &Map<String, Value>) -> String {
    let doc = definitions[row.params_type]["description"].as_str().unwrap_or_default();
    let text = doc.split_once(": ").map_or(doc, |(_, rest)| rest).replace('\n', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// A generator that puts definitions at `path`.
pub(crate) fn generator(path: &'static str) -> SchemaGenerator {
    SchemaSettings::draft2020_12().with(|it| it.definitions_path = path.into()).into_generator()
}

/// The definitions of a generator, as they are published.
pub(crate) fn definitions(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut definitions: Vec<_> = generator.take_definitions(true).into_iter().collect();
    definitions.sort_by(|one, other| one.0.cmp(&other.0));
    definitions
        .into_iter()
        .map(|(name, mut schema)| {
            absent_is_not_null(&mut schema);
            (name, schema)
        })
        .collect()
}

/// We write an absent field as absent, and ask callers for the same: `null` is taken out of optional properties.
/// (Rust would also accept `null`; that is a courtesy, not the contract.)
fn absent_is_not_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(absent_is_not_null),
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                properties.values_mut().for_each(without_null);
            }
            object.values_mut().for_each(absent_is_not_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_null(property: &mut Value) {
    let Value::Object(property) = property else { return };
    if property.get("default") == Some(&Value::Null) {
        property.shift_remove("default");
    }
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(options)) = property.get_mut("anyOf") {
        options.retain(|it| it["type"] != "null");
        if let [Value::Object(only)] = options.as_slice() {
            let only = only.clone();
            property.shift_remove("anyOf");
            property.extend(only);
        }
    }
}

#[test]
fn names_become_camel_case() {
    assert_eq!(camel("visit.mark_no_show"), "visitMarkNoShow");
    assert_eq!(camel("me.read"), "meRead");
}
