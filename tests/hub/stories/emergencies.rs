//! Records that are opened in an emergency, and those who help with accounts and see nothing of anybody's care.

use super::policy::{called_in, id_of, messages_of, seen};
use crate::support::people::told;
use crate::support::{Kind, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::protocol::appointment::ListAppointments;
use bedside::protocol::audit::{ListOwnAccess, SearchAudit};
use bedside::protocol::chart::{Basis, ListPatientMessages, ListPatientVisits, ReadPatient};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::ListConversations;
use bedside::protocol::emergency::{
    EmergencyReason, EmergencyVerdict, ListEmergencies, ListEmergencyReviews, ListEmergencyUses,
    OpenEmergency, ReviewEmergency,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::file::FileVariant;
use bedside::protocol::ids::PersonId;
use bedside::protocol::notice::{ListDeadNotices, ListInbox, NoticeMatter, NoticeTopic};
use bedside::protocol::person::{ListPeople, Role};
use bedside::protocol::session::EndAllSessions;
use bedside::protocol::sharing::ReadSharing;
use bedside::protocol::support::{
    ListSentNotices, ListSupported, NoticeProgress, ReadNodeState, ReadSignInState, SentNotice,
};
use bedside::protocol::topic::Topic;
use bedside::store::outbox::NoticeKind;
use rstest::rstest;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn emergency(patient_id: PersonId) -> OpenEmergency {
    let text = "Found without consciousness at the door.".into();
    OpenEmergency { patient_id, reason: EmergencyReason::Danger, text }
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_record_is_opened_in_an_emergency_and_everybody_is_told(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b, _) = called_in(clinic).await;
        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        let admin = clinic.admin_again().await;
        let patient_id = id_of(&ana.who);
        let read = ReadPatient { patient_id };
        let all = ListPatientMessages { patient_id, conversation_id: ana.id, before: None };
        told(dr_z.calls(read).await, FaultCode::NotFound);
        let says_nothing = OpenEmergency { text: " ?? ".into(), ..emergency(patient_id) };
        let fault = dr_z.calls(says_nothing).await.unwrap_err();
        assert_eq!(fault.field.as_deref(), Some("text"));
        told(dr_z.calls(emergency(id_of(&admin))).await, FaultCode::NotFound);
        told(admin.calls(emergency(patient_id)).await, FaultCode::Forbidden);

        let opened = dr_z.calls(emergency(patient_id)).await.expect("opened");
        assert_eq!(dr_z.calls(emergency(patient_id)).await.expect("as it is"), opened);
        let chart = dr_z.calls(read).await.expect("in an emergency");
        assert_eq!((seen(&chart), chart.basis), ((true, true, true), Basis::Emergency));
        assert_eq!(chart.grant_id, Some(opened.grant_id));
        let page = dr_z.calls(all).await.expect("in an emergency");
        assert_eq!(page.messages[0].body, Some("It itches behind the knee.".into()));
        let visits = ListPatientVisits { patient_id, from: None, until: None };
        assert!(!dr_z.calls(visits).await.expect("in an emergency").appointments.is_empty());
        // To read, and this one alone.
        let chat = ana.message("I write");
        told(dr_z.calls(chat).await, FaultCode::NotFound);
        told(dr_z.calls(messages_of(ana.id)).await, FaultCode::NotFound);
        let eve = clinic.patient("Eve Fictional").await;
        told(dr_z.calls(ReadPatient { patient_id: id_of(&eve) }).await, FaultCode::NotFound);
        // What somebody may see anyhow is not read under anything.
        dr_b.who.calls(emergency(patient_id)).await.expect("opened");
        assert_eq!(dr_b.who.calls(read).await.expect("treats").grant_id, None);

        let topics = async |who: &Someone| -> Vec<NoticeTopic> {
            let told = who.calls(ListInbox {}).await.expect("an inbox").messages;
            told.into_iter().map(|it| it.topic).collect()
        };
        eventually("the patient is told", async || {
            topics(&ana.who).await.contains(&NoticeTopic::RecordOpened)
        })
        .await;
        eventually("who looks into it is told", async || {
            topics(&admin).await.contains(&NoticeTopic::ReviewDue)
        })
        .await;
        let text = ana.who.calls(ListInbox {}).await.expect("an inbox").messages;
        let text = text.iter().find(|it| it.topic == NoticeTopic::RecordOpened).unwrap();
        assert!(!text.text.expose().contains("Zoe") && !text.text.expose().contains("Found"));

        clinic.node.order_audit().await;
        let seen = ana.who.calls(ListOwnAccess::default()).await.expect("hers").accesses;
        let zoe = |op: &str| {
            let by = |it: &&bedside::protocol::audit::RecordAccess| {
                it.operation == op
                    && it.display_name.as_ref().is_some_and(|it| it.expose().contains("Zoe"))
            };
            seen.iter().find(by)
        };
        let target = zoe("patient.read").expect("told who looked").target.clone().expect("why");
        assert_eq!((target.kind.as_str(), target.id), ("grant", opened.grant_id.to_string()));
        assert!(zoe("emergency.open").is_some() && zoe("patient.list_messages").is_some());
        let uses =
            admin.calls(ListEmergencyUses { grant_id: opened.grant_id }).await.expect("uses");
        let uses: Vec<_> = uses.uses.iter().map(|it| it.operation.as_str()).collect();
        assert_eq!(uses, ["patient.list_visits", "patient.list_messages", "patient.read"]);

        let reviews = admin.calls(ListEmergencyReviews {}).await.expect("a queue").reviews;
        assert_eq!((reviews[0].emergency, reviews[0].verdict), (opened, None));
        let review = ReviewEmergency {
            grant_id: opened.grant_id,
            verdict: EmergencyVerdict::Inappropriate,
            note: "Nobody was at the door.".into(),
        };
        told(dr_z.calls(review.clone()).await, FaultCode::Forbidden);
        let found = admin.calls(review.clone()).await.expect("looked into");
        assert_eq!(found.verdict, Some(EmergencyVerdict::Inappropriate));
        told(admin.calls(review).await, FaultCode::Conflict);

        // Over by the clock: nobody has to end it.
        clinic.clock.advance(MINUTE * 60);
        let dr_z = clinic.signs_in_again(&dr_z).await;
        told(dr_z.calls(read).await, FaultCode::NotFound);
        told(dr_z.calls(all).await, FaultCode::NotFound);
        assert!(dr_z.calls(ListEmergencies {}).await.expect("none").emergencies.is_empty());
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_file_is_fetched_in_an_emergency_as_long_as_that_lasts(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, _, _) = called_in(clinic).await;
        let file = ana.who.uploads(ana.id, "note.txt", b"Seeded").await.file_id;
        ana.sends("With a note", &[file]).await.expect("sent");
        let unsent = ana.who.uploads(ana.id, "other.txt", b"Seeded").await.file_id;
        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        told(dr_z.reads_file(file).await, FaultCode::NotFound);
        let opened = dr_z.calls(emergency(id_of(&ana.who))).await.expect("opened");
        assert!(dr_z.reads_file(file).await.is_ok());
        assert_eq!(dr_z.downloads(file, FileVariant::Original).await.body, b"Seeded");
        told(dr_z.reads_file(unsent).await, FaultCode::NotFound);
        let left = opened.ends_at.since(clinic.clock.now());
        clinic.clock.advance(left - MINUTE / 2);
        let dr_z = clinic.signs_in_again(&dr_z).await;
        let path = dr_z.links(file, FileVariant::Original).await.expect("half a minute is left");
        clinic.clock.advance(MINUTE / 2);
        assert_eq!(dr_z.fetches(&path).await.status, 404, "judged when it is fetched");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn emergencies_ask_for_a_proof_of_late_and_are_few(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        for n in 0..5 {
            let pat = clinic.patient(&format!("Pat {n} Fictional")).await;
            dr_z.calls(emergency(id_of(&pat))).await.expect("opened");
        }
        let one_more = id_of(&clinic.patient("Eve Fictional").await);
        told(dr_z.calls(emergency(one_more)).await, FaultCode::EmergencyQuota);
        clinic.clock.advance(MINUTE * 11);
        told(dr_z.calls(emergency(one_more)).await, FaultCode::StepUp);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn support_helps_and_sees_nothing_of_care(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, _, _) = called_in(clinic).await;
        let kim = clinic.person(Role::Support, "Kim Fictional").await;
        let person_id = id_of(&ana.who);
        let people = kim.calls(ListSupported { role: Some(Role::Patient) }).await.expect("a list");
        assert!(people.people.iter().any(|it| it.person_id == person_id));
        let state = kim.calls(ReadSignInState { person_id }).await.expect("how she signs in");
        assert!(!state.sessions.is_empty() && state.sessions.iter().all(|it| it.visit.is_none()));
        eventually("her booking is told", async || {
            let sent = kim.calls(ListSentNotices { person_id }).await.expect("a list").notices;
            !sent.is_empty() && sent.iter().all(|it| it.state != NoticeProgress::Pending)
        })
        .await;
        let sent = kim.calls(ListSentNotices { person_id }).await.expect("how they went").notices;
        let kept = clinic.store.notices_of(person_id, 200).await.unwrap();
        assert_eq!(sent.len(), kept.len());
        assert!(kept.iter().any(|it| it.notice.kind == NoticeKind::Booked));
        let text = serde_json::to_string(&sent).unwrap();
        assert!(!text.contains("appointment_id") && !text.contains("Fictional"), "{text}");
        // Nor when: whatever is told of an appointment is told at times that say when it begins.
        assert!(sent.iter().any(|it| it.matter == NoticeMatter::Appointment));
        let says_when =
            |it: &&SentNotice| it.matter == NoticeMatter::Appointment && it.settled_at.is_some();
        assert_eq!(sent.iter().find(says_when), None);
        let dead = kim.calls(ListDeadNotices {}).await.expect("what was given up").notices;
        assert!(dead.iter().all(|it| it.topic.is_none() && it.appointment_id.is_none()));
        let node = kim.calls(ReadNodeState {}).await.expect("how it is");
        assert!(node.parts.iter().any(|it| it.name == "database" && it.answers && it.is_needed));
        told(kim.calls(ReadPatient { patient_id: person_id }).await, FaultCode::Forbidden);
        told(kim.calls(messages_of(ana.id)).await, FaultCode::Forbidden);
        told(kim.calls(ListConversations {}).await, FaultCode::Forbidden);
        told(kim.calls(SearchAudit::default()).await, FaultCode::Forbidden);
        told(kim.calls(ListPeople { role: None, status: None }).await, FaultCode::Forbidden);
        let own = ListAppointments { person_id: None, from: None, until: None };
        told(kim.calls(own).await, FaultCode::Forbidden);
        told(kim.calls(emergency(person_id)).await, FaultCode::Forbidden);
        let mut socket = kim.connects(Codec::Json).await;
        told(socket.follows(Topic::Conversation(ana.id)).await, FaultCode::NotFound);
        let admin = clinic.admin_again().await;
        told(kim.calls(EndAllSessions { person_id: id_of(&admin) }).await, FaultCode::Forbidden);
        let ended = kim.calls(EndAllSessions { person_id }).await.expect("ended").ended;
        assert!(ended > 0);
        told(ana.who.calls(ReadSharing {}).await, FaultCode::SessionEnded);
    });
}
