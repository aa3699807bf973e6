//! Who sees what of a patient's record: what they share, an emergency, and those who see nothing of it.

use crate::support::chat::with;
use crate::support::files::CHUNK;
use crate::support::people::told;
use crate::support::{Chat, Clinic, Kind, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::domain::policy::records::TREATS_FOR;
use bedside::protocol::appointment::{ListAppointments, ReadAppointment};
use bedside::protocol::audit::{ListOwnAccess, SearchAudit};
use bedside::protocol::chart::{
    Basis, ListPatientConversations, ListPatientMessages, ListPatientVisits, PatientChart,
    ReadPatient,
};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    AssignConversation, ListConversations, ListMessages, ReadConversation, SearchMessages,
};
use bedside::protocol::emergency::{
    EmergencyReason, EmergencyVerdict, ListEmergencies, ListEmergencyReviews, ListEmergencyUses,
    OpenEmergency, ReviewEmergency,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::file::FileVariant;
use bedside::protocol::ids::{ConversationId, PersonId};
use bedside::protocol::notice::{ListInbox, NoticeTopic};
use bedside::protocol::person::{ListPeople, Role};
use bedside::protocol::practice::{PatientProfile, UpdateProfile};
use bedside::protocol::record::{ConsentKind, GiveConsent};
use bedside::protocol::session::EndAllSessions;
use bedside::protocol::sharing::{
    Audience, FieldClass, HelperSharing, ListSharingVersions, ReadSharing, Sharing, UpdateSharing,
};
use bedside::protocol::support::{ListSentNotices, ListSupported, ReadNodeState, ReadSignInState};
use bedside::protocol::topic::Topic;
use bedside::store::outbox::NoticeKind;
use rstest::rstest;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn id_of(who: &Someone) -> PersonId {
    who.person_id.expect("an account")
}

async fn shares(who: &Someone, sharing: Sharing) {
    let revision = who.calls(ReadSharing {}).await.expect("a patient").revision;
    who.calls(UpdateSharing { revision, sharing }).await.expect("shared");
}

/// Of the profile that Ana has told.
async fn tells_of_herself(ana: &Someone) {
    let profile = PatientProfile {
        birth_date: Some("1990-02-28".into()),
        phone: Some("+15555550100".into()),
        insurer: Some("Fictional Mutual".into()),
        insurance_number: Some("F-1".into()),
        ..PatientProfile::default()
    };
    ana.calls(UpdateProfile { profile, revision: 0 }).await.expect("told");
}

/// Ana and Dr. B write to each other, and Dr. Xu was called in.
async fn called_in(clinic: &Clinic) -> (Chat, Chat, Someone) {
    let (mut ana, mut dr_b) = clinic.chat().await;
    let dr_x = clinic.clinician("Dr. Xu Fictional").await;
    tells_of_herself(&ana.who).await;
    ana.says("It itches behind the knee.").await;
    dr_b.hears("It itches behind the knee.").await;
    let assign = AssignConversation { conversation_id: ana.id, clinician_id: id_of(&dr_x) };
    dr_b.who.calls(assign).await.expect("called in");
    (ana, dr_b, dr_x)
}

fn messages_of(conversation_id: ConversationId) -> ListMessages {
    ListMessages { conversation_id, since: None, before: None, limit: None }
}

fn search() -> SearchMessages {
    SearchMessages { words: "itches".into(), conversation_id: None }
}

fn seen(chart: &PatientChart) -> (bool, bool, bool) {
    let it = &chart.profile;
    (it.birth_date.is_some(), it.phone.is_some(), it.insurance_number.is_some())
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_patient_says_who_reads_what_she_writes(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b, dr_x) = called_in(clinic).await;
        let text = "Seeded, and of one piece".as_bytes();
        assert!(text.len() < CHUNK);
        let file = ana.who.uploads(ana.id, "note.txt", text).await.file_id;
        ana.sends("With a note", &[file]).await.expect("sent");
        let mut xu = Chat::follows(dr_x.clone(), ana.id, Codec::Json).await;
        assert_eq!(dr_x.calls(messages_of(ana.id)).await.expect("his").messages.len(), 2);
        assert_eq!(dr_x.calls(search()).await.expect("his").found.len(), 1);
        assert!(dr_x.reads_file(file).await.is_ok());

        let sharing = Sharing { messages: Audience::Treating, ..Sharing::default() };
        shares(&ana.who, sharing).await;
        xu.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        xu.socket.gaps.clear();
        told(xu.socket.follows(Topic::Conversation(ana.id)).await, FaultCode::NotFound);
        let read = ReadConversation { conversation_id: ana.id };
        told(dr_x.calls(read).await, FaultCode::NotFound);
        told(dr_x.calls(messages_of(ana.id)).await, FaultCode::NotFound);
        told(dr_x.reads_file(file).await, FaultCode::NotFound);
        told(dr_x.links(file, FileVariant::Original).await, FaultCode::NotFound);
        told(dr_x.calls(xu.message("May I?")).await, FaultCode::NotFound);
        assert!(dr_x.calls(ListConversations {}).await.expect("a list").conversations.is_empty());
        assert!(dr_x.calls(search()).await.expect("nothing").found.is_empty());
        let other = SearchMessages { conversation_id: Some(ana.id), ..search() };
        told(dr_x.calls(other).await, FaultCode::NotFound);

        // Whoever it was opened with reads on, and calls in nobody who could not read.
        dr_b.who.calls(messages_of(ana.id)).await.expect("who treats");
        let dr_y = clinic.clinician("Dr. Yi Fictional").await;
        let assign = AssignConversation { conversation_id: ana.id, clinician_id: id_of(&dr_y) };
        told(dr_b.who.calls(assign).await, FaultCode::NotAllowedNow);

        // Who treats her reads it: treating is what was agreed.
        clinic.books_at(&ana.who, &dr_x, clinic.clock.now().plus(DAY)).await;
        assert_eq!(dr_x.calls(messages_of(ana.id)).await.expect("treats").messages.len(), 2);

        // And both who stay hear each other on.
        for chat in [&mut ana, &mut dr_b] {
            chat.socket.until("a gap", |it| !it.gaps.is_empty()).await;
            chat.socket.gaps.clear();
            let topic = chat.topic();
            chat.socket.follows(topic).await.expect("goes on");
        }
        ana.says("Better").await;
        dr_b.hears("Better").await;

        let versions = ana.who.calls(ListSharingVersions {}).await.expect("hers").versions;
        assert_eq!((versions.len(), versions[0].sharing, versions[0].revision), (1, sharing, 1));
        let stale = UpdateSharing { revision: 0, sharing };
        told(ana.who.calls(stale).await, FaultCode::Conflict);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_profile_is_shown_class_by_class(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b, dr_x) = called_in(clinic).await;
        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        let read = ReadPatient { patient_id: id_of(&ana.who) };
        let visits = ListPatientVisits { patient_id: id_of(&ana.who), from: None, until: None };
        let chart = dr_b.who.calls(read).await.expect("who treats");
        assert_eq!((seen(&chart), chart.basis), ((true, true, true), Basis::Treating));
        assert!(chart.withheld.is_empty() && chart.grant_id.is_none());
        assert!(!dr_b.who.calls(visits).await.expect("treats").appointments.is_empty());
        let chart = dr_x.calls(read).await.expect("who was called in");
        assert_eq!((seen(&chart), chart.basis), ((true, true, false), Basis::CareTeam));
        assert_eq!(chart.withheld, [FieldClass::Insurance, FieldClass::Visits]);
        told(dr_x.calls(visits).await, FaultCode::Forbidden);
        told(dr_z.calls(read).await, FaultCode::NotFound);
        told(dr_z.calls(visits).await, FaultCode::NotFound);
        let of_nobody = ReadPatient { patient_id: id_of(&dr_b.who) };
        told(dr_b.who.calls(of_nobody).await, FaultCode::NotFound);

        // Less for those who were called in, and something for everybody as long as she consents to that.
        let sharing = Sharing {
            contact: Audience::Treating,
            identity: Audience::Clinicians,
            ..Sharing::default()
        };
        shares(&ana.who, sharing).await;
        let chart = dr_x.calls(read).await.expect("who was called in");
        assert_eq!(seen(&chart), (true, false, false));
        told(dr_z.calls(read).await, FaultCode::NotFound);
        let consent = GiveConsent {
            kind: ConsentKind::Sharing,
            jurisdiction: String::new(),
            version: "1".to_owned(),
        };
        ana.who.calls(consent).await.expect("agreed");
        let chart = dr_z.calls(read).await.expect("every clinician");
        assert_eq!((seen(&chart), chart.basis), ((true, false, false), Basis::Shared));

        // A year after the last appointment nobody treats her any more.
        clinic.clock.advance(TREATS_FOR + DAY);
        let dr_b = clinic.signs_in_again(&dr_b.who).await;
        let chart = dr_b.calls(read).await.expect("he is in the conversation still");
        assert_eq!(seen(&chart), (true, false, false));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn who_was_called_into_one_conversation_reads_no_other(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b, dr_x) = called_in(clinic).await;
        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        clinic.books_at(&ana.who, &dr_z, clinic.clock.now().plus(DAY)).await;
        let other = ana.who.opens(with(id_of(&dr_z))).await.expect("hers");
        let conversation_id = other.conversation.conversation_id;
        let patient_id = id_of(&ana.who);
        let read = ListPatientMessages { patient_id, conversation_id, before: None };
        let list = ListPatientConversations { patient_id };
        told(dr_x.calls(read).await, FaultCode::Forbidden);
        told(dr_x.calls(list).await, FaultCode::Forbidden);
        dr_b.who.calls(read).await.expect("who treats");
        assert_eq!(dr_b.who.calls(list).await.expect("who treats").conversations.len(), 2);
        let wrong = ListPatientMessages { patient_id: id_of(&dr_x), ..read };
        told(dr_b.who.calls(wrong).await, FaultCode::NotFound);
        let eve = clinic.patient("Eve Fictional").await;
        clinic.books_at(&eve, &dr_b.who, clinic.clock.now().plus(DAY * 2)).await;
        let of_another = ListPatientMessages { patient_id: id_of(&eve), ..read };
        told(dr_b.who.calls(of_another).await, FaultCode::NotFound);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_patient_says_what_helpers_see(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let open = crate::support::chat::of_visit(visit.id);
        let id = ana.who.opens(open).await.expect("her visit").conversation.conversation_id;
        let invited = dr_b.invites(Role::Interpreter, "Ida Fictional").await.expect("invited");
        let guest =
            clinic.stranger().opens_link(&invited.link.join_token).await.expect("a session");
        let mut ida = guest.comes_to(visit.id, Codec::Json).await;
        ida.enters().await;
        dr_b.admits(&ida).await;
        assert_eq!(guest.opens(open).await.expect("hers").conversation.conversation_id, id);
        ida.socket.follows(Topic::Conversation(id)).await.expect("may follow");
        let card = guest.calls(ReadAppointment { appointment_id: visit.id }).await.expect("hers");
        assert_eq!(card.reason, None);

        let helpers = HelperSharing { complaint: true, messages: false };
        shares(&ana.who, Sharing { helpers, ..Sharing::default() }).await;
        ida.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        ida.socket.gaps.clear();
        told(ida.socket.follows(Topic::Conversation(id)).await, FaultCode::NotFound);
        told(guest.opens(open).await, FaultCode::NotFound);
        told(guest.calls(messages_of(id)).await, FaultCode::NotFound);
        assert!(guest.calls(ListConversations {}).await.expect("a list").conversations.is_empty());
        assert!(guest.calls(search()).await.expect("nothing").found.is_empty());
        dr_b.who.calls(messages_of(id)).await.expect("who treats");
        ana.who.calls(messages_of(id)).await.expect("hers");
    });
}

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
        let sent = kim.calls(ListSentNotices { person_id }).await.expect("how they went").notices;
        let kept = clinic.store.notices_of(person_id, 200).await.unwrap();
        assert_eq!(sent.len(), kept.len());
        assert!(kept.iter().any(|it| it.notice.kind == NoticeKind::Booked));
        let text = serde_json::to_string(&sent).unwrap();
        assert!(!text.contains("appointment_id") && !text.contains("Fictional"), "{text}");
        let node = kim.calls(ReadNodeState {}).await.expect("how it is");
        assert!(node.parts.iter().any(|it| it.name == "database" && it.answers && it.is_needed));
        told(kim.calls(ReadPatient { patient_id: person_id }).await, FaultCode::Forbidden);
        told(kim.calls(messages_of(ana.id)).await, FaultCode::Forbidden);
        told(kim.calls(ListConversations {}).await, FaultCode::Forbidden);
        told(kim.calls(SearchAudit::default()).await, FaultCode::Forbidden);
        told(kim.calls(ListPeople { role: None }).await, FaultCode::Forbidden);
        let own = ListAppointments { person_id: None, from: None, until: None };
        told(kim.calls(own).await, FaultCode::Forbidden);
        told(kim.calls(emergency(person_id)).await, FaultCode::Forbidden);
        let mut socket = kim.connects(Codec::Json).await;
        told(socket.follows(Topic::Conversation(ana.id)).await, FaultCode::NotFound);
        let ended = kim.calls(EndAllSessions { person_id }).await.expect("ended").ended;
        assert!(ended > 0);
        told(ana.who.calls(ReadSharing {}).await, FaultCode::SessionEnded);
    });
}
