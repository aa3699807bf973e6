//! Whoever has forgotten their password comes back by a link; whoever was invited comes in by one; and a stranger learns nothing.

use crate::support::http::{Answer, Request};
use crate::support::identity::{Account, login, proves};
use crate::support::people::told;
use crate::support::{Clinic, Kind, tell, tell_with};
use bedside::domain::identity::{INVITED_FOR, LINKS_A_DAY, OF_RESETS, RESET_FOR};
use bedside::protocol::auth::{AskReset, ChangePassword, Done, ResetPassword};
use bedside::protocol::factor::{Proof, ProofKind};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use bedside::protocol::person::{
    CreatePerson, InvitePerson, ListPeople, Person, PersonStatus, ReadMe, ReinstatePerson, Role,
    SuspendPerson,
};
use bedside::store::memory::Point;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const NEW: &str = "another fictional phrase";
const SECOND: Duration = Duration::from_secs(1);

async fn chooses(clinic: &Clinic, token: &str, password: &str) -> Result<Done, Fault> {
    let op = ResetPassword { link_token: token.into(), password: password.into() };
    clinic.stranger().calls(op).await
}

async fn is_signed_in_by(clinic: &Clinic, email: &str, password: &str) -> bool {
    login(clinic.hub, email, password, None).await.status == 200
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_has_forgotten_their_password_comes_back(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let (here, there) = (ana.signs_in(clinic.hub).await, ana.signs_in(clinic.hub).await);
        let token = clinic.asks_for_link(&ana.email).await;

        // A password that is none is said to be none, and uses nothing up.
        let fault = chooses(clinic, &token, "too short").await.expect_err("15 characters");
        assert_eq!(
            (fault.code, fault.field.as_deref()),
            (FaultCode::InvalidValue, Some("password"))
        );
        let own = chooses(clinic, &token, "ana.fictional@clinic.invalid").await;
        told(own, FaultCode::InvalidValue);
        here.calls(ReadMe {}).await.expect("nothing has happened yet");

        chooses(clinic, &token, NEW).await.expect("chosen");
        for session in [here, there] {
            told(session.calls(ReadMe {}).await, FaultCode::SessionEnded);
        }
        assert!(!is_signed_in_by(clinic, &ana.email, &ana.password).await, "the old one is gone");
        let again = Account { password: NEW.to_owned(), ..ana.clone() };
        let back = again.signs_in(clinic.hub).await;
        clinic
            .soon("she is told", async || {
                let inbox = back.calls(ListInbox {}).await.expect("hers").messages;
                inbox.iter().any(|it| it.topic == NoticeTopic::PasswordChanged)
            })
            .await;
        let is_told = || clinic.mails_to(&ana.email).iter().any(|it| it.contains("was changed"));
        clinic.soon("by e-mail as well", async || is_told()).await;
        told(chooses(clinic, &token, "a third fictional phrase").await, FaultCode::LinkEnded);
    });
}

#[test]
fn a_link_is_good_once_for_a_time_and_the_newest_only() {
    tell(Kind::Sqlite, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let otto = clinic.account(Role::Patient, "Otto Fictional").await;
        let first = clinic.asks_for_link(&ana.email).await;
        let second = clinic.asks_for_link(&ana.email).await;
        told(chooses(clinic, &first, NEW).await, FaultCode::LinkEnded);
        let of_otto = clinic.asks_for_link(&otto.email).await;
        for garbage in ["", "nonsense", &"A".repeat(43), &"A".repeat(4_000), "\u{1f}"] {
            told(chooses(clinic, garbage, NEW).await, FaultCode::LinkEnded);
        }
        // One moment before its end it is good, and from then on it is not.
        clinic.clock.advance(RESET_FOR - SECOND);
        chooses(clinic, &second, NEW).await.expect("in time");
        told(chooses(clinic, &second, NEW).await, FaultCode::LinkEnded);
        clinic.clock.advance(SECOND);
        told(chooses(clinic, &of_otto, NEW).await, FaultCode::LinkEnded);
        assert!(is_signed_in_by(clinic, &otto.email, &otto.password).await, "nothing was changed");

        // Whoever has a new password needs no link to another.
        let third = clinic.asks_for_link(&ana.email).await;
        let session = Account { password: NEW.to_owned(), ..ana }.signs_in(clinic.hub).await;
        let change = ChangePassword { password: "a third fictional phrase".into() };
        session.calls(change).await.expect("changed");
        told(chooses(clinic, &third, NEW).await, FaultCode::LinkEnded);
    });
}

#[test]
fn of_two_who_have_the_link_at_once_one_chooses() {
    for kind in [Kind::Memory, Kind::Sqlite] {
        tell(kind, async |clinic| {
            let ana = clinic.account(Role::Patient, "Ana Fictional").await;
            let token = clinic.asks_for_link(&ana.email).await;
            let both = [NEW, "a third fictional phrase"];
            let tries = both.map(|it| chooses(clinic, &token, it));
            let done = futures::future::join_all(tries).await;
            let good: Vec<_> =
                both.iter().zip(&done).filter(|(_, it)| it.is_ok()).map(|(it, _)| it).collect();
            assert_eq!(good.len(), 1, "{done:?}");
            assert!(is_signed_in_by(clinic, &ana.email, good[0]).await);
        });
    }
}

#[test]
fn a_second_factor_stays_and_is_asked_for() {
    tell(Kind::Memory, async |clinic| {
        let mut ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let session = ana.signs_in(clinic.hub).await;
        clinic.enrols(&session, &mut ana).await;
        let token = clinic.asks_for_link(&ana.email).await;
        // Beside a factor it may be shorter, as when it is changed.
        chooses(clinic, &token, "vKx7 pQz").await.expect("eight will do");
        let ana = Account { password: "vKx7 pQz".to_owned(), ..ana };
        let asked = ana.is_asked(clinic.hub).await;
        assert_eq!(asked.methods, [ProofKind::Totp, ProofKind::Recovery]);
        clinic.clock.advance(Duration::from_secs(30));
        let code = Proof::Totp { code: clinic.code(&ana) };
        proves(clinic.hub, &asked.challenge, &code).await.expect("both");
    });
}

/// All that comes back but what is another one at each call.
fn shape(answer: &Answer) -> (u16, BTreeMap<String, String>, Value) {
    let mut body = answer.json();
    if answer.status != 200 {
        assert!(body["request_id"].take().is_string(), "each has a request id");
    }
    let of_its_own = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !of_its_own.contains(&&**name));
    (answer.status, headers.cloned().collect(), body)
}

const KNOWN: &str = "ana.fictional@clinic.invalid";
const SUSPENDED: &str = "otto.fictional@clinic.invalid";
const INVITED: &str = "new.fictional@clinic.invalid";
const UNKNOWN: &str = "nobody@clinic.invalid";

#[test]
fn a_stranger_learns_nothing_and_makes_the_same_work() {
    tell(Kind::Memory, async |clinic| {
        clinic.account(Role::Patient, "Ana Fictional").await;
        let otto = clinic.account(Role::Patient, "Otto Fictional").await;
        let people = clinic.admin.calls(ListPeople { role: None, status: None }).await.unwrap();
        let id =
            people.people.iter().find(|it| *it.email.expose() == otto.email).unwrap().person_id;
        let suspend = SuspendPerson { person_id: id, reason: "fictional".into() };
        clinic.admin.calls(suspend).await.expect("suspended");
        invites(clinic, Role::Patient).await;
        let kinds = [Point::CountTry, Point::AppendAudit, Point::SaveLink];
        let done = || kinds.map(|it| clinic.memory().writes_at(&[it]));
        let tries = usize::try_from(OF_RESETS.free).unwrap() + 2;
        for round in 0..tries {
            let mut seen = vec![];
            for email in [UNKNOWN, KNOWN, SUSPENDED, INVITED] {
                let before = done();
                let request = Request::new("POST", "/v1/auth/password/ask");
                let answer = request.json(&json!({"email": email})).send(clinic.hub).await;
                let work: Vec<_> =
                    done().iter().zip(before).map(|(now, then)| now - then).collect();
                seen.push((email, shape(&answer), answer.body.len(), work));
            }
            let (_, first, length, work) = seen[0].clone();
            for (email, answer, its_length, its_work) in &seen {
                assert_eq!((answer, its_work), (&first, &work), "{email} in round {round}");
                assert!(first.0 != 200 || *its_length == length, "{email}: to the byte");
            }
            let is_let = round < tries - 2;
            assert_eq!(first.0, if is_let { 200 } else { 429 }, "round {round}");
            assert_eq!(first.1.contains_key("retry-after"), !is_let);
        }
        let mailed = || clinic.tokens_to(KNOWN, "reset").len();
        clinic.soon("her mails", async || mailed() > 0).await;
        clinic.node.open_asked_links().await;
        for email in [UNKNOWN, SUSPENDED, INVITED] {
            assert!(clinic.tokens_to(email, "reset").is_empty(), "{email}");
        }
    });
}

#[test]
fn an_account_gets_so_many_links_a_day_and_no_more() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        for _ in 0..LINKS_A_DAY {
            clinic.asks_for_link(&ana.email).await;
            clinic.clock.advance(Duration::from_secs(2 * 60 * 60));
        }
        let person = clinic.store.person_by_email(&ana.email).await.expect("a look");
        let person_id = person.expect("an account").person_id;
        let made = async || clinic.store.notices_of(person_id, 100).await.expect("mails").len();
        let as_many_as_may_be = made().await;
        let ask = || AskReset { email: ana.email.clone().into() };
        clinic.stranger().calls(ask()).await.expect("the same for everybody");
        let is_looked_at = async || clinic.store.asked_links(1).await.expect("a look").is_empty();
        clinic.soon("the link to be looked at", is_looked_at).await;
        assert_eq!(made().await, as_many_as_may_be, "it comes to nothing");
        // The day is over, and the first of them counts no more: the next mail is that of now, and none of then.
        clinic.clock.advance(Duration::from_secs(24 * 60 * 60));
        clinic.asks_for_link(&ana.email).await;
        assert_eq!(made().await, as_many_as_may_be + 1);
    });
}

#[test]
fn a_link_waits_while_its_account_is_suspended() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let person_id = ana.signs_in(clinic.hub).await.person_id.expect("an account");
        let token = clinic.asks_for_link(&ana.email).await;
        let suspend = SuspendPerson { person_id, reason: "fictional".into() };
        clinic.admin.calls(suspend).await.expect("suspended");
        told(chooses(clinic, &token, NEW).await, FaultCode::LinkEnded);
        clinic.admin.calls(ReinstatePerson { person_id }).await.expect("reinstated");
        assert!(is_signed_in_by(clinic, &ana.email, &ana.password).await, "nothing was changed");
        chooses(clinic, &token, NEW).await.expect("nothing was used up");
    });
}

#[test]
fn whoever_was_locked_out_by_others_comes_back_at_once() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        for _ in 0..12 {
            login(clinic.hub, &ana.email, "not the passphrase", None).await;
        }
        assert_eq!(login(clinic.hub, &ana.email, &ana.password, None).await.status, 429);
        let token = clinic.asks_for_link(&ana.email).await;
        chooses(clinic, &token, NEW).await.expect("chosen");
        // The bucket of calls is another thing and follows another clock. This one stands still, and so does what was counted.
        let is_in = async || is_signed_in_by(clinic, &ana.email, NEW).await;
        clinic.soon("she is in again", is_in).await;
    });
}

async fn invites(clinic: &Clinic, role: Role) -> Person {
    let op = CreatePerson {
        home_region: None,
        display_name: "New Fictional".into(),
        email: INVITED.into(),
        password: None,
        role,
        time_zone: "Europe/Berlin".to_owned(),
    };
    clinic.admin.calls(op).await.expect("invited")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_is_invited_chooses_a_password_and_enrols_a_factor(#[case] kind: Kind) {
    tell_with(
        kind,
        |it| it.identity.require_second_factor = true,
        async |clinic| {
            let made = invites(clinic, Role::Clinician).await;
            assert_eq!(made.status, PersonStatus::Invited);
            assert_eq!(made.status_since, Some(made.created_at));
            for password in ["", "a fictional passphrase"] {
                assert!(!is_signed_in_by(clinic, INVITED, password).await, "by nothing");
            }
            let token = clinic.next_token(INVITED, "welcome", &[].into()).await;
            clinic.clock.advance(INVITED_FOR - SECOND);
            chooses(clinic, &token, NEW).await.expect("in time");
            let mut account =
                Account { email: INVITED.to_owned(), password: NEW.to_owned(), secret: None };
            let session = account.signs_in(clinic.hub).await;
            assert!(session.calls(ReadMe {}).await.expect("hers").must_enrol);
            clinic.enrols(&session, &mut account).await;
            assert!(!session.calls(ReadMe {}).await.expect("hers").must_enrol);
            let asked = account.is_asked(clinic.hub).await.methods;
            assert!(asked.contains(&ProofKind::Totp), "{asked:?}");
        },
    );
}

#[test]
fn an_invitation_is_sent_again_and_the_one_before_ends() {
    tell(Kind::Sqlite, async |clinic| {
        let made = invites(clinic, Role::Patient).await;
        let first = clinic.next_token(INVITED, "welcome", &[].into()).await;
        let again = InvitePerson { person_id: made.person_id };
        clinic.admin.calls(again).await.expect("another");
        let before = [first.clone()].into();
        let second = clinic.next_token(INVITED, "welcome", &before).await;
        told(chooses(clinic, &first, NEW).await, FaultCode::LinkEnded);
        chooses(clinic, &second, NEW).await.expect("the newest");
        told(clinic.admin.calls(again).await, FaultCode::NotAllowedNow);
        let is_active = ListPeople { role: None, status: Some(PersonStatus::Invited) };
        let waiting = clinic.admin.calls(is_active).await.expect("a list").people;
        assert!(waiting.is_empty(), "{waiting:?}");
    });
}

/// OWASP ASVS 6.4.1.
#[test]
fn a_password_that_somebody_else_has_chosen_is_taken_for_a_week() {
    tell(Kind::Sqlite, async |clinic| {
        let [ana, otto, eve] = ["Ana Fictional", "Otto Fictional", "Eve Fictional"];
        let ana = clinic.account(Role::Patient, ana).await;
        let otto = clinic.account(Role::Patient, otto).await;
        let eve = clinic.account(Role::Patient, eve).await;
        let session = ana.signs_in(clinic.hub).await;
        session.calls(ChangePassword { password: NEW.into() }).await.expect("her own");
        clinic.clock.advance(INVITED_FOR - SECOND);
        assert!(is_signed_in_by(clinic, &otto.email, &otto.password).await);
        clinic.clock.advance(SECOND);
        assert!(is_signed_in_by(clinic, &ana.email, NEW).await, "her own lasts");
        for it in [&otto, &eve] {
            assert!(!is_signed_in_by(clinic, &it.email, &it.password).await, "{}", it.email);
        }
        // The way back is everybody's.
        let token = clinic.asks_for_link(&otto.email).await;
        chooses(clinic, &token, NEW).await.expect("his own now");
        clinic.clock.advance(INVITED_FOR);
        assert!(is_signed_in_by(clinic, &otto.email, NEW).await);
    });
}

#[test]
fn every_step_is_recorded_with_the_account_and_no_token() {
    tell(Kind::Sqlite, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let id = ana.signs_in(clinic.hub).await.person_id.expect("an account");
        let token = clinic.asks_for_link(&ana.email).await;
        chooses(clinic, &token, NEW).await.expect("chosen");
        told(chooses(clinic, &token, NEW).await, FaultCode::LinkEnded);
        let rows = clinic.store.audit(100).await.expect("rows");
        let about = Some(format!("person_id:{id}"));
        for operation in ["auth.ask_reset", "auth.reset_password"] {
            let done = rows.iter().find(|it| it.operation == operation && it.phase == "ok");
            assert_eq!(done.expect(operation).target, about, "{operation}");
        }
        assert!(rows.iter().any(|it| it.phase == FaultCode::LinkEnded.as_str()), "refusals too");
        assert!(!format!("{rows:?}").contains(&token));
        // Whoever has the database has no link: what is kept is a hash.
        let file = clinic.database().trim_start_matches("sqlite:").to_owned();
        let bytes = ["", "-wal"].map(|it| std::fs::read(format!("{file}{it}")).unwrap_or_default());
        let holds = |what: &str| {
            bytes.iter().any(|it| it.windows(what.len()).any(|it| it == what.as_bytes()))
        };
        assert!(holds(&ana.email), "the right file is looked at");
        assert!(!holds(&token), "no token is in it");
    });
}
