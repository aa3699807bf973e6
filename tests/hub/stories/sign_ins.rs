//! Sign-ins as their owners see them: listed, ended here and everywhere, left alone for too long.

use crate::support::http::Request;
use crate::support::identity::{
    Account, PASSPHRASE, cookies_of, login, refreshes, someone, steps_up,
};
use crate::support::people::{read, told};
use crate::support::{Clinic, Kind, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::domain::identity::OF_ACCOUNT;
use bedside::protocol::auth::{ChangePassword, SignInAnswer, SignedIn};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::media::JoinMedia;
use bedside::protocol::person::{ReadMe, Role};
use bedside::protocol::session::*;
use bedside::store::sign_ins::Try;
use rstest::rstest;
use serde_json::json;
use std::time::Duration;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const MINUTE: Duration = Duration::from_secs(60);

async fn signs_in_by_firefox(clinic: &Clinic, account: &Account) -> Someone {
    let body = json!({"email": account.email, "password": account.password});
    let request = Request::new("POST", "/v1/auth/login").json(&body).with("user-agent", FIREFOX);
    let answer = request.send(clinic.hub).await;
    let signed = read::<SignInAnswer>(&answer).expect("signed in").opened();
    someone(clinic.hub, &answer, signed.expect("there is no factor"))
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn sign_ins_are_listed_and_ended_by_their_owner(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let first = signs_in_by_firefox(clinic, &ana).await;
        clinic.clock.advance(MINUTE);
        let second = ana.signs_in(clinic.hub).await;
        let third = ana.signs_in(clinic.hub).await;
        let list = second.calls(ListSessions { person_id: None }).await.expect("a list").sessions;
        let ids: Vec<_> = list.iter().map(|it| it.session_id).collect();
        assert_eq!(list.len(), 3);
        assert_eq!(ids[2], first.session_id.unwrap(), "newest first");
        let firefox = ClientKind { program: Program::Firefox, system: System::Linux };
        assert_eq!((list[2].client, list[0].client), (firefox, ClientKind::default()));
        let this: Vec<_> = list.iter().filter(|it| it.is_this).map(|it| it.session_id).collect();
        assert_eq!(this, [second.session_id.unwrap()]);

        let mut socket = first.connects(Codec::Json).await;
        let end = |who: &Someone| EndSession { session_id: who.session_id.unwrap() };
        let eve = clinic.patient("Eve Fictional").await;
        told(eve.calls(end(&first)).await, FaultCode::NotFound);
        told(eve.calls(ListSessions { person_id: first.person_id }).await, FaultCode::NotFound);
        assert_eq!(second.calls(end(&first)).await.expect("ended").ended, 1);
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        told(first.calls(ReadMe {}).await, FaultCode::SessionEnded);
        assert_eq!(refreshes(&first).await.code(), "session_ended");
        assert_eq!(second.calls(end(&first)).await.expect("again").ended, 0);
        assert_eq!(second.calls(EndOtherSessions {}).await.expect("ended").ended, 1);
        told(third.calls(ReadMe {}).await, FaultCode::SessionEnded);
        second.calls(ReadMe {}).await.expect("this one goes on");
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_ends_on_one_node_ends_on_the_other_within_two_seconds(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let twin = clinic.twin(|_| {}).await;
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let there = Someone { hub: twin.hub, ..ana.who.clone() };
        let mut socket = there.connects(Codec::Json).await;
        let dr_at_twin = Someone { hub: twin.hub, ..dr_b.who.clone() };
        let person_id = ana.who.person_id.expect("an account");
        let began = std::time::Instant::now();
        // At the other node; her media is at this one.
        let admin = Someone { hub: twin.hub, ..clinic.admin.clone() };
        let ended = admin.calls(EndAllSessions { person_id }).await.expect("ended").ended;
        assert_eq!(ended, 1);
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code(), "there at once");
        eventually("her media has ended here", async || {
            !clinic.media.seats().contains(&ana.seat())
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let offer = JoinMedia { appointment_id: visit.id, offer: "v=0 offer".into() };
        told(ana.who.calls(offer).await, FaultCode::SessionEnded);
        dr_b.agrees().await;
        dr_at_twin.calls(ReadMe {}).await.expect("whoever stays signed in stays");
        twin.goes().await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_session_that_is_left_alone_is_not_refreshed(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let dr_b = clinic.account(Role::Clinician, "Dr Bo Fictional").await;
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        for (account, name, minutes) in [(dr_b, "clinician", 15), (ana, "patient", 60)] {
            let (left, mut busy) =
                (account.signs_in(clinic.hub).await, account.signs_in(clinic.hub).await);
            let me = left.calls(ReadMe {}).await.expect("me");
            assert_eq!(me.idle_after_s, Some(minutes * 60));
            for _ in 0..minutes / 5 {
                clinic.clock.advance(MINUTE * 5);
                let answer = refreshes(&busy).await;
                let signed: SignedIn = read(&answer).expect("refreshed");
                busy = someone(clinic.hub, &answer, signed);
                busy.calls(ReadMe {}).await.expect("something is done");
            }
            // What other nodes have not told yet is waited for.
            clinic.clock.advance(MINUTE);
            assert_eq!(refreshes(&left).await.code(), "session_ended", "{name}");
            assert_eq!(refreshes(&busy).await.status, 200, "{name}");
        }
    });
}

#[test]
fn a_refresh_alone_is_nothing_that_somebody_does() {
    tell(Kind::Memory, async |clinic| {
        let dr_b = clinic.account(Role::Clinician, "Dr Bo Fictional").await;
        let mut session = dr_b.signs_in(clinic.hub).await;
        for _ in 0..3 {
            clinic.clock.advance(MINUTE * 5);
            let answer = refreshes(&session).await;
            let signed: SignedIn = read(&answer).expect("refreshed");
            session = someone(clinic.hub, &answer, signed);
            session.connects(Codec::Json).await;
        }
        clinic.clock.advance(MINUTE);
        assert_eq!(refreshes(&session).await.code(), "session_ended");
    });
}

#[test]
fn a_new_password_ends_the_other_sign_ins() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let (here, there) = (ana.signs_in(clinic.hub).await, ana.signs_in(clinic.hub).await);
        let change = |it: &str| ChangePassword { password: it.into() };
        for bad in ["short", "ana fictional 1", "passwordpassword", &"x".repeat(257)] {
            let fault = here.calls(change(bad)).await.expect_err("refused");
            assert_eq!(fault.field.as_deref(), Some("password"), "{bad}");
        }
        here.calls(change("another fictional phrase")).await.expect("changed");
        told(there.calls(ReadMe {}).await, FaultCode::SessionEnded);
        here.calls(ReadMe {}).await.expect("this one goes on");
        assert_eq!(ana.tries(clinic.hub).await.code(), "wrong_credentials");
        let new = Account { password: "another fictional phrase".to_owned(), ..ana.clone() };
        new.signs_in(clinic.hub).await;
        clinic.clock.advance(MINUTE * 10);
        told(here.calls(change("a third fictional phrase")).await, FaultCode::StepUp);
    });
}

#[test]
fn a_short_password_needs_a_factor_beside_it() {
    tell(Kind::Memory, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let short = || ChangePassword { password: "vKx7 pQz".into() };
        told(session.calls(short()).await, FaultCode::InvalidValue);
        clinic.enrols(&session, &mut ana).await;
        session.calls(short()).await.expect("with a factor eight are enough");
        let factors = session.calls(bedside::protocol::factor::ListFactors {}).await;
        let factor_id = factors.expect("factors").factors[0].factor_id;
        let remove = || bedside::protocol::factor::RemoveFactor { factor_id };
        told(session.calls(remove()).await, FaultCode::NotAllowedNow);
        let long = ChangePassword { password: PASSPHRASE.into() };
        session.calls(long).await.expect("changed");
        session.calls(remove()).await.expect("removed");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn whoever_is_attacked_signs_in_from_a_device_that_is_known(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let first = ana.tries(clinic.hub).await;
        let cookies = cookies_of(&first);
        assert!(cookies.contains("bedside_device_"), "{cookies}");
        // Somebody guesses, slower and slower: after ten that cost nothing the wait doubles.
        let key = clinic.keys().sealer.derive_token(&["try", "account", &ana.email]);
        let guess = Try { key: key.into_exposed(), rule: OF_ACCOUNT };
        for seconds in [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8] {
            clinic.clock.advance(Duration::from_secs(seconds));
            let told = clinic.store.attempt(std::slice::from_ref(&guess), clinic.clock.now()).await;
            assert_eq!(told, Ok(None));
        }
        let shut = ana.tries(clinic.hub).await;
        assert_eq!((shut.status, shut.code().as_str()), (429, "too_many_requests"));
        assert_eq!(shut.header("retry-after"), Some("16"));
        // A device of somebody else is none.
        let eve = clinic.account(Role::Patient, "Eve Invented").await;
        let hers = cookies_of(&eve.tries(clinic.hub).await);
        let by_hers = login(clinic.hub, &ana.email, &ana.password, Some(&hers)).await;
        assert_eq!(by_hers.code(), "too_many_requests");
        let both = format!("{hers}; {cookies}");
        let known = login(clinic.hub, &ana.email, &ana.password, Some(&both)).await;
        assert_eq!(known.status, 200, "{}", known.text());
        assert_eq!(ana.tries(clinic.hub).await.status, 429, "strangers go on waiting");
    });
}

#[test]
fn an_account_that_is_not_there_answers_as_one_that_is() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let guess = async |email: &str| {
            let answer = login(clinic.hub, email, "guess guess guess", None).await;
            let mut body = answer.json();
            body["request_id"] = json!(null);
            if body["after_ms"].is_number() {
                body["after_ms"] = json!(0);
            }
            let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
            (answer.status, names, body)
        };
        for n in 0..12 {
            let (there, absent) = (guess(&ana.email).await, guess("nobody@clinic.invalid").await);
            assert_eq!(there, absent, "{n}");
            assert_eq!(there.0, if n < 10 { 401 } else { 429 });
        }
    });
}

#[test]
fn to_end_a_sign_in_one_proves_who_one_is() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let ada = clinic.account(Role::Admin, "Ada Fictional").await;
        let first = ada.signs_in(clinic.hub).await;
        clinic.clock.advance(MINUTE * 14);
        let (other, hers) = (ada.signs_in(clinic.hub).await, ana.signs_in(clinic.hub).await);
        clinic.clock.advance(MINUTE);
        let answer = refreshes(&first).await;
        let signed: SignedIn = read(&answer).expect("refreshed");
        let first = someone(clinic.hub, &answer, signed);
        let end = |who: &Someone| EndSession { session_id: who.session_id.unwrap() };
        let fault = first.calls(end(&hers)).await.expect_err("a quarter of an hour ago");
        assert_eq!(fault.code, FaultCode::StepUp);
        assert_eq!(fault.step_up.as_ref().map(|it| it.max_age_s), Some(900));
        hers.calls(ReadMe {}).await.expect("she goes on");
        for fault in [
            first.calls(end(&other)).await.expect_err("her own as well"),
            first.calls(EndOtherSessions {}).await.expect_err("all of her others"),
        ] {
            assert_eq!(fault.code, FaultCode::StepUp);
        }
        other.calls(ReadMe {}).await.expect("it goes on");
        let proof = bedside::protocol::factor::Proof::Password { password: PASSPHRASE.into() };
        steps_up(&first, proof).await.expect("proven");
        assert_eq!(first.calls(end(&hers)).await.expect("anybody's").ended, 1);
        assert_eq!(first.calls(end(&other)).await.expect("her own").ended, 1);
    });
}
