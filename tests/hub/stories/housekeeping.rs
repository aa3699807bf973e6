//! What is old is deleted, and what is still needed is not.

use crate::support::http::Request;
use crate::support::identity::refreshes;
use crate::support::people::told;
use crate::support::{Clinic, Kind, Someone, logs, tell, tell_with};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bedside::auth::{ACCESS_FOR, SESSION_FOR};
use bedside::clock::Clock as _;
use bedside::config::Retention;
use bedside::node::keyring::{as_kept, as_sealed};
use bedside::protocol::auth::CreateJoinToken;
use bedside::protocol::conversation::{ConversationKind, ConversationStatus};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{AppointmentId, ConversationId, OrganisationId};
use bedside::protocol::operation::Operation as _;
use bedside::protocol::person::{ReadMe, Role};
use bedside::records::houses::HousesOf;
use bedside::store::conversations::ConversationRecord;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn is_answer_kept(clinic: &Clinic, key: &str) -> bool {
    let caller = format!("person:{}", clinic.admin.person_id.expect("an account"));
    let found = clinic.store.answered(&caller, CreateJoinToken::NAME, key).await;
    found.expect("a look").is_some()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn answers_are_kept_for_a_month_and_sign_ins_for_a_week_after_their_end(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let op = CreateJoinToken { appointment_id: visit.id, participant_id: Some(visit.patient) };
        clinic.admin.calls_with_key("the-key", op).await.expect("a link");
        let session = ana.session_id.expect("signed in");
        assert!(is_answer_kept(clinic, "the-key").await);

        clinic.clock.advance(SESSION_FOR + 7 * DAY);
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_some(), "a week");
        clinic.clock.advance(Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_none());
        assert!(is_answer_kept(clinic, "the-key").await, "not so soon");

        clinic.clock.advance(22 * DAY - Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert!(is_answer_kept(clinic, "the-key").await, "thirty days");
        clinic.clock.advance(Duration::from_millis(1));
        clinic.node.keep_house().await;
        assert!(!is_answer_kept(clinic, "the-key").await);
        let metrics = clinic.metrics().await;
        for table in ["sessions", "idempotency_keys"] {
            let counted = format!("bedside_rows_deleted_total{{table=\"{table}\"}}");
            let line = metrics.lines().find(|it| it.starts_with(&counted)).expect("counted");
            assert!(!line.ends_with(" 0"), "{line}");
        }
    });
}

/// Opens a conversation past the hub, as of now.
async fn opens(
    clinic: &Clinic,
    patient: &Someone,
    clinician: &Someone,
    visit: Option<AppointmentId>,
) -> ConversationId {
    let conversation_id = ConversationId(uuid::Uuid::now_v7());
    let keys = clinic.keys();
    let (_, wrapped) =
        keys.vault.new_key(conversation_id.0, OrganisationId::FIRST.0).await.expect("a key");
    let now = clinic.clock.now();
    let new = ConversationRecord {
        conversation_id,
        kind: visit.map_or(ConversationKind::Care, |_| ConversationKind::Visit),
        appointment_id: visit,
        patient_id: patient.person_id.expect("an account"),
        clinician_id: clinician.person_id.expect("an account"),
        status: ConversationStatus::Quiet,
        assigned_to: None,
        created_at: now,
        active_at: now,
        key: Some(as_kept(wrapped)),
        members: vec![],
        last_offset: 0,
    };
    clinic.store.open_conversation(new, None).await.expect("a conversation");
    conversation_id
}

async fn is_readable(clinic: &Clinic, id: ConversationId) -> bool {
    let kept = clinic.store.conversation(id).await.expect("a look").expect("a conversation").key;
    let Some(kept) = kept else { return false };
    let houses = HousesOf(&*clinic.store);
    clinic.keys().vault.open_key(id.0, &houses, &as_sealed(kept)).await.is_ok()
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn conversations_are_forgotten_when_the_clinic_says_so(#[case] kind: Kind) {
    let settings = |config: &mut bedside::config::Config| {
        let visit_conversation_days = Some(2);
        config.retention = Retention { visit_conversation_days, ..Retention::default() };
    };
    tell_with(kind, settings, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let of_visit = opens(clinic, &ana, &dr_b, Some(visit.id)).await;
        let care = opens(clinic, &ana, &dr_b, None).await;
        let ends_at = clinic.store.visit(visit.id).await.unwrap().unwrap().facts.ends_at;
        clinic.clock.advance(ends_at.since(clinic.clock.now()) + 2 * DAY);
        clinic.node.keep_house().await;
        assert!(is_readable(clinic, of_visit).await, "two days after the visit, and no sooner");
        clinic.clock.advance(Duration::from_millis(1));
        clinic.node.keep_house().await;
        assert!(!is_readable(clinic, of_visit).await);
        clinic.clock.advance(1_000 * DAY);
        clinic.node.keep_house().await;
        assert!(is_readable(clinic, care).await, "nothing was said about these");
        let metrics = clinic.metrics().await;
        let counted = "bedside_conversation_keys_destroyed_total";
        let line = metrics.lines().find(|it| it.starts_with(counted)).expect("counted");
        assert!(!line.ends_with(" 0"), "{line}");
    });
}

#[test]
fn a_store_that_fails_is_asked_again_at_the_next_run() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let session = ana.session_id.expect("signed in");
        clinic.clock.advance(SESSION_FOR + 8 * DAY);
        for point in [Point::ForgetAnswers, Point::ForgetSessions] {
            clinic.memory().fail_next(point, Failure::Aborted);
        }
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_some());
        clinic.node.keep_house().await;
        assert!(clinic.store.session(session).await.expect("a look").is_none());
    });
}

#[test]
fn a_question_that_was_answered_is_known_for_some_minutes_after_its_end() {
    tell(Kind::Memory, async |clinic| {
        let (id, ended) = (uuid::Uuid::now_v7(), clinic.clock.now());
        let spends = async || clinic.store.spend_challenge(id, ended).await.expect("a look");
        assert!(spends().await);
        clinic.clock.advance(Duration::from_secs(10 * 60));
        clinic.node.keep_house().await;
        assert!(!spends().await, "the clock of another node may be late");
        clinic.clock.advance(Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert!(spends().await, "forgotten");
    });
}

/// As it stands in the metrics.
async fn key_age(clinic: &Clinic, key: &str) -> f64 {
    clinic.metric(&format!("bedside_key_age_days{{key=\"{key}\"}}")).await
}

async fn key_names(clinic: &Clinic) -> Vec<String> {
    let answer = Request::new("GET", "/.well-known/jwks.json").send(clinic.hub).await;
    let keys = answer.json()["keys"].clone();
    let all = keys.as_array().expect("keys").iter();
    all.map(|it| it["kid"].as_str().expect("a name").to_owned()).collect()
}

/// The key that signed a token.
fn signed_by(who: &Someone) -> String {
    let head = who.token.split('.').next().expect("a head");
    let head = URL_SAFE_NO_PAD.decode(head).expect("base64url");
    let head: serde_json::Value = serde_json::from_slice(&head).expect("JSON");
    head["kid"].as_str().expect("a name").to_owned()
}

/// The file was written when the story begins.
fn was_made_now(clinic: &Clinic, file: &std::path::Path) {
    let now = u64::try_from(clinic.clock.now().0).expect("after 1970");
    let at = std::time::UNIX_EPOCH + Duration::from_millis(now);
    std::fs::File::options().write(true).open(file).expect("a key").set_modified(at).expect("set");
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn after_ninety_days_another_key_signs_tokens_and_nobody_is_signed_out(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        was_made_now(clinic, &clinic.data_dir().join("keys/signing-ed25519.pk8"));
        // The node reads its keys when it starts.
        clinic.restarts().await;
        let account = clinic.account(Role::Patient, "Ana Fictional").await;
        let account = account.chooses(clinic.hub).await;
        let first = key_names(clinic).await;
        assert_eq!(first.len(), 1);
        clinic.clock.advance(90 * DAY - Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert_eq!(key_names(clinic).await, first, "a second is left to it");
        assert_eq!(key_age(clinic, "access_tokens").await, 89.0);
        let before = account.signs_in(clinic.hub).await;
        assert_eq!(signed_by(&before), first[0]);

        clinic.clock.advance(Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert_eq!(key_age(clinic, "access_tokens").await, 0.0);
        let both = key_names(clinic).await;
        assert_eq!((both.len(), &both[1]), (2, &first[0]), "both are told, the newest first");
        let after = account.signs_in(clinic.hub).await;
        assert_eq!(signed_by(&after), both[0]);
        for who in [&before, &after] {
            who.calls(ReadMe {}).await.expect("good");
        }
        clinic.node.keep_house().await;
        assert_eq!(key_names(clinic).await, both, "once");
        clinic.clock.advance(ACCESS_FOR - Duration::from_secs(2));
        before.calls(ReadMe {}).await.expect("until it ends");
        clinic.clock.advance(Duration::from_secs(62));
        assert_eq!(key_names(clinic).await, both[..1]);
        told(before.calls(ReadMe {}).await, FaultCode::Unauthenticated);
        let refreshed = refreshes(&before).await;
        assert_eq!(refreshed.status, 200, "the sign-in goes on");
    });
}

#[test]
fn after_ninety_days_somebody_is_reminded_of_the_key_that_seals_once_a_day() {
    let lines = logs::hears("warn");
    tell(Kind::Memory, async |clinic| {
        let folder = clinic.data_dir().join("keys/kek");
        let current = std::fs::read_to_string(folder.join("current")).expect("a name");
        was_made_now(clinic, &folder.join(format!("{current}.key")));
        let reminders = || lines.text().matches("the key-encryption key is old").count();
        clinic.clock.advance(90 * DAY - Duration::from_secs(1));
        clinic.node.keep_house().await;
        assert_eq!((reminders(), key_age(clinic, "key_encryption").await), (0, 89.0));
        clinic.clock.advance(Duration::from_secs(1));
        for _ in 0..3 {
            clinic.node.keep_house().await;
        }
        assert_eq!((reminders(), key_age(clinic, "key_encryption").await), (1, 90.0));
        clinic.clock.advance(DAY);
        clinic.node.keep_house().await;
        assert_eq!((reminders(), key_age(clinic, "key_encryption").await), (2, 91.0));
        // The new one is as old as its file.
        let new = clinic.keys().vault.rotate().await.expect("another");
        was_made_now(clinic, &folder.join(format!("{new}.key")));
        clinic.node.keep_house().await;
        assert_eq!((reminders(), key_age(clinic, "key_encryption").await), (2, 0.0));
    });
}
