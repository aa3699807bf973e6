//! R-AUTH-3: who tries to find out who has an account learns nothing from a sign-in, and from registering only slowly.
//!
//! What is compared is what is answered, to the byte, and what is done; how often a password is compared is counted in `auth::password`. No clock
//! is asked: `bedside bench auth` measures.

use crate::support::http::{Answer, Request};
use crate::support::people::told;
use crate::support::{Clinic, Kind, tell};
use bedside::clock::Clock as _;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::person::{CreatePerson, Role, SuspendPerson};
use bedside::protocol::practice::RegisterPatient;
use bedside::store::PersonRecord;
use bedside::store::memory::Point;
use bedside::store::people::Standing;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

const KNOWN: &str = "known@clinic.invalid";
const UNKNOWN: &str = "nobody@clinic.invalid";
const WITHOUT: &str = "without@clinic.invalid";
const DAMAGED: &str = "damaged@clinic.invalid";
/// Whoever has this account and its password is kept out all the same.
const SUSPENDED: &str = "suspended@clinic.invalid";
const PASSPHRASE: &str = "a fictional passphrase";

/// Accounts of every kind.
async fn people(clinic: &Clinic) {
    let op = CreatePerson {
        home_region: None,
        display_name: "Ana Fictional".into(),
        email: KNOWN.into(),
        password: Some(PASSPHRASE.into()),
        role: Role::Patient,
        time_zone: "Europe/Berlin".to_owned(),
    };
    let suspended = CreatePerson { email: SUSPENDED.into(), ..op.clone() };
    clinic.admin.calls(op).await.expect("an account");
    let person_id = clinic.admin.calls(suspended).await.expect("another").person_id;
    let suspend = SuspendPerson { person_id, reason: "fictional".into() };
    clinic.admin.calls(suspend).await.expect("suspended");
    for (email, hash) in [(WITHOUT, ""), (DAMAGED, "$argon2id$v=19$m=19456,t=2,p=1$half")] {
        let person = PersonRecord {
            person_id: PersonId(Uuid::now_v7()),
            organisation_id: OrganisationId::FIRST,
            display_name: "Otto Fictional".into(),
            email: email.into(),
            password_hash: hash.into(),
            role: Role::Clinician,
            time_zone: "Europe/Berlin".to_owned(),
            created_at: clinic.clock.now(),
            standing: Standing::default(),
        };
        clinic.store.create_person(person, None).await.expect("an account");
    }
}

async fn tries(clinic: &Clinic, email: &str) -> Answer {
    let password = if email == SUSPENDED { PASSPHRASE } else { "not the passphrase" };
    let params = json!({"email": email, "password": password});
    Request::new("POST", "/v1/auth/login").json(&params).send(clinic.hub).await
}

/// Tries that are looked at; later ones are sent away, for a time that a clock of its own tells.
const LOOKED_AT: usize = 10;

/// All that comes back but what is another one at each call.
fn shape(answer: &Answer) -> (u16, BTreeMap<String, String>, Value, usize) {
    let mut body = answer.json();
    body["after_ms"].take();
    let id = body["request_id"].take();
    assert!(id.as_str().is_some_and(|it| it.len() == 36), "each has a request id");
    let of_its_own = ["date", "x-request-id", "retry-after", "content-length"];
    let headers = answer.headers.iter().filter(|(name, _)| !of_its_own.contains(&&**name));
    let length = if answer.status == 401 { answer.body.len() } else { 0 };
    (answer.status, headers.cloned().collect(), body, length)
}

#[test]
fn a_sign_in_does_the_same_and_says_the_same_whoever_has_an_account() {
    tell(Kind::Memory, async |clinic| {
        people(clinic).await;
        let kinds =
            [Point::CountTry, Point::AppendAudit, Point::OpenSession, Point::SpendChallenge];
        let done = || kinds.map(|it| clinic.memory().writes_at(&[it]));
        let mut seen = vec![];
        for round in 0..LOOKED_AT + 2 {
            for email in [UNKNOWN, KNOWN, WITHOUT, DAMAGED, SUSPENDED] {
                let before = done();
                let answer = tries(clinic, email).await;
                let work: Vec<_> =
                    done().iter().zip(before).map(|(now, then)| now - then).collect();
                seen.push((round, email, shape(&answer), work));
            }
        }
        for all in seen.chunks(5) {
            let (_, _, first, work) = &all[0];
            for (round, email, answer, done) in all {
                assert_eq!(answer, first, "{email} in round {round}");
                assert!(*round >= LOOKED_AT || done == work, "{email}: {done:?} and {work:?}");
            }
        }
        // Both kinds were there: refused for the password, and for the number of tries.
        let statuses: Vec<_> = seen.chunks(5).map(|it| it[0].2.0).collect();
        assert_eq!((statuses[0], statuses[11]), (401, 429), "{statuses:?}");
    });
}

fn register(email: String) -> RegisterPatient {
    RegisterPatient {
        home_region: None,
        display_name: "Eve Fictional".into(),
        email: email.into(),
        password: "horse battery staple of her own".into(),
        time_zone: "Europe/Berlin".to_owned(),
        organisation: None,
    }
}

#[test]
fn who_has_an_account_is_told_to_whoever_registers_and_not_to_who_asks_for_many() {
    tell(Kind::Memory, async |clinic| {
        people(clinic).await;
        let eve = clinic.stranger();
        // The bucket of calls is another thing and follows another clock: whoever is told to come back in a moment does.
        let asks = async |email: &str| loop {
            match eve.calls(register(email.to_owned())).await {
                Err(Fault { after_ms: Some(ms @ ..=1_000), .. }) => {
                    tokio::time::sleep(Duration::from_millis(ms.into())).await;
                }
                done => break done,
            }
        };
        // What is mistyped is given back, and so is what was made.
        let wrong = RegisterPatient { password: "short".into(), ..register(UNKNOWN.to_owned()) };
        for _ in 0..5 {
            eve.calls(wrong.clone()).await.expect_err("too short");
        }
        // So is an organisation that there is not, whether or not the address is known.
        for email in [KNOWN, UNKNOWN].into_iter().cycle().take(6) {
            let organisation = Some("secnod".to_owned());
            let wrong = RegisterPatient { organisation, ..register(email.to_owned()) };
            told(eve.calls(wrong).await, FaultCode::InvalidValue);
        }
        asks("eve@clinic.invalid").await.expect("an account");
        for _ in 0..60 {
            told(asks(KNOWN).await, FaultCode::EmailTaken);
        }
        // From now on nobody in this network is told which of them it is.
        for email in [KNOWN, UNKNOWN] {
            let fault = asks(email).await.expect_err("later");
            assert_eq!((fault.code, fault.after_ms), (FaultCode::TooManyRequests, Some(60_000)));
        }
        clinic.clock.advance(Duration::from_secs(60));
        told(asks(KNOWN).await, FaultCode::EmailTaken);
        told(asks(KNOWN).await, FaultCode::TooManyRequests);
    });
}

/// Whoever guesses knows what the clinic is called, and which program it runs.
#[test]
fn a_password_is_not_the_name_of_the_organisation() {
    tell(Kind::Memory, async |clinic| {
        clinic.house_called("other").await;
        let asks = async |password: &str, organisation: Option<&str>| {
            let op = RegisterPatient {
                password: password.into(),
                organisation: organisation.map(str::to_owned),
                ..register(format!("{}@clinic.invalid", password.len()))
            };
            clinic.stranger().calls(op).await
        };
        let name = "Clinic on the other side";
        for (password, organisation) in [(name, Some("other")), ("bedsidebedside12", None)] {
            let fault = asks(password, organisation).await.expect_err("too easily guessed");
            assert_eq!(
                (fault.code, fault.field.as_deref()),
                (FaultCode::InvalidValue, Some("password"))
            );
        }
        asks(name, None).await.expect("it is nothing to the first organisation");
    });
}
