//! `openapi.json`: OpenAPI 3.1 of the operations over REST.

use crate::table;
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::operation::{Access, Effect};
use bedside::protocol::precondition::CONDITIONAL;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Operations that read or set the refresh cookie.
const WITH_COOKIE: [&str; 5] = [
    "auth.sign_in",
    "auth.finish_provider",
    "auth.refresh",
    "auth.sign_out",
    "video.create_session",
];

/// The document.
pub(crate) fn document() -> Value {
    let mut generator = table::generator("/components/schemas");
    let fault = generator.subschema_for::<Fault>();
    let outputs: Vec<_> = CATALOGUE
        .iter()
        .map(|row| {
            (row.params)(&mut generator);
            (row.output)(&mut generator)
        })
        .collect();
    let definitions = table::definitions(&mut generator);
    let mut paths = Map::new();
    for (row, output) in CATALOGUE.iter().zip(outputs) {
        let operation = operation(row, &definitions, &json!(output));
        paths.entry(row.path).or_insert_with(|| json!({}))[row.method.to_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bedside",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The operations of the hub over REST. The same operations, with the same params, \
                answers and faults, are served over the WebSocket: see asyncapi.json.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description":
                    "Access token of 15 minutes: from sign-in, from a refresh, or from a join link." },
            },
            "parameters": { "idempotency_key": {
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "The same key never takes effect twice; a repeated call gets the first answer.",
                "schema": { "type": "string", "minLength": 1, "maxLength": bedside::protocol::frame::MAX_KEY_BYTES },
            }, "if_match": {
                "name": "If-Match", "in": "header", "required": false,
                "description": "What the caller saw: `\"<version>\"` of an appointment, `\"<epoch>.<offset>\"` of a \
                    conversation's topic. When it is elsewhere by now: `stale`, and nothing changes.",
                "schema": { "type": "string" },
            } },
            "responses": refusals(&json!(fault)),
            "schemas": definitions,
        },
    })
}

fn operation(row: &Row, definitions: &Map<String, Value>, output: &Value) -> Value {
    let in_path = table::path_fields(row.path);
    let params = &definitions[row.params_type];
    let mut parameters: Vec<Value> = in_path
        .iter()
        .map(|name| parameter(name, "path", params))
        .chain(query_fields(row, params, &in_path).map(|name| parameter(name, "query", params)))
        .collect();
    if row.effect == Effect::Write {
        parameters.push(json!({ "$ref": "#/components/parameters/idempotency_key" }));
    }
    if CONDITIONAL.iter().any(|it| it.0 == row.name) {
        parameters.push(json!({ "$ref": "#/components/parameters/if_match" }));
    }
    let mut operation = json!({
        "operationId": table::camel(row.name),
        "tags": [area(row)],
        "summary": table::summary(row, definitions),
        "x-operation": row.name,
        "x-access": table::access(row.access),
        "x-fresh-s": row.fresh,
        "parameters": parameters,
        "responses": responses(row, output),
    });
    if row.access == Access::Anyone {
        operation["security"] = json!([]);
    }
    if let Some(body) = body(row, params, &in_path) {
        operation["requestBody"] = body;
    }
    operation
}

fn area(row: &Row) -> &'static str {
    row.name.split('.').next().unwrap_or_default()
}

fn tags() -> Vec<Value> {
    let mut areas: Vec<_> = CATALOGUE.iter().map(area).collect();
    areas.dedup();
    areas.sort_unstable();
    areas.dedup();
    areas.into_iter().map(|it| json!({ "name": it })).collect()
}

fn fields(params: &Value) -> impl Iterator<Item = &str> {
    params["properties"].as_object().into_iter().flat_map(|it| it.keys()).map(String::as_str)
}

fn query_fields<'a>(
    row: &Row,
    params: &'a Value,
    in_path: &'a [&str],
) -> impl Iterator<Item = &'a str> {
    let is_get = row.method == "GET";
    fields(params).filter(move |name| is_get && !in_path.contains(name))
}

fn parameter(name: &str, place: &str, params: &Value) -> Value {
    let mut schema = params["properties"][name].clone();
    let description =
        schema.as_object_mut().and_then(|it| it.shift_remove("description")).unwrap_or_default();
    json!({
        "name": name,
        "in": place,
        "required": place == "path" || is_required(name, params),
        "description": description,
        "schema": schema,
    })
}

fn is_required(name: &str, params: &Value) -> bool {
    params["required"].as_array().is_some_and(|it| it.iter().any(|it| it == name))
}

/// What is in the path is not in the body again.
fn body(row: &Row, params: &Value, in_path: &[&str]) -> Option<Value> {
    let in_body: Vec<&str> = fields(params).filter(|it| !in_path.contains(it)).collect();
    if row.method == "GET" || in_body.is_empty() {
        return None;
    }
    let schema = if in_path.is_empty() {
        json!({ "$ref": format!("#/components/schemas/{}", row.params_type) })
    } else {
        let properties: Map<String, Value> = in_body
            .iter()
            .map(|name| ((*name).to_owned(), params["properties"][*name].clone()))
            .collect();
        let required: Vec<_> = in_body.iter().filter(|it| is_required(it, params)).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }))
}

fn responses(row: &Row, output: &Value) -> Map<String, Value> {
    let mut success = json!({
        "description": "Done.",
        "content": { "application/json": { "schema": output } },
    });
    if WITH_COOKIE.contains(&row.name) {
        success["headers"] = json!({ "Set-Cookie": {
            "description": "The refresh token of the session: `bedside_refresh_<session_id>`, HttpOnly, SameSite=Strict, Path=/v1/auth.",
            "schema": { "type": "string" },
        } });
    }
    let mut responses = Map::from_iter([(row.success.to_string(), success)]);
    for status in by_status().into_keys() {
        let reference = json!({ "$ref": format!("#/components/responses/Refused{status}") });
        responses.insert(status.to_string(), reference);
    }
    responses
}

/// Faults by HTTP status. 499 is what we log when the caller hung up: nobody is there to read it.
fn by_status() -> BTreeMap<u16, Vec<FaultCode>> {
    let mut statuses: BTreeMap<u16, Vec<FaultCode>> = BTreeMap::new();
    for code in FaultCode::ALL.iter().filter(|it| it.http_status() != 499) {
        statuses.entry(code.http_status()).or_default().push(*code);
    }
    statuses
}

fn refusals(fault: &Value) -> Map<String, Value> {
    let response = |codes: Vec<FaultCode>| {
        let lines: Vec<_> =
            codes.iter().map(|it| format!("* `{}`: {}", it.as_str(), it.sentence())).collect();
        json!({
            "description": lines.join("\n"),
            "content": { "application/json": { "schema": fault } },
        })
    };
    by_status()
        .into_iter()
        .map(|(status, codes)| (format!("Refused{status}"), response(codes)))
        .collect()
}

#[test]
fn every_operation_is_described_once_with_what_it_can_answer() {
    let document = document();
    for row in CATALOGUE {
        let operation = &document["paths"][row.path][row.method.to_lowercase()];
        assert_eq!(operation["x-operation"], row.name);
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{}", row.name);
        assert!(operation["responses"][row.success.to_string()].is_object(), "{}", row.name);
        assert_eq!(operation["security"].is_array(), row.access == Access::Anyone, "{}", row.name);
    }
    let list = &document["paths"]["/v1/appointments"]["get"]["parameters"];
    assert_eq!(list[0]["name"], "person_id");
    assert_eq!(list[0]["in"], "query");
    assert_eq!(list[0]["required"], false);
}
