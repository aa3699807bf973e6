//! Two organisations on one deployment, of the same shape: neither is there for the other. That every operation keeps them apart is
//! in the access matrix; here is what has no row in the catalogue, and what lists and searches show.

use super::policy::{called_in, id_of};
use crate::support::chat::of_visit;
use crate::support::identity::login;
use crate::support::people::{read, told};
use crate::support::practice::{consultation, daily, profile};
use crate::support::provider::{provider_of, tell_with_provider, with_provider};
use crate::support::{Clinic, Kind, Practice, Someone, at, eventually, tell};
use bedside::config::Config;
use bedside::protocol::appointment::ListAppointments;
use bedside::protocol::audit::SearchAudit;
use bedside::protocol::auth::SignInAnswer;
use bedside::protocol::booking::SearchSlots;
use bedside::protocol::chart::ReadPatient;
use bedside::protocol::codec::Codec;
use bedside::protocol::emergency::{
    EmergencyReason, EmergencyVerdict, ListEmergencyReviews, ListEmergencyUses, OpenEmergency,
    ReviewEmergency,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use bedside::protocol::person::{ListPeople, ReadMe, Role};
use bedside::protocol::practice::{
    CreateService, ListPractitioners, ListServices, PractitionerProfile, RegisterPatient,
    UpdatePractitioner,
};
use bedside::protocol::schedule::{ExceptionKind, ExceptionTerms, ListClosures, SaveClosure};
use bedside::protocol::support::{ListSentNotices, ListSupported, ReadSignInState};
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::ReadVisit;
use rstest::rstest;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Somebody's clinic: its administrator, a clinician with hours and a service, a patient.
struct House {
    id: OrganisationId,
    admin: Someone,
    practice: Practice,
    patient: Someone,
}

impl House {
    async fn first(clinic: &Clinic) -> House {
        House {
            id: OrganisationId::FIRST,
            admin: clinic.admin.clone(),
            practice: clinic.practice().await,
            patient: clinic.patient("Ana Fictional").await,
        }
    }

    async fn second(clinic: &Clinic) -> House {
        let id = clinic.another_house().await;
        let admin = clinic.person_of(id, Role::Admin, "Zora Elsewhere").await;
        let dr = clinic.person_of(id, Role::Clinician, "Dr. Zu Elsewhere").await;
        let patient = clinic.person_of(id, Role::Patient, "Zoe Elsewhere").await;
        let terms = consultation();
        let service = admin.calls(CreateService { terms }).await.expect("a service");
        let service_ids = vec![service.service_id];
        let profile = PractitionerProfile { service_ids, ..profile() };
        let op = UpdatePractitioner { person_id: dr.person_id.unwrap(), revision: 0, profile };
        admin.calls(op).await.expect("a profile");
        clinic.works(&dr, daily("08:00", "18:00")).await;
        House { id, admin, practice: Practice { dr, service }, patient }
    }

    fn everybody(&self) -> [&Someone; 3] {
        [&self.admin, &self.practice.dr, &self.patient]
    }
}

fn anything() -> SearchSlots {
    SearchSlots { limit: Some(500), ..SearchSlots::default() }
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn lists_and_searches_show_ones_own_organisation(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let houses = [House::first(clinic).await, House::second(clinic).await];
        for (own, other) in [(&houses[0], &houses[1]), (&houses[1], &houses[0])] {
            let patient = clinic.again_of(own.id, &own.patient).await;
            let directory = patient.calls(ListPractitioners::default()).await.unwrap();
            let ids: Vec<_> = directory.practitioners.iter().map(|it| it.person_id).collect();
            assert_eq!(ids, [own.practice.dr_id()]);
            let services = patient.calls(ListServices {}).await.unwrap().services;
            assert_eq!(services.len(), 1);
            assert_eq!(services[0].service_id, own.practice.service_id());
            let found = patient.calls(anything()).await.unwrap().slots;
            assert!(!found.is_empty());
            assert!(found.iter().all(|it| it.clinician_id == own.practice.dr_id()));
            told(patient.calls(other.practice.on("2027-01-18")).await, FaultCode::NotFound);
            told(patient.holds(&other.practice, at(3, "10:00")).await, FaultCode::NotFound);

            let hold = patient.holds(&own.practice, at(3, "10:00")).await.expect("held");
            patient.confirms(&hold).await.expect("booked");
            let admin = clinic.again_of(own.id, &own.admin).await;
            let all = ListAppointments { person_id: None, from: None, until: None };
            let listed = admin.calls(all).await.unwrap().appointments;
            let whose: Vec<PersonId> = listed.iter().map(|it| it.patient.person_id).collect();
            assert_eq!(whose, [own.patient.person_id.unwrap()], "at the same time as elsewhere");
            let people =
                admin.calls(ListPeople { role: Some(Role::Patient), status: None }).await.unwrap();
            let ids: Vec<_> = people.people.iter().map(|it| it.person_id).collect();
            assert_eq!(ids, [own.patient.person_id.unwrap()]);
            let log = admin.calls(SearchAudit::default()).await.unwrap();
            let theirs = serde_json::to_string(&log).unwrap();
            for it in other.everybody() {
                // Whoever names somebody of another organisation is recorded with what they named.
                let rows = log.records.iter().filter_map(|row| row.caller.as_ref());
                let mut callers = rows.map(|row| row.person_id);
                assert!(callers.all(|row| row != it.person_id), "{theirs}");
                assert!(!theirs.contains(&it.name), "{theirs}");
            }
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_closure_closes_ones_own_clinic(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let houses = [House::first(clinic).await, House::second(clinic).await];
        let day = "2027-01-18";
        let terms = ExceptionTerms {
            kind: ExceptionKind::Closed,
            time_zone: "Europe/Berlin".to_owned(),
            starts: format!("{day}T00:00"),
            ends: format!("{day}T23:59"),
            location: String::new(),
            reason: "A holiday".to_owned(),
        };
        let admin = clinic.again_of(houses[1].id, &houses[1].admin).await;
        let op = SaveClosure { exception_id: None, terms };
        let made = admin.calls(op.clone()).await.expect("a closure");
        let own = clinic.again_of(houses[1].id, &houses[1].patient).await;
        assert!(own.finds(houses[1].practice.on(day)).await.is_empty());
        let first = clinic.again_of(houses[0].id, &houses[0].patient).await;
        assert!(!first.finds(houses[0].practice.on(day)).await.is_empty(), "they are open");
        let ada = clinic.again_of(houses[0].id, &houses[0].admin).await;
        assert!(ada.calls(ListClosures {}).await.unwrap().closures.is_empty());
        let taken = SaveClosure { exception_id: Some(made.exception_id), ..op };
        told(ada.calls(taken).await, FaultCode::NotFound);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::postgres(Kind::Postgres)]
fn nothing_is_followed_across_organisations(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let house = clinic.another_house().await;
        let (ana, dr) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr).await;
        let conversation = ana.opens(of_visit(visit.id)).await.expect("hers").conversation;
        let (ana, dr) = (ana.person_id.unwrap(), dr.person_id.unwrap());
        for role in [Role::Patient, Role::Clinician, Role::Interpreter, Role::Admin] {
            let stranger = clinic.person_of(house, role, "Zoe Elsewhere").await;
            for codec in [Codec::Json, Codec::MessagePack] {
                let mut socket = stranger.connects(codec).await;
                for topic in [
                    Topic::Visit(visit.id),
                    Topic::Agenda(ana),
                    Topic::Agenda(dr),
                    Topic::Schedule(dr),
                    Topic::Openings(dr),
                    Topic::Conversation(conversation.conversation_id),
                    Topic::Mailbox(dr),
                ] {
                    let answer = socket.follows(topic).await;
                    told(answer.map(|_| ()), FaultCode::NotFound);
                }
                let op = ReadVisit { appointment_id: visit.id };
                told(socket.calls(op).await, FaultCode::NotFound);
            }
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_patient_registers_with_an_organisation(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let house = clinic.house_called("other-side").await;
        let slug = "other-side".to_owned();
        let register = |email: &str, organisation: Option<String>| RegisterPatient {
            home_region: None,
            display_name: "Sam Fictional".into(),
            email: email.into(),
            password: "a fictional passphrase".into(),
            time_zone: "Europe/Berlin".to_owned(),
            organisation,
        };
        let stranger = clinic.stranger();
        let unknown =
            stranger.calls(register("sam@clinic.invalid", Some("nowhere".to_owned()))).await;
        let fault = unknown.expect_err("nobody's");
        assert_eq!(
            (fault.code, fault.field.as_deref()),
            (FaultCode::InvalidValue, Some("organisation"))
        );
        let there = stranger.calls(register("sam@clinic.invalid", Some(slug))).await.expect("made");
        let here = stranger.calls(register("pat@clinic.invalid", None)).await.expect("made");
        let house_of = async |id| clinic.store.person(id).await.unwrap().unwrap().organisation_id;
        assert_eq!(house_of(there.person_id).await, house);
        assert_eq!(house_of(here.person_id).await, OrganisationId::FIRST);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_emergency_is_told_and_looked_into_in_its_own_organisation(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, _, _) = called_in(clinic).await;
        let patient_id = id_of(&ana.who);
        let house = clinic.another_house().await;
        let there = async |role, name: &str| clinic.person_of(house, role, name).await;
        let zora = there(Role::Admin, "Zora Elsewhere").await;
        let dr = there(Role::Clinician, "Dr. Zu Elsewhere").await;
        let sol = there(Role::Support, "Sol Elsewhere").await;
        let text = "Found without consciousness at the door.".into();
        let open = OpenEmergency { patient_id, reason: EmergencyReason::Danger, text };
        told(dr.calls(open.clone()).await, FaultCode::NotFound);
        told(dr.calls(ReadPatient { patient_id }).await, FaultCode::NotFound);

        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        let opened = dr_z.calls(open).await.expect("opened");
        let topics = async |who: &Someone| -> Vec<NoticeTopic> {
            let told = who.calls(ListInbox {}).await.expect("an inbox").messages;
            told.into_iter().map(|it| it.topic).collect()
        };
        let ada = clinic.admin_again().await;
        eventually("their own administrator is told", async || {
            topics(&ada).await.contains(&NoticeTopic::ReviewDue)
        })
        .await;
        assert_eq!(topics(&zora).await, []);
        assert_eq!(ada.calls(ListEmergencyReviews {}).await.expect("a queue").reviews.len(), 1);
        assert_eq!(zora.calls(ListEmergencyReviews {}).await.expect("a queue").reviews, []);
        let grant_id = opened.grant_id;
        told(zora.calls(ListEmergencyUses { grant_id }).await, FaultCode::NotFound);
        let note = "It was".into();
        let review = ReviewEmergency { grant_id, verdict: EmergencyVerdict::Appropriate, note };
        told(zora.calls(review.clone()).await, FaultCode::NotFound);
        ada.calls(review).await.expect("looked into");

        let people = sol.calls(ListSupported { role: None }).await.expect("a list").people;
        assert_eq!(people.len(), 3, "of their own");
        told(sol.calls(ReadSignInState { person_id: patient_id }).await, FaultCode::NotFound);
        told(sol.calls(ListSentNotices { person_id: patient_id }).await, FaultCode::NotFound);
    });
}

fn of_the_second(config: &mut Config) {
    with_provider(config);
    provider_of(config).organisation = Some("second".to_owned());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_provider_signs_in_the_accounts_of_its_organisation(#[case] kind: Kind) {
    tell_with_provider(kind, of_the_second, async |clinic, provider| {
        let ana = clinic.account(Role::Patient, "Ana Fictional").await;
        let ana = ana.signs_in(clinic.hub).await;
        // Before there is such an organisation, and after.
        told(provider.browser(clinic).links_as(&ana, "ana").await, FaultCode::NotFound);
        let house = clinic.house_called("second").await;
        told(provider.browser(clinic).links_as(&ana, "ana").await, FaultCode::NotFound);
        let zora = clinic.person_of(house, Role::Admin, "Zora Elsewhere").await;
        let zoe = clinic.account_by(&zora, Role::Patient, "Zoe Elsewhere").await;
        let zoe = zoe.signs_in(clinic.hub).await;
        provider.browser(clinic).links_as(&zoe, "zoe").await.expect("linked");
        let signed = provider.browser(clinic).signs_in("zoe").await.expect("known");
        let signed = signed.opened().expect("no factor is asked for");
        assert_eq!(signed.me.person_id, zoe.person_id);
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn an_address_of_another_organisation_is_nobodys(#[case] kind: Kind) {
    let authoritative = |config: &mut Config| {
        with_provider(config);
        let provider = provider_of(config);
        provider.email_domains = vec!["clinic.invalid".to_owned()];
        provider.is_authoritative = true;
        provider.roles = vec![bedside::config::ProviderRole::Clinician];
    };
    tell_with_provider(kind, authoritative, async |clinic, provider| {
        let house = clinic.another_house().await;
        let zora = clinic.person_of(house, Role::Admin, "Zora Elsewhere").await;
        clinic.account_by(&zora, Role::Clinician, "Ana Fictional").await;
        let answer = provider.browser(clinic).signs_in("ana.fictional").await;
        told(answer, FaultCode::IdentityUnknown);
    });
}

/// The hub's program at a terminal beside the hub that runs, and what it says.
pub(super) fn terminal(clinic: &Clinic, arguments: &[&str], passphrase: &str) -> (bool, String) {
    let mut running = Command::new(env!("CARGO_BIN_EXE_bedside"))
        .args(arguments)
        .env_clear()
        .env("BEDSIDE_DATA_DIR", clinic.data_dir())
        .env("BEDSIDE_DATABASE_URL", clinic.database())
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = running.stdin.take().expect("an input");
    writeln!(input, "{passphrase}").expect("it reads");
    drop(input);
    let output = running.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn the_first_administrator_of_an_organisation_is_made_at_the_terminal(#[case] kind: Kind) {
    const SECRET: &str = "a fictional passphrase";
    tell(kind, async |clinic| {
        clinic.patient("Ana Fictional").await;
        let admin = |of: &str| -> (bool, String) {
            let email = "zora@elsewhere.invalid";
            let name = "Zora Elsewhere";
            let of = ["--organisation", of];
            let user = ["user", "create-admin", "--name", name, "--email", email];
            terminal(clinic, &[user.as_slice(), of.as_slice()].concat(), SECRET)
        };
        let (done, said) = admin("st-vitus");
        assert!(!done && said.contains("there is no organisation st-vitus"), "{said}");
        let name = "Clinic of the Invented";
        let add = ["organisation", "add", "--name", name, "--slug", "st-vitus"];
        let (done, said) = terminal(clinic, &add, "");
        assert!(done && said.contains("st-vitus"), "{said}");
        // The tests' role is behind the wall of PostgreSQL; SQLite has none.
        let has_wall = !said.contains("does not keep organisations apart by itself");
        assert_eq!(has_wall, matches!(kind, Kind::Postgres), "{said}");
        assert!(said.contains("no version of before"), "{said}");
        let (done, said) = terminal(clinic, &add, "");
        assert!(!done && said.contains("there is an organisation st-vitus already"), "{said}");
        let (done, said) = terminal(clinic, &["organisation", "list"], "");
        assert_eq!((done, said.lines().count()), (true, 2), "{said}");
        let (done, said) = admin("st-vitus");
        assert!(done, "{said}");

        let answer = login(clinic.hub, "zora@elsewhere.invalid", SECRET, None).await;
        let signed = read::<SignInAnswer>(&answer).expect("signed in");
        let zora = signed.opened().expect("no factor yet");
        let zora = Someone { token: zora.access_token.into_exposed(), ..clinic.stranger() };
        zora.calls(ReadMe {}).await.expect("a session");
        let people =
            zora.calls(ListPeople { role: None, status: None }).await.expect("hers").people;
        let names: Vec<_> = people.iter().map(|it| it.display_name.expose().as_str()).collect();
        assert_eq!(names, ["Zora Elsewhere"]);
    });
}
