//! `schema.json`: JSON Schema 2020-12 of every wire type, with the three tables as `x-` maps.

use crate::table;
use bedside::domain::policy::{Principal, Who, may_call};
use bedside::protocol::catalogue::{CATALOGUE, Row};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::{Codec, MAX_DEPTH};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::file::{CHUNK_BYTES, MAX_FILE_BYTES, MAX_FILES_A_MESSAGE, MAX_NAME_BYTES};
use bedside::protocol::frame::{
    ClientFrame, MAX_FOLLOWS, MAX_FRAMES, MAX_IN_FLIGHT, MAX_KEY_BYTES, MAX_MESSAGE_BYTES,
    ServerFrame,
};
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::topic::{Event, TopicState};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The document.
pub(crate) fn document() -> Value {
    let mut generator = table::generator("/$defs");
    let mut operations = Map::new();
    for row in CATALOGUE {
        let params = (row.params)(&mut generator);
        let output = (row.output)(&mut generator);
        operations.insert(
            row.name.to_owned(),
            json!({
                "params": params,
                "output": output,
                "access": table::access(row.access),
                "fresh_s": row.fresh,
                "effect": table::effect(row.effect),
                "pace": table::pace(row.pace),
                "method": row.method,
                "path": row.path,
                "success": row.success,
            }),
        );
    }
    generator.subschema_for::<ClientFrame>();
    generator.subschema_for::<ServerFrame>();
    generator.subschema_for::<TopicState>();
    generator.subschema_for::<Event>();
    generator.subschema_for::<Fault>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bedside protocol 1",
        "description": "Generated from the Rust types. A WebSocket message is an array of frames.",
        "oneOf": [
            { "type": "array", "items": { "$ref": "#/$defs/ClientFrame" }, "minItems": 1, "maxItems": MAX_FRAMES },
            { "type": "array", "items": { "$ref": "#/$defs/ServerFrame" }, "minItems": 1 },
        ],
        "x-subprotocols": Codec::SUBPROTOCOLS,
        "x-limits": limits(),
        "x-operations": operations,
        "x-access": access(),
        "x-faults": faults(),
        "x-closes": closes(),
        "$defs": table::definitions(&mut generator),
    })
}

/// Which accounts may call what has that word. Guests of visits are none.
fn access() -> Map<String, Value> {
    let may = |access, role: &Role| {
        let who = Who::Person(PersonId(Uuid::nil()));
        let organisation = OrganisationId::FIRST;
        let caller = Principal { who, role: *role, organisation, only_visit: None };
        role.may_have_account() && may_call(access, Some(&caller)).is_ok()
    };
    let row = |row: &Row| {
        let roles: Vec<_> = Role::ALL.into_iter().filter(|it| may(row.access, it)).collect();
        (table::access(row.access).to_owned(), json!(roles))
    };
    CATALOGUE.iter().map(row).collect()
}

fn limits() -> Value {
    json!({
        "message_bytes": MAX_MESSAGE_BYTES,
        "frames": MAX_FRAMES,
        "in_flight": MAX_IN_FLIGHT,
        "follows": MAX_FOLLOWS,
        "key_bytes": MAX_KEY_BYTES,
        "depth": MAX_DEPTH,
        "file_bytes": MAX_FILE_BYTES,
        "chunk_bytes": CHUNK_BYTES,
        "name_bytes": MAX_NAME_BYTES,
        "files": MAX_FILES_A_MESSAGE,
    })
}

fn faults() -> Map<String, Value> {
    let row = |it: &FaultCode| {
        let fault = Fault::new(*it);
        json!({
            "number": fault.number,
            "status": it.http_status(),
            "retry": fault.retry,
            "outcome": fault.outcome,
            "sentence": fault.message,
        })
    };
    FaultCode::ALL.iter().map(|it| (it.as_str().to_owned(), row(it))).collect()
}

fn closes() -> Map<String, Value> {
    let row = |it: &CloseReason| json!({ "code": it.code(), "verdict": it.verdict(), "sentence": it.sentence() });
    CloseReason::ALL.iter().map(|it| (it.name().to_owned(), row(it))).collect()
}
