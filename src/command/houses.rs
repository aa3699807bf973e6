//! Whether what a caller names is of their organisation: asked of every id in the params of every operation, before anything is
//! done.
//!
//! Owns: the list of names under which params name something. Invariant: an operation never sees an id of another organisation;
//! whoever names one is told that there is no such thing, administrators too. An id that is looked for only within another one that
//! stands beside it needs no look of its own. What is asked is bounded before the first question, and each id is asked for once. Does not: decide (`domain::policy::same_house`), or filter lists (the store).

use super::{Call, Execute, Hub};
use crate::domain::policy::{Principal, same_house};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::file::MAX_FILES_A_MESSAGE;
use crate::protocol::operation::Operation;
use crate::protocol::practice::MAX_SERVICES;
use crate::protocol::topic::Topic;
use crate::store::behalf::on_behalf_of;
use crate::store::organisations::{Kind, Named};
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// Names of fields with an id, and of which kind that is.
const LOOKED_UP: [(&str, Kind); 25] = [
    ("appointment_id", Kind::Appointment),
    ("moves", Kind::Appointment),
    ("person_id", Kind::Person),
    ("patient_id", Kind::Person),
    ("clinician_id", Kind::Person),
    ("practitioner_id", Kind::Person),
    ("interpreter_id", Kind::Person),
    ("covered_by", Kind::Person),
    ("service_id", Kind::Service),
    ("service_ids", Kind::Service),
    ("exception_id", Kind::Exception),
    ("session_id", Kind::Session),
    ("conversation_id", Kind::Conversation),
    ("file_id", Kind::File),
    ("files", Kind::File),
    ("after", Kind::File),
    ("notice_id", Kind::Notice),
    ("task_id", Kind::Task),
    ("payment_id", Kind::Payment),
    ("waitlist_id", Kind::Wish),
    ("erasure_id", Kind::Erasure),
    ("hold_id", Kind::LegalHold),
    ("audit_id", Kind::Audit),
    ("grant_id", Kind::Grant),
    ("report_id", Kind::Report),
];

/// Lists of ids, and the most that stand in one: an operation looks at its own bounds after the door, and the door asks a statement
/// for each.
const LISTS: [(&str, usize); 2] = [("service_ids", MAX_SERVICES), ("files", MAX_FILES_A_MESSAGE)];

/// Different ids that one call names: the longest list, and what may stand beside it.
const MOST_NAMED: usize = 600;

/// Names of fields with an id that is looked for only within what stands beside it, or within what is the caller's own.
#[cfg(test)]
const WITHIN: [(&str, &str, &str); 8] = [
    ("participant_id", "ParticipantId", "the visit"),
    ("template_id", "TemplateId", "the schedule"),
    ("message_id", "MessageId", "the conversation"),
    ("reply_to", "MessageId", "the conversation"),
    ("before", "MessageId", "the conversation"),
    ("since", "MessageId", "the conversation"),
    ("factor_id", "FactorId", "the caller's account"),
    ("identity_id", "IdentityId", "the caller's account"),
];

/// Everything that the params name is of the caller's organisation, or is not there at all.
///
/// # Errors
/// `not_found`, `invalid_value` for more than anybody needs, and the store's failure: fail closed.
pub(super) async fn all_of_one_house<H: Hub>(
    hub: &H,
    caller: &Principal,
    params: &Value,
) -> Result<(), Fault> {
    for it in named_by(params)? {
        must_be_of_house(hub, caller, it).await?;
    }
    Ok(())
}

/// The same of what somebody wants to follow.
///
/// # Errors
/// As for params.
pub async fn topic_of_one_house<H: Hub>(
    hub: &H,
    caller: &Principal,
    topic: Topic,
) -> Result<(), Fault> {
    let (kind, id) = match topic {
        Topic::Visit(id) => (Kind::Appointment, id.0),
        Topic::Conversation(id) => (Kind::Conversation, id.0),
        Topic::Agenda(id) | Topic::Schedule(id) | Topic::Openings(id) | Topic::Mailbox(id) => {
            (Kind::Person, id.0)
        }
    };
    must_be_of_house(hub, caller, Named { kind, id }).await
}

/// Does it, within the rows of the caller's organisation.
pub(super) async fn executed<H, O>(hub: &H, call: Call, op: O) -> Result<O::Output, Fault>
where
    H: Execute<O>,
    O: Operation,
{
    match call.caller {
        Some(caller) => on_behalf_of(caller.principal.organisation, hub.execute(call, op)).await,
        None => hub.execute(call, op).await,
    }
}

async fn must_be_of_house<H: Hub>(hub: &H, caller: &Principal, it: Named) -> Result<(), Fault> {
    Ok(same_house(caller, hub.house_of(it).await?)?)
}

/// What params name, each once.
fn named_by(params: &Value) -> Result<Vec<Named>, Fault> {
    let mut all = vec![];
    named_in(params, &mut all)?;
    let mut seen = HashSet::new();
    all.retain(|it| seen.insert(*it));
    match all.len() <= MOST_NAMED {
        true => Ok(all),
        false => {
            Err(Fault::new(FaultCode::InvalidValue).because("More ids than one call may name."))
        }
    }
}

fn named_in(value: &Value, all: &mut Vec<Named>) -> Result<(), Fault> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|it| named_in(it, all)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, it)| {
            must_be_bounded(name, it)?;
            match LOOKED_UP.iter().find(|(known, _)| known == name) {
                Some((_, kind)) => ids_of(it, *kind, all),
                None => named_in(it, all),
            }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn must_be_bounded(name: &str, value: &Value) -> Result<(), Fault> {
    let has = value.as_array().map_or(0, Vec::len);
    match LISTS.iter().find(|(known, most)| *known == name && has > *most) {
        Some((field, _)) => Err(Fault::invalid(field, "More than there may be.")),
        None => Ok(()),
    }
}

fn ids_of(value: &Value, kind: Kind, all: &mut Vec<Named>) -> Result<(), Fault> {
    match value {
        Value::String(text) => {
            all.extend(Uuid::parse_str(text).ok().map(|id| Named { kind, id }));
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|it| ids_of(it, kind, all)),
        other => named_in(other, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{federated, transfer};
    use crate::protocol::catalogue::CATALOGUE;
    use schemars::{JsonSchema, Schema, SchemaGenerator};
    use serde_json::json;
    use std::collections::BTreeSet;

    /// The type of an id of a kind.
    const fn type_of(kind: Kind) -> &'static str {
        match kind {
            Kind::Person => "PersonId",
            Kind::Service => "ServiceId",
            Kind::Exception => "ExceptionId",
            Kind::Appointment => "AppointmentId",
            Kind::Session => "SessionId",
            Kind::Conversation => "ConversationId",
            Kind::File => "FileId",
            Kind::Notice => "NoticeId",
            Kind::Task => "TaskId",
            Kind::Payment => "PaymentId",
            Kind::Wish => "WaitlistId",
            Kind::Erasure => "ErasureId",
            Kind::LegalHold => "LegalHoldId",
            Kind::Audit => "AuditId",
            Kind::Grant => "GrantId",
            Kind::Report => "ReportId",
        }
    }

    /// Where a key is anything: no name of ours leads there.
    const ANY_KEY: &str = "(any key)";

    /// Names of fields in a schema that have an id, with the type of the id.
    fn fields(
        schema: &Value,
        defs: &Value,
        name: &str,
        seen: &BTreeSet<String>,
        all: &mut BTreeSet<(String, String)>,
    ) {
        let mut seen = seen.clone();
        if let Some(to) = schema["$ref"].as_str() {
            let to = to.rsplit('/').next().unwrap().to_owned();
            if seen.insert(to.clone()) {
                fields(&defs[&to], defs, name, &seen, all);
            }
        }
        if let Some((_, rest)) = schema["tsType"].as_str().and_then(|it| it.split_once("__id: \""))
        {
            let id = rest.split('"').next().unwrap();
            all.insert((name.to_owned(), id.to_owned()));
        }
        for (name, it) in schema["properties"].as_object().into_iter().flatten() {
            fields(it, defs, name, &seen, all);
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            for it in schema[key].as_array().into_iter().flatten() {
                fields(it, defs, name, &seen, all);
            }
        }
        for it in schema["prefixItems"].as_array().into_iter().flatten() {
            fields(it, defs, name, &seen, all);
        }
        if schema["items"].is_object() {
            fields(&schema["items"], defs, name, &seen, all);
        }
        for key in ["additionalProperties", "patternProperties", "propertyNames"] {
            if schema[key].is_object() {
                fields(&schema[key], defs, ANY_KEY, &seen, all);
            }
        }
    }

    fn ids_in(params: impl FnOnce(&mut SchemaGenerator) -> Schema) -> BTreeSet<(String, String)> {
        let mut generator = SchemaGenerator::default();
        let schema = params(&mut generator).to_value();
        let defs = json!(generator.take_definitions(true));
        let mut all = BTreeSet::new();
        fields(&schema, &defs, "", &BTreeSet::new(), &mut all);
        all
    }

    /// Of the ids in params, those that nobody has said anything about, or of another type than was said.
    fn unsaid(of: &str, ids: BTreeSet<(String, String)>) -> Vec<String> {
        let is_said = |name: &str, id: &str| {
            LOOKED_UP.iter().any(|(known, kind)| *known == name && type_of(*kind) == id)
                || WITHIN.iter().any(|(known, of, _)| *known == name && *of == id)
        };
        let unsaid = ids.into_iter().filter(|(name, id)| !is_said(name, id));
        unsaid.map(|(name, id)| format!("{of}: {name} ({id}) is looked up nowhere")).collect()
    }

    fn named<O: Operation + JsonSchema>() -> (&'static str, BTreeSet<(String, String)>) {
        (O::NAME, ids_in(O::json_schema))
    }

    /// Whoever adds an operation with an id under a new name says whose that is, here.
    #[test]
    fn every_id_in_params_is_looked_up_or_within_one_that_is() {
        let of_catalogue = CATALOGUE.iter().map(|row| (row.name, ids_in(row.params)));
        // Those that stand in no catalogue pass the same door.
        let by_hand = [
            named::<transfer::WriteFile>(),
            named::<transfer::ReadOffset>(),
            named::<transfer::FetchFile>(),
            named::<federated::GoToProvider>(),
            named::<federated::ComeFromProvider>(),
            named::<federated::ProviderLogsOut>(),
        ];
        assert_eq!(by_hand[0].1.len(), 1, "ids are found in those as well");
        let all = of_catalogue.chain(by_hand);
        let unsaid: Vec<_> = all.flat_map(|(of, ids)| unsaid(of, ids)).collect();
        assert!(unsaid.is_empty(), "{unsaid:#?}");
    }

    #[test]
    fn an_id_under_a_name_of_another_type_or_under_any_key_is_not_looked_up() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "a schema is made of it")]
        struct Params {
            person_id: crate::protocol::ids::FileId,
            of_each: std::collections::BTreeMap<String, crate::protocol::ids::PersonId>,
            between: (crate::protocol::ids::PersonId, u32),
        }
        let found = unsaid("test", ids_in(Params::json_schema));
        let names = ["(any key) (PersonId)", "between (PersonId)", "person_id (FileId)"];
        assert_eq!(found.len(), names.len(), "{found:?}");
        for (found, name) in found.iter().zip(names) {
            assert!(found.contains(name), "{found}");
        }
    }

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let (a, b, c) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let params = json!({
            "appointment_id": a,
            "with": {"person_id": b},
            "terms": {"service_ids": [c, a]},
            "text": "appointment_id",
        });
        let all = named_by(&params).unwrap();
        let of = |kind, id| Named { kind, id };
        assert_eq!(all.len(), 4);
        for it in [
            of(Kind::Appointment, a),
            of(Kind::Person, b),
            of(Kind::Service, c),
            of(Kind::Service, a),
        ] {
            assert!(all.contains(&it), "{it:?}");
        }
    }

    #[test]
    fn each_id_is_asked_for_once_and_no_more_than_there_may_be() {
        let ids = |count: usize| -> Vec<_> { (1..).take(count).map(Uuid::from_u128).collect() };
        let one = Uuid::from_u128(1);
        let twice =
            json!({"person_id": one, "with": {"person_id": one}, "service_ids": [one, one]});
        assert_eq!(named_by(&twice).unwrap().len(), 2, "a person and a service");
        for (name, most) in LISTS {
            assert_eq!(named_by(&json!({name: ids(most)})).unwrap().len(), most);
            let fault = named_by(&json!({"terms": {name: ids(most + 1)}})).unwrap_err();
            assert_eq!((fault.code, fault.field.as_deref()), (FaultCode::InvalidValue, Some(name)));
        }
        let people =
            |count| -> Vec<_> { ids(count).iter().map(|it| json!({"person_id": it})).collect() };
        assert_eq!(named_by(&json!({"all": people(MOST_NAMED)})).unwrap().len(), MOST_NAMED);
        let fault = named_by(&json!({"all": people(MOST_NAMED + 1)})).unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidValue);
    }
}
