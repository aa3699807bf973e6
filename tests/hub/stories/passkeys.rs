//! Passkeys: made, used as a second factor and alone; and everything that is wrong with one.

use crate::stories::residency::{europe, moves, sent_there};
use crate::support::authenticator::Authenticator;
use crate::support::http::Request;
use crate::support::identity::{proves, someone, steps_up};
use crate::support::people::{read, told};
use crate::support::{Clinic, Kind, Someone, tell, tell_with};
use bedside::domain::identity::CHALLENGE_FOR;
use bedside::protocol::auth::{BeginPasskeySignIn, PasskeySignIn, SignedIn};
use bedside::protocol::factor::*;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::person::{ReadMe, ReinstatePerson, Role, SuspendPerson};
use bedside::protocol::phi::Phi;
use rstest::rstest;
use serde_json::json;

const PAGE: &str = "http://clinic.test";

async fn makes(who: &Someone, key: &Authenticator) -> Result<FactorAdded, Fault> {
    let begun = who.calls(BeginPasskey {}).await.expect("begun");
    assert_eq!(begun.passkey.rp_id, "clinic.test");
    let passkey = key.makes(&begun.passkey);
    who.calls(AddPasskey { challenge: begun.challenge, name: "Key".into(), passkey }).await
}

async fn asked(clinic: &Clinic) -> PasskeySignIn {
    clinic.stranger().calls(BeginPasskeySignIn {}).await.expect("asked")
}

async fn signs_in(
    clinic: &Clinic,
    challenge: &Phi<String>,
    assertion: &PasskeyAssertion,
) -> Result<Someone, Fault> {
    let body = json!({"challenge": challenge, "assertion": assertion});
    let answer = Request::new("POST", "/v1/auth/passkey").json(&body).send(clinic.hub).await;
    read::<SignedIn>(&answer).map(|signed| someone(clinic.hub, &answer, signed))
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_passkey_is_a_second_factor_or_all_of_it(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let mut key = Authenticator::new(PAGE);
        let added = makes(&session, &key).await.expect("made");
        assert_eq!((added.factor.kind, added.recovery_codes.len()), (ProofKind::Passkey, 10));
        told(makes(&session, &key).await, FaultCode::Conflict);
        let second = Authenticator::new(PAGE);
        assert_eq!(makes(&session, &second).await.expect("another").recovery_codes.len(), 0);

        key.counter += 1;
        let challenge = ana.is_asked(clinic.hub).await;
        assert_eq!(challenge.methods, [ProofKind::Passkey, ProofKind::Recovery]);
        let request = challenge.passkey.expect("a request");
        assert_eq!(request.allow.len(), 2);
        let proof = Proof::Passkey { assertion: key.signs(&request) };
        let by_two = proves(clinic.hub, &challenge.challenge, &proof).await.expect("signed in");
        by_two.calls(ReadMe {}).await.expect("a session");

        key.counter += 1;
        let question = asked(clinic).await;
        assert!(question.passkey.must_verify_user && question.passkey.allow.is_empty());
        let signed = signs_in(clinic, &question.challenge, &key.signs(&question.passkey)).await;
        let alone = signed.expect("signed in");
        assert_eq!(alone.person_id, session.person_id);

        key.counter += 1;
        let asked = alone.calls(bedside::protocol::auth::BeginStepUp {}).await.expect("asked");
        let proof = Proof::Passkey { assertion: key.signs(&asked.passkey.expect("a request")) };
        let op = bedside::protocol::auth::StepUp { challenge: asked.challenge, proof };
        alone.calls(op).await.expect("stepped up");
        let factor_id = added.factor.factor_id;
        alone.calls(RemoveFactor { factor_id }).await.expect("removed");
        key.counter += 1;
        let wrong = steps_up(&alone, Proof::Totp { code: "123456".into() }).await;
        told(wrong, FaultCode::WrongFactor);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_passkey_of_who_is_suspended_is_none(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let person_id = session.person_id.expect("an account");
        let mut key = Authenticator::new(PAGE);
        makes(&session, &key).await.expect("made");
        let suspend = SuspendPerson { person_id, reason: "fictional".into() };
        clinic.admin.calls(suspend).await.expect("suspended");

        key.counter += 1;
        let question = asked(clinic).await;
        let signed = key.signs(&question.passkey);
        told(signs_in(clinic, &question.challenge, &signed).await, FaultCode::WrongFactor);
        clinic.admin.calls(ReinstatePerson { person_id }).await.expect("reinstated");
        key.counter += 1;
        let question = asked(clinic).await;
        let signed = key.signs(&question.passkey);
        signs_in(clinic, &question.challenge, &signed).await.expect("signed in");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_passkey_of_who_moved_says_where(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let mut key = Authenticator::new(PAGE);
        makes(&session, &key).await.expect("made");
        moves(clinic, session.person_id.expect("an account"), "us-east").await.expect("moved");
        key.counter += 1;
        let question = asked(clinic).await;
        let other = Authenticator::new(PAGE).signs(&question.passkey);
        told(signs_in(clinic, &question.challenge, &other).await, FaultCode::WrongFactor);
        let signed = key.signs(&question.passkey);
        sent_there(signs_in(clinic, &question.challenge, &signed).await);
    });
}

#[test]
fn a_passkey_that_is_used_wrongly_opens_nothing() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let mut key = Authenticator::new(PAGE);
        key.counter = 5;
        makes(&session, &key).await.expect("made");
        let wrong = |result| told::<Someone>(result, FaultCode::WrongFactor);

        // Another page, another host, nobody checked, a count that does not go on.
        let cases: [fn(&mut Authenticator); 5] = [
            |it| it.origin = "http://clinic.test.evil.example".to_owned(),
            |it| it.origin = "https://clinic.test".to_owned(),
            |it| it.host = "evil.example".to_owned(),
            |it| it.verifies_user = false,
            |it| it.counter = 5,
        ];
        for spoil in cases {
            let (origin, host) = (key.origin.clone(), key.host.clone());
            key.counter = 6;
            spoil(&mut key);
            let question = asked(clinic).await;
            let signed = key.signs(&question.passkey);
            wrong(signs_in(clinic, &question.challenge, &signed).await);
            (key.origin, key.host, key.verifies_user) = (origin, host, true);
        }

        key.counter = 6;
        let (one, two) = (asked(clinic).await, asked(clinic).await);
        let signed = key.signs(&one.passkey);
        wrong(signs_in(clinic, &two.challenge, &signed).await);
        let forged = PasskeyAssertion { signature: "AAAA".into(), ..signed.clone() };
        wrong(signs_in(clinic, &one.challenge, &forged).await);
        let stranger = Authenticator::new(PAGE).signs(&one.passkey);
        wrong(signs_in(clinic, &one.challenge, &stranger).await);
        let swapped = PasskeyAssertion { credential_id: signed.credential_id.clone(), ..stranger };
        wrong(signs_in(clinic, &one.challenge, &swapped).await);
        signs_in(clinic, &one.challenge, &signed).await.expect("it was good all the time");
        // Once more, by whoever has seen it: the count is used.
        wrong(signs_in(clinic, &one.challenge, &signed).await);
        key.counter = 7;
        let replayed = key.signs(&one.passkey);
        let again = signs_in(clinic, &one.challenge, &replayed).await;
        told(again, FaultCode::ChallengeEnded);
        clinic.clock.advance(CHALLENGE_FOR);
        key.counter = 8;
        let late = signs_in(clinic, &two.challenge, &key.signs(&two.passkey)).await;
        told(late, FaultCode::ChallengeEnded);
    });
}

#[test]
fn a_passkey_that_does_not_count_is_asked_once_all_the_same() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let mut key = Authenticator::new(PAGE);
        key.counter = 0;
        makes(&session, &key).await.expect("made");
        for _ in 0..2 {
            let question = asked(clinic).await;
            let signed = key.signs(&question.passkey);
            signs_in(clinic, &question.challenge, &signed).await.expect("signed in");
            let again = signs_in(clinic, &question.challenge, &signed).await;
            told(again, FaultCode::ChallengeEnded);
        }
    });
}

#[test]
fn a_passkey_that_was_made_elsewhere_is_not_kept() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        let mut key = Authenticator::new(PAGE);
        key.origin = "http://evil.example".to_owned();
        told(makes(&session, &key).await, FaultCode::WrongFactor);
        let mut key = Authenticator::new(PAGE);
        key.host = "evil.example".to_owned();
        told(makes(&session, &key).await, FaultCode::WrongFactor);
        let key = Authenticator::new(PAGE);
        let begun = session.calls(BeginPasskey {}).await.expect("begun");
        let passkey = key.makes(&begun.passkey);
        let bo = clinic.account(Role::Patient, "Bo Invented").await.signs_in(clinic.hub).await;
        let stolen = AddPasskey { challenge: begun.challenge, name: "Key".into(), passkey };
        told(bo.calls(stolen).await, FaultCode::ChallengeEnded);
        let factors = session.calls(ListFactors {}).await.expect("factors").factors;
        assert!(factors.is_empty());
    });
}
