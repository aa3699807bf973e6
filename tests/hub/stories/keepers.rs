//! Data keys are sealed by a transit engine: it rotates, refuses, hangs and answers nonsense, and nothing is lost by it.

use crate::support::chat::with;
use crate::support::people::told;
use crate::support::transit::{Engine, Mood, TOKEN};
use crate::support::{Clinic, Kind, tell_with};
use bedside::clock::{Clock, ManualClock};
use bedside::config::{Config, KeyProvider, Keys};
use bedside::crypto::kek::KeyEncryption as _;
use bedside::crypto::{NotOpened, Of, Owner, Vault};
use bedside::kms::transit::Transit;
use bedside::node::keyring;
use bedside::notifications::breaker::{FAILURES, OPEN_FOR};
use bedside::protocol::conversation::{ListMessages, SendMessage};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::practice::{PatientProfile, ReadProfile, UpdateProfile};
use bedside::protocol::time::UnixMillis;
use rstest::rstest;
use std::path::Path;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

fn settings(engine: &Engine, folder: &Path) -> Keys {
    let token_file = folder.join("token");
    std::fs::write(&token_file, format!("{TOKEN}\n")).expect("a file");
    Keys { provider: KeyProvider::Transit, url: engine.url.clone(), token_file, ..Keys::default() }
}

struct Desk {
    engine: Engine,
    folder: tempfile::TempDir,
    clock: ManualClock,
    transit: Arc<Transit>,
}

async fn desk() -> Desk {
    let engine = Engine::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let clock = ManualClock::at(UnixMillis(1_800_000_000_000));
    let its: Arc<dyn Clock> = Arc::new(clock.clone());
    let transit = Transit::open(&settings(&engine, folder.path()), &its).expect("an engine");
    Desk { engine, folder, clock, transit: Arc::new(transit) }
}

#[actix_rt::test]
async fn a_data_key_opens_at_its_place_and_is_sealed_anew_without_being_shown() {
    let Desk { engine, transit, folder: _folder, .. } = desk().await;
    let wrapped = transit.wrap("here", b"data").await.unwrap();
    assert_eq!(wrapped.key_id, "transit:bedside:v1");
    assert_eq!(transit.unwrap("here", &wrapped).await.unwrap(), b"data");
    assert_eq!(transit.unwrap("there", &wrapped).await, Err(NotOpened::Damaged), "moved");
    assert_eq!(transit.made_at().await.unwrap(), Some(1_800_000_000_000));
    assert_eq!(transit.rotate().await.unwrap(), "transit:bedside:v2");
    assert_eq!(transit.made_at().await.unwrap(), Some(1_800_086_400_000), "the one of now");
    assert!(transit.has(&wrapped.key_id).await.unwrap());
    let anew = transit.rewrap("here", &wrapped).await.unwrap();
    assert_eq!(anew.key_id, "transit:bedside:v2");
    assert!(engine.asked().iter().any(|it| it == "POST /v1/transit/rewrap/bedside"));
    engine.forgets_before(2);
    assert!(!transit.has("transit:bedside:v1").await.unwrap());
    assert!(!transit.has("0123456789abcdef").await.unwrap(), "a key of a file");
    assert_eq!(transit.unwrap("here", &wrapped).await, Err(NotOpened::Damaged), "too old");
    assert_eq!(transit.unwrap("here", &anew).await.unwrap(), b"data");
    let mut cut = anew.clone();
    cut.sealed.pop();
    assert_eq!(transit.unwrap("here", &cut).await, Err(NotOpened::Damaged), "cut off");
}

#[actix_rt::test]
async fn an_engine_that_refuses_hangs_or_talks_nonsense_makes_it_unavailable_and_no_more() {
    let Desk { engine, transit, folder, clock } = desk().await;
    let wrapped = transit.wrap("here", b"data").await.unwrap();
    for mood in [Mood::Refusing, Mood::Nonsense, Mood::Wrong, Mood::Sealed] {
        engine.is(mood);
        let opened = transit.unwrap("here", &wrapped).await;
        assert_eq!(opened, Err(NotOpened::Unavailable), "{mood:?}");
        let told = transit.current().await.unwrap_err().to_string();
        assert!(told.contains("the transit key bedside at 127.0.0.1"), "{told}");
        assert!(!told.contains(TOKEN), "{told}");
        assert!(transit.wrap("here", b"data").await.is_err(), "{mood:?}");
    }
    engine.is(Mood::Good);
    clock.advance(OPEN_FOR);
    assert_eq!(transit.unwrap("here", &wrapped).await.unwrap(), b"data");
    std::fs::write(folder.path().join("token"), "another").unwrap();
    let told = transit.current().await.unwrap_err().to_string();
    assert!(told.contains("keys.token_file"), "{told}");
    assert_eq!(transit.unwrap("here", &wrapped).await, Err(NotOpened::Unavailable));
    std::fs::write(folder.path().join("token"), TOKEN).unwrap();
    assert_eq!(transit.unwrap("here", &wrapped).await.unwrap(), b"data", "no start is needed");
}

#[actix_rt::test]
async fn an_engine_that_hangs_is_left_alone_for_a_while() {
    let Desk { engine, transit, clock, folder: _folder } = desk().await;
    let wrapped = transit.wrap("here", b"data").await.unwrap();
    engine.is(Mood::Slow);
    let asked = (0..FAILURES).map(|_| transit.unwrap("here", &wrapped));
    for opened in futures::future::join_all(asked).await {
        assert_eq!(opened, Err(NotOpened::Unavailable));
    }
    engine.is(Mood::Good);
    let before = engine.asked().len();
    assert_eq!(transit.unwrap("here", &wrapped).await, Err(NotOpened::Unavailable));
    assert_eq!(engine.asked().len(), before, "it was not asked");
    clock.advance(OPEN_FOR);
    assert_eq!(transit.unwrap("here", &wrapped).await.unwrap(), b"data");
}

const HOUSE: Of = Of(Uuid::from_u128(30));

#[actix_rt::test]
async fn who_talks_goes_on_while_the_engine_is_away() {
    let Desk { engine, transit, folder: _folder, .. } = desk().await;
    let vault = Vault::new(transit);
    let [open, closed] = [1, 2].map(Uuid::from_u128);
    let (_, of_open) = vault.new_key(open, HOUSE.0).await.unwrap();
    let (_, of_closed) = vault.new_key(closed, HOUSE.0).await.unwrap();
    vault.open_key(open, &HOUSE, &of_open).await.unwrap();
    engine.is(Mood::Sealed);
    assert!(vault.open_key(open, &HOUSE, &of_open).await.is_ok());
    assert_eq!(
        vault.open_key(closed, &HOUSE, &of_closed).await.unwrap_err(),
        NotOpened::Unavailable
    );
    vault.forget(Owner::Conversation(open));
    assert_eq!(vault.open_key(open, &HOUSE, &of_open).await.unwrap_err(), NotOpened::Unavailable);
}

/// The engine of the story that is told. Settings are made by a function that knows of nothing.
static ENGINE: Mutex<Option<Keys>> = Mutex::new(None);

fn by_transit(config: &mut Config) {
    config.keys = ENGINE.lock().unwrap().clone().expect("an engine");
}

async fn says(clinic: &mut Clinic, engine: &Engine) {
    let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
    clinic.books(&ana, &dr_b).await;
    let card = ana.calls(with(dr_b.person_id.unwrap())).await.expect("a conversation");
    let id = card.conversation.conversation_id;
    let message = |text: &str| SendMessage {
        conversation_id: id,
        body: text.into(),
        reply_to: None,
        files: vec![],
        overriding: None,
    };
    ana.calls_with_key("1", message("It itches.")).await.expect("sent");
    let profile =
        PatientProfile { phone: Some("+15555550100".into()), ..PatientProfile::default() };
    let told_once = ana.calls(UpdateProfile { profile, revision: 0 }).await.expect("a profile");

    clinic.restarts().await;
    let ana = clinic.signs_in_again(&ana).await;
    engine.is(Mood::Sealed);
    let page = ListMessages { conversation_id: id, since: None, before: None, limit: None };
    told(ana.calls(page).await, FaultCode::Unavailable);
    // The log could not be opened while the message waited: the same key is safe, and nothing was written.
    let waiting = ana.calls_with_key("2", message("Now?")).await.unwrap_err();
    assert_eq!(waiting.code.http_status(), 503, "{waiting:?}");
    told(ana.calls(ReadProfile {}).await, FaultCode::Unavailable);
    let op = UpdateProfile { profile: PatientProfile::default(), revision: 1 };
    told(ana.calls(op).await, FaultCode::Unavailable);

    engine.is(Mood::Good);
    clinic.clock.advance(OPEN_FOR);
    let ana = clinic.signs_in_again(&ana).await;
    let read = ana.calls(page).await.expect("a page");
    let texts: Vec<_> = read.messages.iter().filter_map(|it| it.body.as_ref()).collect();
    assert_eq!(texts.iter().map(|it| it.expose().as_str()).collect::<Vec<_>>(), ["It itches."]);
    assert_eq!(ana.calls(ReadProfile {}).await.expect("a profile"), told_once);
    ana.calls_with_key("2", message("Now?")).await.expect("the same key is taken");

    // The clinic rotates: what is there is sealed anew while the hub runs.
    let vault = &clinic.keys_with(by_transit).vault;
    vault.rotate().await.expect("another version");
    let store = clinic.store.clone();
    let done = keyring::rewrap(store.as_ref(), vault).await.expect("sealed anew");
    assert_eq!((done.anew, done.unopened), (2, 0), "a conversation and a person");
    engine.forgets_before(2);
    clinic.restarts().await;
    let ana = clinic.signs_in_again(&ana).await;
    assert_eq!(ana.calls(page).await.expect("a page").messages.len(), 2);
    assert_eq!(ana.calls(ReadProfile {}).await.expect("a profile"), told_once);
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_clinic_whose_keys_are_elsewhere_loses_nothing_while_they_are_away(#[case] kind: Kind) {
    // The engine outlives the actix system of the story, on a thread of its own.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let engine = runtime.block_on(Engine::start());
    let folder = tempfile::tempdir().expect("a folder");
    *ENGINE.lock().unwrap() = Some(settings(&engine, folder.path()));
    tell_with(kind, by_transit, async |clinic| says(clinic, &engine).await);
}
