//! `asyncapi.json`: AsyncAPI 3.0 of the WebSocket, from the hub's side (`receive` is what a client sends).

use crate::table;
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Fault;
use bedside::protocol::frame::{ClientFrame, MAX_FRAMES, MAX_MESSAGE_BYTES, ServerFrame};
use serde_json::{Map, Value, json};

const SOCKET: &str = "#/channels/socket";

/// Frames of a client with the frames that answer them.
const ANSWERS: [(&str, &[&str]); 4] = [
    ("hello", &["welcome", "bye"]),
    ("follow", &["done", "failed"]),
    ("unfollow", &["done", "failed"]),
    ("authenticate", &["done", "failed"]),
];

/// The document.
pub(crate) fn document() -> Value {
    let mut generator = table::generator("/components/schemas");
    let client = json!(generator.subschema_for::<ClientFrame>());
    let server = json!(generator.subschema_for::<ServerFrame>());
    generator.subschema_for::<Fault>();
    let refs: Vec<_> = CATALOGUE
        .iter()
        .map(|row| (json!((row.params)(&mut generator)), json!((row.output)(&mut generator))))
        .collect();
    let schemas = table::definitions(&mut generator);

    let mut messages = Map::new();
    let mut operations = Map::new();
    frames(&schemas["ClientFrame"], "client", &client, &mut messages);
    frames(&schemas["ServerFrame"], "server", &server, &mut messages);
    for frame in kinds(&schemas["ClientFrame"]).filter(|it| *it != "request") {
        operations.insert(format!("receive_{frame}"), received(frame));
    }
    for frame in kinds(&schemas["ServerFrame"]).filter(|it| !is_answer(it)) {
        operations.insert(format!("send_{frame}"), action("send", &format!("server_{frame}")));
    }
    for (row, (params, output)) in CATALOGUE.iter().zip(&refs) {
        call(row, params, output, &schemas, &mut messages, &mut operations);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bedside",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One WebSocket for calls, live topics and media signaling. A message is an array of frames.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "hub": {
            "host": "localhost:8080", "protocol": "ws", "pathname": "/v1/socket",
            "description": format!("Subprotocols: {}.", Codec::SUBPROTOCOLS.join(", ")),
        } },
        "channels": { "socket": {
            "address": "/v1/socket",
            "description": format!(
                "At most {MAX_FRAMES} frames and {MAX_MESSAGE_BYTES} bytes in a message of a client. \
                 The first frame is a hello with the access token."
            ),
            "servers": [{ "$ref": "#/servers/hub" }],
            "messages": messages,
            "bindings": { "ws": { "method": "GET", "bindingVersion": "0.1.0" } },
        } },
        "operations": operations,
        "components": { "schemas": schemas },
    })
}

fn kinds(union: &Value) -> impl Iterator<Item = &str> {
    union["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["properties"]["type"]["const"].as_str())
}

fn is_answer(frame: &str) -> bool {
    ["reply", "failed", "done", "welcome"].contains(&frame)
}

fn frames(union: &Value, side: &str, reference: &Value, messages: &mut Map<String, Value>) {
    let Some(variants) = union["oneOf"].as_array() else { return };
    for variant in variants {
        let Some(kind) = variant["properties"]["type"]["const"].as_str() else { continue };
        let narrowed = json!({ "allOf": [reference, { "type": "object", "properties": { "type": { "const": kind } } }] });
        messages.insert(
            format!("{side}_{kind}"),
            json!({ "name": kind, "summary": variant["description"], "payload": narrowed }),
        );
    }
}

fn message(name: &str) -> Value {
    json!({ "$ref": format!("{SOCKET}/messages/{name}") })
}

fn action(direction: &str, name: &str) -> Value {
    json!({ "action": direction, "channel": { "$ref": SOCKET }, "messages": [message(name)] })
}

fn received(frame: &str) -> Value {
    let mut operation = action("receive", &format!("client_{frame}"));
    if let Some((_, answers)) = ANSWERS.iter().find(|(name, _)| *name == frame) {
        let answers: Vec<_> = answers.iter().map(|it| message(&format!("server_{it}"))).collect();
        operation["reply"] = json!({ "channel": { "$ref": SOCKET }, "messages": answers });
    }
    operation
}

fn call(
    row: &Row,
    params: &Value,
    output: &Value,
    schemas: &Map<String, Value>,
    messages: &mut Map<String, Value>,
    operations: &mut Map<String, Value>,
) {
    let (asked, answered) = (row.name.replace('.', "_"), row.name.replace('.', "_") + "_reply");
    messages.insert(
        asked.clone(),
        json!({
            "name": row.name,
            "summary": table::summary(row, schemas),
            "payload": { "allOf": [
                { "$ref": "#/components/schemas/ClientFrame" },
                { "type": "object", "required": ["type", "id", "op", "params"], "properties":
                    { "type": { "const": "request" }, "op": { "const": row.name }, "params": params } },
            ] },
        }),
    );
    messages.insert(
        answered.clone(),
        json!({
            "name": format!("answer of {}", row.name),
            "payload": { "type": "object", "required": ["type", "id", "output"], "properties":
                { "type": { "const": "reply" }, "id": { "type": "integer" }, "output": output } },
        }),
    );
    let mut operation = action("receive", &asked);
    operation["x-access"] = json!(table::access(row.access));
    operation["x-effect"] = json!(table::effect(row.effect));
    operation["reply"] = json!({
        "channel": { "$ref": SOCKET },
        "messages": [message(&answered), message("server_failed")],
    });
    operations.insert(format!("call_{asked}"), operation);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
                }
                open.extend(object.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
