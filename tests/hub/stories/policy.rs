//! Who sees what of a patient's record: what they share, an emergency, and those who see nothing of it.

use crate::support::chat::with;
use crate::support::files::CHUNK;
use crate::support::people::told;
use crate::support::practice::{at, booking};
use crate::support::{Chat, Clinic, Kind, Someone, eventually, tell};
use bedside::clock::Clock as _;
use bedside::domain::policy::records::TREATS_FOR;
use bedside::protocol::appointment::{CancelAppointment, ReadAppointment};
use bedside::protocol::booking::HoldSlot;
use bedside::protocol::chart::{
    Basis, ListPatientConversations, ListPatientMessages, ListPatientVisits, PatientChart,
    ReadPatient,
};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    AssignConversation, ListConversations, ListMessages, ReadConversation, SearchMessages,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::file::FileVariant;
use bedside::protocol::ids::{ConversationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::practice::{PatientProfile, UpdateProfile};
use bedside::protocol::record::{ConsentKind, GiveConsent};
use bedside::protocol::sharing::{
    Audience, FieldClass, HelperSharing, ListSharingVersions, ReadSharing, Sharing, UpdateSharing,
};
use bedside::protocol::topic::{Topic, TopicState};
use rstest::rstest;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn id_of(who: &Someone) -> PersonId {
    who.person_id.expect("an account")
}

async fn shares(who: &Someone, sharing: Sharing) {
    let revision = who.calls(ReadSharing {}).await.expect("a patient").revision;
    who.calls(UpdateSharing { revision, sharing }).await.expect("shared");
}

/// Of the profile that Ana has told.
pub(super) async fn tells_of_herself(ana: &Someone) {
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
pub(super) async fn called_in(clinic: &Clinic) -> (Chat, Chat, Someone) {
    let (mut ana, mut dr_b) = clinic.chat().await;
    let dr_x = clinic.clinician("Dr. Xu Fictional").await;
    tells_of_herself(&ana.who).await;
    ana.says("It itches behind the knee.").await;
    dr_b.hears("It itches behind the knee.").await;
    let assign = AssignConversation { conversation_id: ana.id, clinician_id: id_of(&dr_x) };
    dr_b.who.calls(assign).await.expect("called in");
    (ana, dr_b, dr_x)
}

fn cards_of(chat: &Chat, mailbox: Topic) -> Vec<ConversationId> {
    match chat.socket.state(mailbox) {
        Some(TopicState::Mailbox { cards }) => {
            cards.iter().map(|it| it.conversation.conversation_id).collect()
        }
        other => panic!("no mailbox: {other:?}"),
    }
}

pub(super) fn messages_of(conversation_id: ConversationId) -> ListMessages {
    ListMessages { conversation_id, since: None, before: None, limit: None }
}

fn search() -> SearchMessages {
    SearchMessages { words: "itches".into(), conversation_id: None }
}

pub(super) fn seen(chart: &PatientChart) -> (bool, bool, bool) {
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
        let agreed = clinic.books_at(&ana.who, &dr_x, clinic.clock.now().plus(DAY)).await;
        assert_eq!(dr_x.calls(messages_of(ana.id)).await.expect("treats").messages.len(), 2);
        xu.socket.follows(Topic::Conversation(ana.id)).await.expect("treats");
        let mailbox = Topic::Mailbox(id_of(&dr_x));
        xu.socket.follows(mailbox).await.expect("his own");
        assert_eq!(cards_of(&xu, mailbox), [ana.id]);

        // And whoever does so no more hears no more, and loses it from the list.
        ana.who.calls(CancelAppointment { appointment_id: agreed.id }).await.expect("cancelled");
        xu.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        xu.socket.gaps.clear();
        told(xu.socket.follows(Topic::Conversation(ana.id)).await, FaultCode::NotFound);
        eventually("the card is gone", async || {
            let mut again = dr_x.connects(Codec::Json).await;
            again.follows(mailbox).await.expect("his own");
            matches!(again.state(mailbox), Some(TopicState::Mailbox { cards }) if cards.is_empty())
        })
        .await;

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
fn nobody_opens_a_record_by_writing_an_appointment_into_their_own_calendar(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        tells_of_herself(&ana).await;
        let read = ReadPatient { patient_id: id_of(&ana) };
        let visits = ListPatientVisits { patient_id: id_of(&ana), from: None, until: None };
        told(practice.dr.calls(read).await, FaultCode::NotFound);
        let ten = practice.hold(at(3, "10:00"));
        let own = HoldSlot { patient_id: Some(id_of(&ana)), ..ten };
        let hold = practice.dr.calls(own).await.expect("their own time");
        practice.dr.calls(booking(&hold)).await.expect("booked for her");
        let chart = practice.dr.calls(read).await.expect("who cares for her");
        assert_eq!((seen(&chart), chart.basis), ((true, true, false), Basis::CareTeam));
        told(practice.dr.calls(visits).await, FaultCode::Forbidden);
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

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_helper_is_told_what_a_visit_is_about_when_the_patient_says_so(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let hold = ana.calls(practice.hold(at(0, "10:30"))).await.expect("free");
        let id = ana.calls(booking(&hold)).await.expect("booked").appointment_id;
        clinic.clock.advance(at(0, "10:30").since(clinic.clock.now()));
        let ana = clinic.signs_in_again(&ana).await;
        let dr = clinic.signs_in_again(&practice.dr).await;
        let mut at_hers = ana.comes_to(id, Codec::Json).await;
        let mut at_his = dr.comes_to(id, Codec::Json).await;
        at_his.enters().await;
        at_hers.enters().await;
        at_his.admits(&at_hers).await;
        let invited = at_his.invites(Role::Interpreter, "Ida Fictional").await.expect("invited");
        let guest =
            clinic.stranger().opens_link(&invited.link.join_token).await.expect("a session");
        let mut ida = guest.comes_to(id, Codec::Json).await;
        ida.enters().await;
        at_his.admits(&ida).await;
        let read = ReadAppointment { appointment_id: id };
        assert_eq!(guest.calls(read).await.expect("admitted").reason, None);
        let helpers = HelperSharing { complaint: true, messages: true };
        shares(&ana, Sharing { helpers, ..Sharing::default() }).await;
        let told = guest.calls(read).await.expect("admitted").reason;
        assert_eq!(told, Some("A fictional ache".into()));
    });
}
