//! Every kind of token, offered wherever a token is taken: each is good in its own place and nowhere else, and what is refused changes
//! nothing.
//!
//! Owns: the table. Invariants: a field of the protocol that may be a token has a row ([`kind_of`]); a kind or a place without one does
//! not compile. Does not: change a token (`auth::tokens`, `bad_input`).

use super::token_offers::Desk;
use crate::access::world::{Caller, World};
use crate::support::http::{Request, row};
use crate::support::provider::{tell_with_provider, with_provider};
use crate::support::{Clinic, Kind as Store, tell_with};
use bedside::clock::Clock as _;
use bedside::domain::policy::{Principal, Who, is_for_enrolling, may_call};
use bedside::protocol::catalogue::CATALOGUE;
use bedside::protocol::codec::Codec;
use bedside::protocol::ids::OrganisationId;
use bedside::protocol::person::{ReadMe, Role};
use rstest::rstest;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of tokens that the hub issues, or is brought by whoever it trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Access,
    Refresh,
    Device,
    JoinLink,
    SecondStep,
    StepUp,
    PasskeySignIn,
    AddPasskey,
    Recovery,
    ProviderFlow,
    ProviderState,
    ProviderTicket,
    FileLink,
    Hold,
    PasswordLink,
    IdToken,
    LogoutToken,
}

pub(super) const KINDS: [Kind; 17] = [
    Kind::Access,
    Kind::Refresh,
    Kind::Device,
    Kind::JoinLink,
    Kind::SecondStep,
    Kind::StepUp,
    Kind::PasskeySignIn,
    Kind::AddPasskey,
    Kind::Recovery,
    Kind::ProviderFlow,
    Kind::ProviderState,
    Kind::ProviderTicket,
    Kind::FileLink,
    Kind::Hold,
    Kind::PasswordLink,
    Kind::IdToken,
    Kind::LogoutToken,
];

/// Where a token is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// `Authorization` of a request.
    Bearer,
    /// The first frame of a socket.
    Hello,
    /// Another token of a socket that is open.
    Renewal,
    RefreshCookie,
    JoinToken,
    SecondStep,
    StepUp,
    PasskeySignIn,
    AddPasskey,
    FlowCookie,
    State,
    TicketCookie,
    FileLink,
    Hold,
    PasswordLink,
    Logout,
}

const PLACES: [Place; 16] = [
    Place::Bearer,
    Place::Hello,
    Place::Renewal,
    Place::RefreshCookie,
    Place::JoinToken,
    Place::SecondStep,
    Place::StepUp,
    Place::PasskeySignIn,
    Place::AddPasskey,
    Place::FlowCookie,
    Place::State,
    Place::TicketCookie,
    Place::FileLink,
    Place::Hold,
    Place::PasswordLink,
    Place::Logout,
];

impl Kind {
    /// Where it is good.
    pub(super) fn places(self) -> &'static [Place] {
        match self {
            Kind::Access => &[Place::Bearer, Place::Hello, Place::Renewal],
            Kind::Refresh => &[Place::RefreshCookie],
            Kind::JoinLink => &[Place::JoinToken],
            Kind::SecondStep => &[Place::SecondStep],
            Kind::StepUp => &[Place::StepUp],
            Kind::PasskeySignIn => &[Place::PasskeySignIn],
            Kind::AddPasskey => &[Place::AddPasskey],
            Kind::ProviderFlow => &[Place::FlowCookie],
            Kind::ProviderState => &[Place::State],
            Kind::ProviderTicket => &[Place::TicketCookie],
            Kind::FileLink => &[Place::FileLink],
            Kind::Hold => &[Place::Hold],
            Kind::PasswordLink => &[Place::PasswordLink],
            Kind::LogoutToken => &[Place::Logout],
            // A device opens nothing, a recovery code is typed beside a challenge, and the hub fetches ID tokens itself.
            Kind::Device | Kind::Recovery | Kind::IdToken => &[],
        }
    }
}

impl Place {
    /// What is told of a token that is none of this place.
    fn refuses(self) -> &'static str {
        match self {
            Place::Bearer | Place::Renewal | Place::FileLink => "unauthenticated",
            Place::Hello => "token_invalid",
            Place::RefreshCookie => "session_ended",
            Place::JoinToken => "join_token_invalid",
            Place::SecondStep
            | Place::StepUp
            | Place::PasskeySignIn
            | Place::AddPasskey
            | Place::FlowCookie
            | Place::State
            | Place::TicketCookie => "challenge_ended",
            Place::Hold => "not_found",
            Place::PasswordLink => "link_ended",
            Place::Logout => "invalid_value",
        }
    }
}

/// Which kind a field of the protocol carries; `Some(None)` when it is a word of another sort.
fn kind_of(field: &str) -> Option<Option<Kind>> {
    Some(match field {
        // The access token of an answer, and what a provider is not asked to send.
        "access_token" | "token" => Some(Kind::Access),
        "refresh_token" => Some(Kind::Refresh),
        "join_token" => Some(Kind::JoinLink),
        // Four kinds have this name, each of its operation; the table has all of them.
        "challenge" => Some(Kind::SecondStep),
        "hold_token" => Some(Kind::Hold),
        "link_token" => Some(Kind::PasswordLink),
        "recovery_codes" => Some(Kind::Recovery),
        // The secret of an app and what it shows, what a passkey signs, how many codes are left.
        "secret" | "code" | "recovery_codes_left" | "credential" | "credential_id" => None,
        _ => return None,
    })
}

#[test]
fn every_field_that_may_be_a_token_has_a_row() {
    let mut generator = schemars::SchemaGenerator::default();
    let mut names = BTreeSet::new();
    for row in CATALOGUE {
        for schema in [(row.params)(&mut generator), (row.output)(&mut generator)] {
            fields(schema.as_value(), &mut names);
        }
    }
    for schema in generator.take_definitions(true).values() {
        fields(schema, &mut names);
    }
    let words = ["token", "challenge", "ticket", "secret", "cookie", "recovery_code", "credential"];
    let suspects: Vec<&String> =
        names.iter().filter(|it| words.iter().any(|word| it.contains(word))).collect();
    assert!(suspects.len() >= 6, "they are found: {suspects:?}");
    let without: Vec<_> = suspects.into_iter().filter(|it| kind_of(it).is_none()).collect();
    assert!(
        without.is_empty(),
        "say what kind of token they are, and where it is good: {without:?}"
    );
    for kind in KINDS {
        assert_eq!(KINDS.iter().filter(|it| **it == kind).count(), 1, "{kind:?}");
    }
    for place in PLACES {
        assert!(KINDS.iter().any(|it| it.places().contains(&place)), "nothing is good: {place:?}");
    }
}

/// Names of properties.
fn fields(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(all) => {
            let properties = all.get("properties").and_then(Value::as_object);
            names.extend(properties.into_iter().flat_map(|it| it.keys().cloned()));
            all.values().for_each(|it| fields(it, names));
        }
        Value::Array(all) => all.iter().for_each(|it| fields(it, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What people are told by now has been told: it changes nothing any more while somebody looks.
async fn told_by_now(clinic: &Clinic) {
    let on = Database::connect(clinic.database()).await.expect("the file");
    let now = clinic.clock.now().0;
    let due = format!(
        "SELECT id FROM notices WHERE state = 'pending' AND (due_at <= {now} OR next_try_at <= {now})"
    );
    let due = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, due);
    let is_told = async || on.query_one_raw(due.clone()).await.expect("notices").is_none();
    clinic.soon("what is due is told", is_told).await;
    on.close().await.expect("closed");
}

/// Rows of all tables but the audit log, which has a line for each refusal of somebody who is known.
async fn kept(clinic: &Clinic) -> BTreeMap<String, Vec<String>> {
    let on = Database::connect(clinic.database()).await.expect("the file");
    let texts = async |query: &str| -> Vec<String> {
        let rows =
            on.query_all_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, query));
        let rows = rows.await.expect(query);
        rows.iter().map(|it| it.try_get_by_index(0).expect("a text")).collect()
    };
    let mut all = BTreeMap::new();
    for table in texts("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").await {
        if table.starts_with("audit") || table.starts_with("sqlite") {
            continue;
        }
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
        // When a sign-in was used last is told to the store now and then.
        let columns: Vec<_> = columns.iter().filter(|it| *it != "last_used_at").collect();
        let columns: Vec<_> = columns.iter().map(|it| format!("quote(\"{it}\")")).collect();
        let rows = format!("SELECT {} FROM \"{table}\" ORDER BY 1", columns.join(" || ',' || "));
        all.insert(table, texts(&rows).await);
    }
    on.close().await.expect("closed");
    all
}

/// Tables that two looks at the store do not agree in.
fn changed(
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    assert!(before.len() > 20, "the tables were looked at");
    let differ = |it: &&String| before.get(*it) != after.get(*it);
    before.keys().chain(after.keys()).filter(differ).cloned().collect()
}

#[test]
fn a_token_is_good_in_its_own_place_and_changes_nothing_elsewhere() {
    tell_with_provider(Store::Sqlite, with_provider, async |clinic, provider| {
        let desk = Desk::open(clinic, provider).await;
        // What is presented as a refresh token and is none ends that sign-in: one is made for each.
        for kind in KINDS.into_iter().filter(|it| *it != Kind::Refresh) {
            let told = desk.offers_as_refresh(kind).await;
            assert_eq!(told, Place::RefreshCookie.refuses(), "{kind:?}");
        }
        told_by_now(clinic).await;
        let before = kept(clinic).await;
        let places = PLACES.into_iter().filter(|it| *it != Place::RefreshCookie);
        for place in places.clone() {
            for kind in KINDS.into_iter().filter(|it| !it.places().contains(&place)) {
                let told = desk.offers(place, kind).await;
                assert_eq!(told, place.refuses(), "{kind:?} at {place:?}");
            }
        }
        assert_eq!(changed(&before, &kept(clinic).await), Vec::<String>::new());
        // They were what they are said to be.
        for kind in KINDS {
            for place in kind.places() {
                let told = desk.offers(*place, kind).await;
                assert_ne!(told, place.refuses(), "{kind:?} is good at {place:?}");
            }
        }
    });
}

#[test]
fn no_operation_takes_another_token_for_that_of_a_caller() {
    tell_with_provider(Store::Sqlite, with_provider, async |clinic, provider| {
        let world = World::new(clinic, Caller::Patient).await;
        let desk = Desk::open(clinic, provider).await;
        told_by_now(clinic).await;
        let before = kept(clinic).await;
        for row in CATALOGUE {
            let params = world.params(row.name);
            for kind in KINDS.into_iter().filter(|it| *it != Kind::Access) {
                let bearer = format!("Bearer {}", desk.token(kind));
                for prefix in ["", "/api"] {
                    let request = Request::of(row, &params).with("authorization", &bearer);
                    let path = format!("{prefix}{}", request.path);
                    let answer = Request { path, ..request }.send(clinic.hub).await;
                    let told = (answer.status, answer.code());
                    // Without a cookie nobody looks at what else is brought.
                    let code = match row.name {
                        "auth.refresh" => "session_ended",
                        _ => "unauthenticated",
                    };
                    assert_eq!(told, (401, code.to_owned()), "{} {kind:?}", row.name);
                    assert_eq!(answer.header("set-cookie"), None, "{} {kind:?}", row.name);
                }
            }
        }
        for kind in KINDS.into_iter().filter(|it| *it != Kind::Access) {
            for method in ["HEAD", "PATCH"] {
                let request = Request::new(method, &desk.upload())
                    .with("authorization", &format!("Bearer {}", desk.token(kind)))
                    .with("content-type", "application/partial-upload")
                    .with("upload-offset", "0")
                    .with("upload-complete", "?1");
                assert_eq!(request.send(clinic.hub).await.status, 401, "{method} {kind:?}");
            }
        }
        assert_eq!(changed(&before, &kept(clinic).await), Vec::<String>::new());
        world.caller.calls(ReadMe {}).await.expect("an access token is one");
    });
}

#[rstest]
#[case::memory(Store::Memory)]
#[case::sqlite(Store::Sqlite)]
fn a_token_that_can_only_enrol_opens_nothing_else(#[case] store: Store) {
    tell_with(
        store,
        |it| it.identity.require_second_factor = true,
        async |clinic| {
            let world = World::new(clinic, Caller::Clinician).await;
            let closed = CATALOGUE.iter().filter(|it| !is_for_enrolling(it.access));
            let closed: Vec<_> = closed.collect();
            assert!(closed.len() > 100, "nearly all of them");
            // One person makes so many calls at once and no more.
            for (n, rows) in closed.chunks(25).enumerate() {
                let account =
                    clinic.account(Role::Clinician, &format!("Newcomer Fictional {n}")).await;
                let limited = account.signs_in(clinic.hub).await;
                let who = Who::Person(limited.person_id.expect("an account"));
                let organisation = OrganisationId::FIRST;
                let role = Role::Clinician;
                let principal = Principal { who, role, organisation, only_visit: None };
                for it in rows {
                    let expected = match may_call(it.access, Some(&principal)) {
                        Ok(()) => "factor_required",
                        Err(code) => code.as_str(),
                    };
                    let answer = limited.asks(it.name, &world.params(it.name)).await;
                    assert_eq!(
                        (answer.code().as_str(), answer.status),
                        (expected, 403),
                        "{}",
                        it.name
                    );
                }
                let socket =
                    crate::support::Socket::open(&limited, Codec::Json, None, vec![]).await;
                assert!(socket.is_err(), "nor is anything followed");
            }
            assert!(row("factor.begin_totp").fresh > 0, "and that is what it is for");
        },
    );
}
