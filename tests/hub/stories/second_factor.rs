//! A second factor: enrolled, asked for, good once; what is left to whoever has lost it; and what asks for it again.

use crate::support::http::Request;
use crate::support::identity::{methods_of, proves, refreshes, someone, steps_up};
use crate::support::people::{read, told};
use crate::support::{Kind, Socket, tell, tell_with};
use bedside::clock::Clock as _;
use bedside::domain::identity::{CHALLENGE_FOR, OF_CODES};
use bedside::protocol::auth::{BeginStepUp, ChangePassword, SignedIn};
use bedside::protocol::codec::Codec;
use bedside::protocol::factor::*;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::{CreatePerson, ListPeople, ReadMe, Role};
use bedside::protocol::phi::Phi;
use rstest::rstest;
use std::time::Duration;

const STEP: Duration = Duration::from_secs(30);

fn totp(code: Phi<String>) -> Proof {
    Proof::Totp { code }
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_code_is_asked_for_after_the_password_and_is_good_once(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let codes = clinic.enrols(&session, &mut ana).await;
        assert_eq!(codes.len(), 10);

        let asked = ana.is_asked(clinic.hub).await;
        assert_eq!(asked.methods, [ProofKind::Totp, ProofKind::Recovery]);
        let seen = totp(clinic.code(&ana));
        let again = proves(clinic.hub, &asked.challenge, &seen).await;
        told(again, FaultCode::WrongFactor);
        clinic.clock.advance(STEP);
        let code = totp(clinic.code(&ana));
        let signed = proves(clinic.hub, &asked.challenge, &code).await.expect("signed in");
        signed.calls(ReadMe {}).await.expect("a session");
        assert!(signed.cookie.is_some());

        let twin = clinic.twin(|it| it.identity.require_second_factor = false).await;
        for hub in [clinic.hub, twin.hub] {
            let asked = ana.is_asked(hub).await;
            told(proves(hub, &asked.challenge, &code).await, FaultCode::WrongFactor);
        }
        clinic.clock.advance(STEP);
        // The question of one node, its answer at the other.
        let asked = ana.is_asked(clinic.hub).await;
        let code = totp(clinic.code(&ana));
        proves(twin.hub, &asked.challenge, &code).await.expect("signed in at the other");
        told(
            proves(clinic.hub, &ana.is_asked(clinic.hub).await.challenge, &code).await,
            FaultCode::WrongFactor,
        );
        twin.goes().await;
    });
}

#[test]
fn a_question_is_answered_once_in_time_and_by_whom_it_was_put_to() {
    tell(Kind::Memory, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let codes = clinic.enrols(&session, &mut ana).await;
        let mut bo = clinic.account(Role::Patient, "Bo Invented").await;
        let bos = bo.signs_in(clinic.hub).await;
        clinic.enrols(&bos, &mut bo).await;
        clinic.clock.advance(STEP);

        let asked = ana.is_asked(clinic.hub).await;
        told(
            proves(clinic.hub, &asked.challenge, &totp(clinic.code(&bo))).await,
            FaultCode::WrongFactor,
        );
        proves(clinic.hub, &asked.challenge, &totp(clinic.code(&ana))).await.expect("signed in");
        let recovery = |n: usize| Proof::Recovery { code: codes[n].clone() };
        told(proves(clinic.hub, &asked.challenge, &recovery(0)).await, FaultCode::ChallengeEnded);

        let late = ana.is_asked(clinic.hub).await;
        clinic.clock.advance(CHALLENGE_FOR);
        told(proves(clinic.hub, &late.challenge, &recovery(1)).await, FaultCode::ChallengeEnded);
        let other = session.calls(BeginStepUp {}).await.expect("asked");
        told(proves(clinic.hub, &other.challenge, &recovery(1)).await, FaultCode::ChallengeEnded);
        told(proves(clinic.hub, &"nonsense".into(), &recovery(1)).await, FaultCode::ChallengeEnded);
        let asked = ana.is_asked(clinic.hub).await;
        proves(clinic.hub, &asked.challenge, &recovery(1)).await.expect("the code was not used up");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_recovery_code_is_good_once(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let codes = clinic.enrols(&session, &mut ana).await;
        let typed = Phi::new(codes[3].expose().to_lowercase().replace('-', " "));
        let recovery = || Proof::Recovery { code: typed.clone() };
        let asked = ana.is_asked(clinic.hub).await;
        let signed = proves(clinic.hub, &asked.challenge, &recovery()).await.expect("signed in");
        let asked = ana.is_asked(clinic.hub).await;
        told(proves(clinic.hub, &asked.challenge, &recovery()).await, FaultCode::WrongFactor);
        let left =
            async || signed.calls(ListFactors {}).await.expect("factors").recovery_codes_left;
        assert_eq!(left().await, 9);
        let new = signed.calls(RenewRecovery {}).await.expect("new ones").recovery_codes;
        assert_eq!((new.len(), left().await), (10, 10));
        let old = Proof::Recovery { code: codes[4].clone() };
        told(proves(clinic.hub, &asked.challenge, &old).await, FaultCode::WrongFactor);
        let fresh = Proof::Recovery { code: new[0].clone() };
        proves(clinic.hub, &asked.challenge, &fresh).await.expect("a new one is good");
    });
}

#[test]
fn whoever_must_have_a_factor_can_do_nothing_before() {
    tell_with(
        Kind::Memory,
        |it| it.identity.require_second_factor = true,
        async |clinic| {
            let ana = clinic.account(Role::Patient, "Ana Fictional").await;
            let patient = ana.signs_in(clinic.hub).await;
            assert!(!patient.calls(ReadMe {}).await.expect("me").must_enrol, "patients may");

            let mut dr_b = clinic.account(Role::Clinician, "Dr Bo Fictional").await;
            let session = dr_b.signs_in(clinic.hub).await;
            assert!(session.calls(ReadMe {}).await.expect("me").must_enrol);
            let refused = session.asks("appointment.list", &serde_json::json!({})).await;
            assert_eq!((refused.status, refused.code().as_str()), (403, "factor_required"));
            let socket = Socket::open(&session, Codec::Json, None, vec![]).await;
            assert!(socket.is_err(), "nor by a socket");
            assert!(session.calls(ListFactors {}).await.expect("factors").is_required);
            // A new token of the same session knows no more.
            let signed: SignedIn = read(&refreshes(&session).await).expect("refreshed");
            assert!(signed.me.must_enrol);

            clinic.enrols(&session, &mut dr_b).await;
            let answer = session.asks("appointment.list", &serde_json::json!({})).await;
            assert_eq!(answer.status, 200, "with the very same token: {}", answer.text());
            assert!(!session.calls(ReadMe {}).await.expect("me").must_enrol);
            session.connects(Codec::Json).await;
            clinic.clock.advance(STEP);
            let asked = dr_b.is_asked(clinic.hub).await;
            let code = totp(clinic.code(&dr_b));
            let signed = proves(clinic.hub, &asked.challenge, &code).await.expect("signed in");
            assert!(!signed.calls(ReadMe {}).await.expect("me").must_enrol);
            let only = signed.calls(ListFactors {}).await.expect("factors").factors[0].factor_id;
            told(signed.calls(RemoveFactor { factor_id: only }).await, FaultCode::NotAllowedNow);
        },
    );
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::postgres(Kind::Postgres)]
fn codes_are_not_guessed_on_either_node(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        clinic.enrols(&session, &mut ana).await;
        clinic.clock.advance(STEP);
        let asked = ana.is_asked(clinic.hub).await;
        let good = clinic.code(&ana);
        let wrong = if good.expose() == "000000" { "000001" } else { "000000" };
        for _ in 0..OF_CODES.free {
            let told_wrong = proves(clinic.hub, &asked.challenge, &totp(wrong.into())).await;
            told(told_wrong, FaultCode::WrongFactor);
        }
        let twin = clinic.twin(|it| it.identity.require_second_factor = false).await;
        for hub in [clinic.hub, twin.hub] {
            let right = proves(hub, &asked.challenge, &totp(good.clone())).await;
            let fault = right.expect_err("not even the right one");
            assert_eq!(fault.code, FaultCode::TooManyRequests);
            assert!(fault.after_ms.is_some_and(|it| it <= 1_000));
        }
        clinic.clock.advance(Duration::from_secs(1));
        proves(twin.hub, &asked.challenge, &totp(good)).await.expect("after the wait");
        twin.goes().await;
    });
}

#[test]
fn what_is_sensitive_asks_for_a_proof_of_late() {
    tell(Kind::Memory, async |clinic| {
        let ada = clinic.account(Role::Admin, "Ada Fictional").await;
        let session = ada.signs_in(clinic.hub).await;
        let person = |number: u32| CreatePerson {
            home_region: None,
            display_name: "Nia Fictional".into(),
            email: format!("nia.{number}@clinic.invalid").into(),
            password: Some("a fictional passphrase".into()),
            role: Role::Patient,
            time_zone: "UTC".to_owned(),
        };
        session.calls(person(1)).await.expect("she has just signed in");
        clinic.clock.advance(Duration::from_secs(14 * 60));
        session.calls(person(2)).await.expect("a quarter of an hour");
        clinic.clock.advance(Duration::from_secs(60));
        let session = {
            let answer = refreshes(&session).await;
            let signed = read(&answer).expect("refreshed");
            someone(clinic.hub, &answer, signed)
        };
        let fault = session.calls(person(3)).await.expect_err("too long ago");
        assert_eq!(fault.code, FaultCode::StepUp);
        assert_eq!(fault.step_up.as_ref().map(|it| it.max_age_s), Some(900));
        assert_eq!(methods_of(&fault), serde_json::json!(["password"]));
        session
            .calls(ListPeople { role: None, status: None })
            .await
            .expect("what is not sensitive goes on");

        let password = |it: &str| Proof::Password { password: it.into() };
        told(steps_up(&session, password("another passphrase")).await, FaultCode::WrongFactor);
        told(session.calls(person(3)).await, FaultCode::StepUp);
        steps_up(&session, password("a fictional passphrase")).await.expect("proven");
        session.calls(person(3)).await.expect("proven of late");
    });
}

#[test]
fn with_a_factor_a_password_proves_nothing_more() {
    tell(Kind::Memory, async |clinic| {
        let mut ada = clinic.account(Role::Admin, "Ada Fictional").await;
        let session = ada.signs_in(clinic.hub).await;
        clinic.enrols(&session, &mut ada).await;
        clinic.clock.advance(STEP);
        let password = Proof::Password { password: "a fictional passphrase".into() };
        told(steps_up(&session, password.clone()).await, FaultCode::WrongFactor);
        let asked = ada.is_asked(clinic.hub).await;
        told(proves(clinic.hub, &asked.challenge, &password).await, FaultCode::WrongFactor);
        // Somebody else's question in somebody else's session.
        let bo = clinic.account(Role::Patient, "Bo Invented").await.signs_in(clinic.hub).await;
        let asked = bo.calls(BeginStepUp {}).await.expect("asked");
        let stolen = bedside::protocol::auth::StepUp {
            challenge: asked.challenge,
            proof: totp(clinic.code(&ada)),
        };
        told(session.calls(stolen).await, FaultCode::ChallengeEnded);
        steps_up(&session, totp(clinic.code(&ada))).await.expect("the code was not used up");
    });
}

#[test]
fn an_administrator_helps_whoever_has_lost_everything() {
    tell(Kind::Memory, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let codes = clinic.enrols(&session, &mut ana).await;
        let mut socket = session.connects(Codec::Json).await;
        let person_id = session.person_id.expect("an account");
        clinic.admin.calls(ResetFactors { person_id }).await.expect("reset");
        socket.is_closed().await;
        told(session.calls(ReadMe {}).await, FaultCode::SessionEnded);
        let again = ana.signs_in(clinic.hub).await;
        let factors = again.calls(ListFactors {}).await.expect("factors");
        assert_eq!((factors.factors.len(), factors.recovery_codes_left), (0, 0));
        let asked = again.calls(BeginStepUp {}).await.expect("asked");
        assert_eq!(asked.methods, [ProofKind::Password]);
        let old = steps_up(&again, Proof::Recovery { code: codes[0].clone() }).await;
        told(old, FaultCode::WrongFactor);
    });
}

#[test]
fn a_secret_counts_only_when_its_app_has_shown_a_code() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let begin = || BeginTotp { name: "Telephone".into() };
        let first = session.calls(begin()).await.expect("begun");
        let confirm = |factor_id| ConfirmTotp { factor_id, code: "000000".into() };
        told(session.calls(confirm(first.factor_id)).await, FaultCode::WrongFactor);
        ana.signs_in(clinic.hub).await;
        let second = session.calls(begin()).await.expect("begun anew");
        assert_ne!(first.secret, second.secret);
        told(session.calls(confirm(first.factor_id)).await, FaultCode::NotFound);
        let long = BeginTotp { name: "x".repeat(61).into() };
        assert_eq!(session.calls(long).await.expect_err("too long").field.as_deref(), Some("name"));
        // What is asked for once is told once: with the same key there is a new secret, not the old one again.
        let key = async || session.calls_with_key("k-1", begin()).await.expect("begun").secret;
        assert_ne!(key().await, key().await);
        let empty = Request::new("POST", "/v1/auth/factor").json(&serde_json::json!({}));
        assert_eq!(empty.send(clinic.hub).await.code(), "malformed");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_has_the_password_alone_is_out_when_its_owner_enrols(#[case] kind: Kind) {
    tell_with(
        kind,
        |it| it.identity.require_second_factor = true,
        async |clinic| {
            let mut dr_b = clinic.account(Role::Clinician, "Dr Bo Fictional").await;
            let thief = dr_b.signs_in(clinic.hub).await;
            thief.calls(BeginTotp { name: "Mine".into() }).await.expect("so far it may");
            let session = dr_b.signs_in(clinic.hub).await;
            let codes = clinic.enrols(&session, &mut dr_b).await;
            assert_eq!(codes.len(), 10);
            told(thief.calls(BeginTotp { name: "Mine".into() }).await, FaultCode::SessionEnded);
            told(thief.calls(ReadMe {}).await, FaultCode::SessionEnded);
            session.calls(ReadMe {}).await.expect("hers goes on");
        },
    );
}

#[test]
fn a_question_after_a_password_is_not_answered_by_it() {
    tell_with(
        Kind::Memory,
        |it| it.identity.require_second_factor = true,
        async |clinic| {
            let mut ada = clinic.account(Role::Clinician, "Dr Ada Fictional").await;
            let session = ada.signs_in(clinic.hub).await;
            let codes = clinic.enrols(&session, &mut ada).await;
            let before = ada.is_asked(clinic.hub).await;
            let op = ChangePassword { password: "another fictional phrase".into() };
            session.calls(op).await.expect("changed");
            let recovery = Proof::Recovery { code: codes[0].clone() };
            let old = proves(clinic.hub, &before.challenge, &recovery).await;
            told(old, FaultCode::ChallengeEnded);
            ada.password = "another fictional phrase".to_owned();
            let asked = ada.is_asked(clinic.hub).await;
            let person_id = session.person_id.expect("an account");
            clinic.admin.calls(ResetFactors { person_id }).await.expect("reset");
            let password = Proof::Password { password: ada.password.as_str().into() };
            let by_it = proves(clinic.hub, &asked.challenge, &password).await;
            told(by_it, FaultCode::WrongFactor);
        },
    );
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_session_that_has_ended_elsewhere_proves_nothing_any_more(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ada = clinic.account(Role::Admin, "Ada Fictional").await;
        let session = ada.signs_in(clinic.hub).await;
        let id = session.session_id.expect("a session");
        // As another node ends it: this one is not told.
        clinic.store.end_session(id, clinic.clock.now()).await.expect("ended");
        let begin = session.calls(BeginTotp { name: "Telephone".into() }).await;
        told(begin, FaultCode::SessionEnded);
    });
}
