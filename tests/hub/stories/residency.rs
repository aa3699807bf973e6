//! People are kept in the region that is their home: who moves away is told where, and nothing of them begins here any more.

use crate::support::identity::{PASSPHRASE, login, proves, refreshes};
use crate::support::people::{read, told};
use crate::support::{Clinic, Kind, Someone, at, tell, tell_with};
use bedside::config::Config;
use bedside::protocol::booking::{HoldSlot, JoinWaitlist};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::factor::Proof;
use bedside::protocol::fault::{Fault, FaultCode, KeptElsewhere};
use bedside::protocol::ids::PersonId;
use bedside::protocol::person::*;
use bedside::protocol::practice::{ListPractitioners, RegisterPatient};
use bedside::protocol::record::{AskErasure, EraseRecord};
use rstest::rstest;

const THERE: &str = "https://us.clinic.example";
const MONDAY: &str = "2027-01-18";

/// A deployment in the west of Europe that keeps people of its middle as well.
pub(crate) fn europe(config: &mut Config) {
    let it = &mut config.residency;
    it.region = Some("eu-west".to_owned());
    it.keeps = vec!["eu-central".to_owned()];
    it.elsewhere = [("us-east".to_owned(), THERE.to_owned())].into();
}

fn id(who: &Someone) -> PersonId {
    who.person_id.expect("an account")
}

async fn person(clinic: &Clinic, id: PersonId) -> Person {
    let all = clinic.admin.calls(ListPeople { role: None, status: None }).await.expect("a list");
    all.people.into_iter().find(|it| it.person_id == id).expect("in the list")
}

/// An administrator says where somebody is at home.
pub(crate) async fn moves(clinic: &Clinic, id: PersonId, to: &str) -> Result<Person, Fault> {
    let it = person(clinic, id).await;
    let op = UpdatePerson {
        person_id: id,
        revision: it.revision,
        display_name: it.display_name,
        role: it.role,
        time_zone: it.time_zone,
        home_region: Some(to.to_owned()),
    };
    clinic.admin.calls(op).await
}

/// They are told which region keeps them, and where that is.
#[track_caller]
pub(crate) fn sent_there<T: std::fmt::Debug>(told: Result<T, Fault>) {
    let fault = told.expect_err("they are kept elsewhere");
    assert_eq!(fault.code, FaultCode::KeptElsewhere);
    let expected = KeptElsewhere { region: "us-east".to_owned(), url: Some(THERE.to_owned()) };
    assert_eq!(fault.elsewhere.as_deref(), Some(&expected));
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_moved_is_told_where_after_the_password_and_not_before(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        let me = ana.calls(ReadMe {}).await.expect("me");
        assert_eq!(me.home_region.as_deref(), Some("eu-west"), "who is made here is at home here");
        let mut socket = ana.connects(Codec::Json).await;

        let near = moves(clinic, id(&ana), "eu-central").await.expect("of the same zone");
        assert_eq!(
            (near.status, near.home_region.as_deref()),
            (PersonStatus::Active, Some("eu-central"))
        );
        ana.calls(ReadMe {}).await.expect("they stay signed in");

        let gone = moves(clinic, id(&ana), "us-east").await.expect("moved");
        assert_eq!(
            (gone.status, gone.home_region.as_deref()),
            (PersonStatus::Elsewhere, Some("us-east"))
        );
        assert_eq!(person(clinic, id(&ana)).await, gone);
        assert_eq!(socket.is_closed().await, CloseReason::SignedOut.code());
        told(ana.calls(ReadMe {}).await, FaultCode::SessionEnded);
        let refreshed = refreshes(&ana).await;
        assert_eq!(refreshed.code(), "session_ended");

        let wrong = login(clinic.hub, &account.email, "another passphrase", None).await;
        let stranger = login(clinic.hub, "nobody@clinic.invalid", PASSPHRASE, None).await;
        for it in [&wrong, &stranger] {
            let fault = read::<SignedInOrAsked>(it).expect_err("not proven");
            assert_eq!((fault.code, &fault.elsewhere), (FaultCode::WrongCredentials, &None));
        }
        let right = account.tries(clinic.hub).await;
        assert_eq!((right.status, right.header("set-cookie")), (409, None));
        sent_there(read::<SignedInOrAsked>(&right));

        moves(clinic, id(&ana), "eu-west").await.expect("they come back");
        account.signs_in(clinic.hub).await;
    });
}

type SignedInOrAsked = bedside::protocol::auth::SignInAnswer;

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn the_second_step_of_who_moved_is_over(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let mut account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        let codes = clinic.enrols(&ana, &mut account).await;
        let asked = account.is_asked(clinic.hub).await;
        moves(clinic, id(&ana), "us-east").await.expect("moved");
        let recovery = Proof::Recovery { code: codes[0].clone() };
        told(proves(clinic.hub, &asked.challenge, &recovery).await, FaultCode::ChallengeEnded);
        sent_there(read::<SignedInOrAsked>(&account.tries(clinic.hub).await));
        // Who is suspended as well is told what a stranger is.
        let op = SuspendPerson { person_id: id(&ana), reason: "fictional".into() };
        clinic.admin.calls(op).await.expect("suspended");
        assert_eq!(account.tries(clinic.hub).await.code(), "wrong_credentials");
        let back = clinic.admin.calls(ReinstatePerson { person_id: id(&ana) }).await;
        assert_eq!(back.expect("reinstated").status, PersonStatus::Elsewhere);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn nobody_of_elsewhere_is_taken_in(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let make = |home: Option<&str>| CreatePerson {
            display_name: "Uma Fictional".into(),
            email: "uma@clinic.invalid".into(),
            password: Some(PASSPHRASE.into()),
            role: Role::Patient,
            time_zone: "Europe/Berlin".to_owned(),
            home_region: home.map(str::to_owned),
        };
        let register = |home: &str| RegisterPatient {
            display_name: "Uma Fictional".into(),
            email: "uma@clinic.invalid".into(),
            password: PASSPHRASE.into(),
            time_zone: "Europe/Berlin".to_owned(),
            organisation: None,
            home_region: Some(home.to_owned()),
        };
        let listed = async || {
            clinic.admin.calls(ListPeople { role: None, status: None }).await.expect("a list")
        };
        let before = listed().await;
        let names: Vec<_> =
            before.regions.iter().map(|it| (it.region.as_str(), it.is_kept)).collect();
        assert_eq!(names, [("eu-west", true), ("eu-central", true), ("us-east", false)]);
        sent_there(clinic.admin.calls(make(Some("us-east"))).await);
        sent_there(clinic.stranger().calls(register("us-east")).await);
        for unknown in ["ap-south", "", "EU-WEST"] {
            for fault in [
                clinic.admin.calls(make(Some(unknown))).await.expect_err("unknown"),
                clinic.stranger().calls(register(unknown)).await.expect_err("unknown"),
            ] {
                assert_eq!(fault.field.as_deref(), Some("home_region"), "{unknown}");
            }
        }
        assert_eq!(listed().await, before, "nobody was made");
        let uma = clinic.stranger().calls(register("eu-central")).await.expect("of the same zone");
        assert_eq!(uma.home_region.as_deref(), Some("eu-central"));
        let fault = moves(clinic, uma.person_id, "ap-south").await.expect_err("unknown");
        assert_eq!(fault.field.as_deref(), Some("home_region"));
    });
}

#[test]
fn a_hub_without_a_region_knows_of_none() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let listed =
            clinic.admin.calls(ListPeople { role: None, status: None }).await.expect("all");
        assert!(
            listed.regions.is_empty() && listed.people.iter().all(|it| it.home_region.is_none())
        );
        assert_eq!(ana.calls(ReadMe {}).await.expect("me").home_region, None);
        let fault = moves(clinic, id(&ana), "eu-west").await.expect_err("which?");
        assert_eq!(fault.field.as_deref(), Some("home_region"));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn who_is_expected_here_does_not_move_away(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        clinic.books(&ana, &dr_b).await;
        for who in [&ana, &dr_b] {
            told(moves(clinic, id(who), "us-east").await, FaultCode::NotAllowedNow);
            assert_eq!(person(clinic, id(who)).await.home_region.as_deref(), Some("eu-west"));
            who.calls(ReadMe {}).await.expect("nothing has changed for them");
            moves(clinic, id(who), "eu-central").await.expect("within the zone they may");
        }
        told(moves(clinic, id(&clinic.admin), "us-east").await, FaultCode::Forbidden);
        told(moves(clinic, id(&clinic.admin), "eu-central").await, FaultCode::Forbidden);
        moves(clinic, id(&clinic.admin), "eu-west").await.expect("where they are at home");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn nothing_is_booked_with_or_for_who_moved(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let otto = clinic.patient("Otto Fictional").await;
        let hold = ana.holds(&practice, at(3, "11:00")).await.expect("held");
        moves(clinic, practice.dr_id(), "us-east").await.expect("moved");
        let listed = async |who: &Someone| {
            let all = who.calls(ListPractitioners::default()).await.expect("the directory");
            all.practitioners.iter().any(|it| it.person_id == practice.dr_id())
        };
        assert!(!listed(&ana).await, "not for patients");
        assert_eq!(otto.finds(practice.on(MONDAY)).await, []);
        told(otto.holds(&practice, at(3, "12:00")).await, FaultCode::NotOffered);
        told(ana.confirms(&hold).await, FaultCode::NotOffered);
        let wish = JoinWaitlist {
            service_id: practice.service_id(),
            clinician_id: Some(practice.dr_id()),
            from: at(1, "00:00"),
            until: at(5, "00:00"),
        };
        told(otto.calls(wish).await, FaultCode::InvalidValue);
        moves(clinic, practice.dr_id(), "eu-west").await.expect("back");

        // Staff book for patients: not for one who moved, nor what was held for them.
        let hold_for = async |who: &Someone, clock| {
            let patient_id = who.person_id;
            let op = HoldSlot { patient_id, ..practice.hold(at(3, clock)) };
            clinic.admin.calls(op).await
        };
        let hold = hold_for(&ana, "11:30").await.expect("held");
        for who in [&ana, &otto] {
            moves(clinic, id(who), "us-east").await.expect("moved");
        }
        told(hold_for(&otto, "13:00").await, FaultCode::NotOffered);
        told(clinic.admin.confirms(&hold).await, FaultCode::NotOffered);
        moves(clinic, id(&ana), "eu-west").await.expect("back");
        clinic.admin.confirms(&hold).await.expect("booked");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_moved_is_seen_and_erased_by_administrators_here(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        let erasure_id = ana.calls(AskErasure::default()).await.expect("asked").erasure_id;
        let gone = moves(clinic, id(&ana), "us-east").await.expect("moved");
        let listed = |status| ListPeople { role: None, status: Some(status) };
        for (status, is_there) in [(PersonStatus::Active, false), (PersonStatus::Elsewhere, true)] {
            let all = clinic.admin.calls(listed(status)).await.expect("a list").people;
            assert_eq!(all.contains(&gone), is_there, "{status:?}");
        }
        clinic.admin.calls(EraseRecord { erasure_id }).await.expect("erased");
        assert_eq!(person(clinic, id(&ana)).await.status, PersonStatus::Erased);
        assert_eq!(account.tries(clinic.hub).await.code(), "wrong_credentials");
        told(moves(clinic, id(&ana), "eu-west").await, FaultCode::NotAllowedNow);
    });
}

/// The law has changed, and so have the settings: who is of the middle is not kept in the west any more.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn settings_that_keep_a_region_no_more_shut_its_people_out(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let account = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = account.signs_in(clinic.hub).await;
        moves(clinic, id(&ana), "eu-central").await.expect("of the same zone");
        let alone = |config: &mut Config| config.residency.region = Some("eu-west".to_owned());
        let twin = clinic.twin(alone).await;
        let there = Someone { hub: twin.hub, ..ana.clone() };
        assert_eq!(refreshes(&there).await.code(), "session_ended");
        let fault = read::<SignedInOrAsked>(&account.tries(twin.hub).await).expect_err("not here");
        let told = fault.elsewhere.map(|it| (it.region, it.url));
        assert_eq!(told, Some(("eu-central".to_owned(), None)), "where that is nobody has said");
        twin.goes().await;
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_is_kept_elsewhere_by_now_is_signed_out_at_the_start(#[case] kind: Kind) {
    tell_with(kind, europe, async |clinic| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await.signs_in(clinic.hub).await;
        let otto = clinic.account(Role::Patient, "Otto Fictional").await.signs_in(clinic.hub).await;
        moves(clinic, id(&ana), "eu-central").await.expect("of the same zone");
        let mut config = Config {
            data_dir: clinic.data_dir().to_owned(),
            database_url: clinic.database().to_owned(),
            ..Config::default()
        };
        config.media.listen = "127.0.0.1:0".parse().expect("an address");
        config.residency.region = Some("eu-west".to_owned());
        let parts = bedside::node::open(config.clone()).await.expect("it opens");
        let ended = async |who: &Someone| {
            let session = parts.store.session(who.session_id.expect("a session")).await;
            session.expect("read").expect("there").ended_at.is_some()
        };
        assert!(ended(&ana).await, "the settings keep her region no more");
        assert!(!ended(&otto).await, "he is at home here");
        config.residency.region = Some("us-east".to_owned());
        let other = bedside::node::open(config).await.map(drop).expect_err("another region");
        assert!(other.to_string().contains("is of region eu-west"), "{other}");
    });
}
