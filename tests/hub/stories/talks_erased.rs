//! A patient asks that their conversations go, and stays.

use crate::support::chat::{of_visit, with};
use crate::support::people::told;
use crate::support::{Booked, Chat, Clinic, Kind, SLOT, Someone, tell, tell_with};
use bedside::actors::talk::COMPARE_EVERY;
use bedside::clock::Clock as _;
use bedside::config::{Config, Retention};
use bedside::crypto::certificate::{Signed, is_signed_by};
use bedside::protocol::appointment::{CancelAppointment, ListAppointments, PlaceAppointment};
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    ListMessages, Message, OpenConversation, SearchMessages, SendMessage,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::{AppointmentId, ConversationId, ErasureId};
use bedside::protocol::person::ReadMe;
use bedside::protocol::practice::{PatientProfile, ReadProfile, UpdateProfile};
use bedside::protocol::record::{
    AskErasure, EraseRecord, ErasureCard, ErasureCertificate, ErasureScope, ErasureState,
    LiftLegalHold, ListErasures, ReadOwnErasure, SetLegalHold,
};
use bedside::protocol::topic::{Topic, TopicState};
use bedside::protocol::visit::EndVisit;
use bedside::store::memory::{Failure, Point};
use rstest::rstest;
use serde_json::Value;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LESS: AskErasure = AskErasure { scope: ErasureScope::Conversations };

/// Ana and her doctor: between visits, about one that is over, and about one to come.
struct Met {
    ana: Chat,
    dr_b: Chat,
    over: ConversationId,
    to_come: ConversationId,
    next: Booked,
}

async fn met(clinic: &Clinic) -> Met {
    let (visit, ana, dr_b) = clinic.in_call().await;
    let (ana, dr_b) = (ana.who, dr_b.who);
    let profile = PatientProfile { phone: Some("+15555550100".into()), ..Default::default() };
    ana.calls(UpdateProfile { profile, revision: 0 }).await.expect("a profile");
    let over = writes(&ana, of_visit(visit.id), "It burns as well.").await;
    dr_b.calls(EndVisit { appointment_id: visit.id }).await.expect("ended");
    clinic.clock.advance(SLOT + DAY);
    let (ana, dr_b) = (clinic.signs_in_again(&ana).await, clinic.signs_in_again(&dr_b).await);
    let admin = clinic.admin_again().await;
    let next = books(clinic, &admin, &ana, &dr_b).await;
    let to_come = writes(&ana, of_visit(next.id), "May I eat before it?").await;
    let id = writes(&ana, with(dr_b.person_id.unwrap()), "It itches behind the knee.").await;
    let ana = Chat::follows(ana, id, Codec::Json).await;
    let mut dr_b = Chat::follows(dr_b, id, Codec::MessagePack).await;
    dr_b.says("Leave it alone.").await;
    Met { ana, dr_b, over, to_come, next }
}

async fn books(clinic: &Clinic, admin: &Someone, ana: &Someone, dr_b: &Someone) -> Booked {
    let starts_at = clinic.clock.now().plus(DAY);
    let op = PlaceAppointment {
        patient_id: ana.person_id.unwrap(),
        clinician_id: dr_b.person_id.unwrap(),
        starts_at,
        ends_at: starts_at.plus(SLOT),
        time_zone: "Europe/Berlin".to_owned(),
        patient_may_invite: false,
    };
    let card = admin.calls(op).await.expect("booked");
    Booked {
        id: card.appointment_id,
        patient: card.patient.participant_id,
        clinician: card.clinician.participant_id,
    }
}

async fn writes(who: &Someone, op: OpenConversation, text: &str) -> ConversationId {
    let id = who.calls(op).await.expect("a conversation").conversation.conversation_id;
    let op = SendMessage {
        conversation_id: id,
        body: text.into(),
        reply_to: None,
        files: vec![],
        overriding: None,
    };
    who.calls(op).await.expect("sent");
    id
}

async fn page(who: &Someone, conversation_id: ConversationId) -> Vec<Message> {
    let op = ListMessages { conversation_id, since: None, before: None, limit: None };
    who.calls(op).await.expect("a page").messages
}

/// What somebody reads in a conversation.
async fn reads(who: &Someone, id: ConversationId) -> Vec<String> {
    let bodies = page(who, id).await.into_iter().filter_map(|it| it.body);
    bodies.map(|it| it.expose().clone()).collect()
}

async fn finds(who: &Someone, text: &str) -> usize {
    let op = SearchMessages { words: text.into(), conversation_id: None };
    who.calls(op).await.expect("an answer").found.len()
}

async fn asks(ana: &Someone) -> ErasureCard {
    ana.calls(LESS).await.expect("asked")
}

async fn erases(admin: &Someone, id: ErasureId) -> ErasureCertificate {
    admin.calls(EraseRecord { erasure_id: id }).await.expect("carried out")
}

fn said(certificate: &ErasureCertificate) -> Value {
    let (signature, public_key) = (certificate.signature.clone(), certificate.public_key.clone());
    let signed = Signed { signature, public_key };
    assert!(is_signed_by("bedside erasure certificate v1", &certificate.text, &signed));
    assert!(!certificate.text.contains("Fictional"), "without a name");
    serde_json::from_str(&certificate.text).expect("JSON")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn conversations_go_and_the_patient_stays(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let Met { ana, mut dr_b, over, to_come, next } = met(clinic).await;
        let care = ana.id;
        let (patient, admin) = (ana.who.clone(), clinic.admin_again().await);
        assert_eq!(finds(&patient, "itches").await, 1);
        let asked = asks(&patient).await;
        assert_eq!(asks(&patient).await, asked, "asking again changes nothing");
        assert_eq!((asked.conversations, asked.left_out), (Some(2), Some(1)));
        let op = EraseRecord { erasure_id: asked.erasure_id };
        told(patient.calls(op).await, FaultCode::Forbidden);
        told(dr_b.who.calls(LESS).await, FaultCode::Forbidden);

        let reason = "A letter of the court".into();
        let set = SetLegalHold { person_id: patient.person_id.unwrap(), reason };
        let hold = admin.calls(set).await.expect("a hold");
        told(admin.calls(op).await, FaultCode::NotAllowedNow);
        let listed = admin.calls(ListErasures {}).await.expect("a list").erasures;
        assert!(listed[0].is_held && listed[0].scope == ErasureScope::Conversations);
        assert_eq!(reads(&patient, care).await.len(), 2, "nothing was destroyed");
        let lift = LiftLegalHold { hold_id: hold.hold_id, reason: "It is over".into() };
        admin.calls(lift).await.expect("lifted");

        let certificate = erases(&admin, asked.erasure_id).await;
        let read = said(&certificate);
        assert_eq!(read["scope"], "conversations");
        assert_eq!(read["destroyed"]["keys_of_conversations"], 2);
        assert_eq!(read["destroyed"]["left_out_of_visits_to_come"], 1);
        assert_eq!(read["destroyed"]["key_of_the_person"], false);
        assert_eq!(erases(&admin, asked.erasure_id).await, certificate, "the same");

        // Whoever looks at it hears at once that it is another one now.
        dr_b.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        for who in [&patient, &dr_b.who] {
            for id in [care, over] {
                assert!(!page(who, id).await.is_empty(), "that something was written is there");
                assert_eq!(reads(who, id).await, Vec::<String>::new());
            }
            assert_eq!(reads(who, to_come).await, ["May I eat before it?"]);
            assert_eq!((finds(who, "itches").await, finds(who, "burns").await), (0, 0));
            assert_eq!(finds(who, "eat").await, 1);
        }

        patient.calls(ReadMe {}).await.expect("signed in still");
        let again = clinic.signs_in_again(&patient).await;
        let profile = again.calls(ReadProfile {}).await.expect("their own");
        assert_eq!(
            profile.profile.phone.map(|it| it.expose().clone()).as_deref(),
            Some("+15555550100")
        );
        let list = again
            .calls(ListAppointments { person_id: None, from: None, until: None })
            .await
            .expect("a list")
            .appointments;
        assert!(list.iter().any(|it| it.appointment_id == next.id), "the one to come");
        let stands = again.calls(ReadOwnErasure {}).await.expect("where it stands");
        let done = stands.conversations.expect("the one that was carried out");
        assert_eq!((done.state, done.left_out), (ErasureState::Done, Some(1)));
        assert!(done.done_at.is_some() && done.conversations.is_none());
        assert_eq!(stands.erasure, None);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_is_written_after_it_is_a_new_conversation(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let Met { ana, dr_b, over, to_come, .. } = met(clinic).await;
        let (patient, care, admin) = (ana.who.clone(), ana.id, clinic.admin_again().await);
        let asked = asks(&patient).await;
        erases(&admin, asked.erasure_id).await;
        let closed = ana.message("Into nothing.");
        told(patient.calls(closed).await, FaultCode::NotAllowedNow);
        let doctor = dr_b.who.person_id.unwrap();
        assert_eq!(writes(&patient, with(doctor), "It is better now.").await, care);
        for who in [&patient, &dr_b.who] {
            assert_eq!(reads(who, care).await, ["It is better now."], "what was before stays gone");
            assert_eq!(reads(who, over).await, Vec::<String>::new());
        }
        // The visit to come is written about as before.
        writes(&dr_b.who, of_visit(visit_of(clinic, to_come).await), "Yes, you may.").await;
        assert_eq!(reads(&patient, to_come).await.len(), 2);

        let again = asks(&patient).await;
        assert_ne!(again.erasure_id, asked.erasure_id);
        assert_eq!(again.conversations, Some(1));
        erases(&admin, again.erasure_id).await;
        assert_eq!(reads(&dr_b.who, care).await, Vec::<String>::new());
    });
}

async fn visit_of(clinic: &Clinic, id: ConversationId) -> AppointmentId {
    clinic.store.conversation(id).await.unwrap().unwrap().appointment_id.expect("of a visit")
}

#[test]
fn a_visit_that_was_called_off_keeps_no_conversation() {
    tell(Kind::Memory, async |clinic| {
        let Met { ana, dr_b, to_come, next, .. } = met(clinic).await;
        let (patient, admin) = (ana.who, clinic.admin_again().await);
        let asked = asks(&patient).await;
        assert_eq!((asked.conversations, asked.left_out), (Some(2), Some(1)));
        dr_b.who.calls(CancelAppointment { appointment_id: next.id }).await.expect("called off");
        let now = asks(&patient).await;
        assert_eq!((now.conversations, now.left_out), (Some(3), Some(0)), "as it is now");
        let certificate = erases(&admin, asked.erasure_id).await;
        assert_eq!(said(&certificate)["destroyed"]["keys_of_conversations"], 3);
        assert_eq!(reads(&patient, to_come).await, Vec::<String>::new());
    });
}

#[test]
fn a_visit_that_is_under_way_keeps_its_conversation() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, dr_b) = clinic.in_call().await;
        let id = writes(&ana.who, of_visit(visit.id), "Can you hear me?").await;
        // Longer than was agreed.
        clinic.clock.advance(SLOT + Duration::from_secs(60));
        let (patient, admin) = (clinic.signs_in_again(&ana.who).await, clinic.admin_again().await);
        let asked = asks(&patient).await;
        let certificate = erases(&admin, asked.erasure_id).await;
        assert_eq!(said(&certificate)["destroyed"]["left_out_of_visits_to_come"], 1);
        assert_eq!(reads(&patient, id).await, ["Can you hear me?"]);
        let doctor = clinic.signs_in_again(&dr_b.who).await;
        doctor.calls(EndVisit { appointment_id: visit.id }).await.expect("ended");
        let later = asks(&patient).await;
        erases(&admin, later.erasure_id).await;
        assert_eq!(reads(&patient, id).await, Vec::<String>::new());
    });
}

#[test]
fn both_may_wait_and_everything_answers_both() {
    tell(Kind::Memory, async |clinic| {
        let Met { ana, dr_b, next, .. } = met(clinic).await;
        let (patient, admin) = (ana.who, clinic.admin_again().await);
        let less = asks(&patient).await;
        let all = patient.calls(AskErasure::default()).await.expect("asked");
        assert_eq!((all.scope, all.conversations), (ErasureScope::Everything, Some(3)));
        let stands = patient.calls(ReadOwnErasure {}).await.expect("both");
        assert_eq!((stands.erasure, stands.conversations), (Some(all.clone()), Some(less.clone())));
        dr_b.who.calls(CancelAppointment { appointment_id: next.id }).await.expect("called off");
        let certificate = erases(&admin, all.erasure_id).await;
        assert_eq!(said(&certificate)["scope"], "everything");
        let listed = admin.calls(ListErasures {}).await.expect("a list").erasures;
        assert!(listed.iter().all(|it| it.state == ErasureState::Done), "{listed:?}");
        let other = erases(&admin, less.erasure_id).await;
        assert_eq!(other.text, certificate.text, "by the same certificate");
    });
}

#[test]
fn who_was_interrupted_carries_it_out_by_calling_again() {
    tell(Kind::Memory, async |clinic| {
        let Met { ana, .. } = met(clinic).await;
        let (patient, admin) = (ana.who, clinic.admin_again().await);
        let op = EraseRecord { erasure_id: asks(&patient).await.erasure_id };
        for (point, failure) in
            [(Point::DestroyKey, Failure::AmbiguousSaved), (Point::EraseTalks, Failure::Aborted)]
        {
            clinic.memory().fail_next(point, failure);
            admin.calls(op).await.expect_err("interrupted");
        }
        let read = said(&erases(&admin, op.erasure_id).await);
        assert_eq!(read["destroyed"]["keys_of_conversations"], 2);
    });
}

#[test]
fn it_asks_who_is_there() {
    tell(Kind::Memory, async |clinic| {
        let Met { ana, .. } = met(clinic).await;
        let (patient, admin) = (ana.who, clinic.admin_again().await);
        let op = EraseRecord { erasure_id: asks(&patient).await.erasure_id };
        clinic.clock.advance(Duration::from_secs(601));
        told(admin.calls(op).await, FaultCode::StepUp);
        assert_eq!(reads(&patient, ana.id).await.len(), 2);
    });
}

#[test]
fn the_law_may_want_conversations_kept_with_the_record() {
    let settings = |config: &mut Config| {
        config.retention = Retention { record_days: Some(10), ..Retention::default() };
    };
    tell_with(Kind::Memory, settings, async |clinic| {
        let Met { ana, .. } = met(clinic).await;
        let (patient, admin) = (ana.who, clinic.admin_again().await);
        let asked = asks(&patient).await;
        let until = asked.not_before.expect("a time");
        let op = EraseRecord { erasure_id: asked.erasure_id };
        told(admin.calls(op).await, FaultCode::NotAllowedNow);
        clinic.clock.advance(until.since(clinic.clock.now()));
        let admin = clinic.admin_again().await;
        admin.calls(op).await.expect("carried out");
    });
}

/// Another node has the conversation, with its key and what was said last.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_node_that_has_it_in_memory_shows_it_no_more(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let Met { ana, dr_b, .. } = met(clinic).await;
        let (patient, care, admin) = (ana.who.clone(), ana.id, clinic.admin_again().await);
        let twin = clinic.twin(|_| {}).await;
        let doctor = Someone { hub: twin.hub, ..dr_b.who.clone() };
        let mut there = Chat::follows(doctor.clone(), care, Codec::Json).await;
        assert_eq!(there.texts().len(), 2, "it has it now");
        erases(&admin, asks(&patient).await.erasure_id).await;

        let mut later = doctor.connects(Codec::Json).await;
        let shown = later.follows(there.topic()).await;
        assert!(shown.is_err(), "nobody is shown what is in memory there");
        assert_eq!(reads(&doctor, care).await, Vec::<String>::new());
        there.socket.until("a gap", |it| !it.gaps.is_empty()).await;
        there.socket.gaps.clear();
        let mut there = Chat::follows(doctor.clone(), care, Codec::Json).await;
        assert!(
            !there.messages().is_empty() && there.messages().iter().all(|it| it.body.is_none())
        );
        assert!(!there.view().can_write);
        let written = there.message("Is it better?");
        told(there.socket.calls(written).await, FaultCode::NotAllowedNow);
        twin.goes().await;
    });
}

/// Whoever follows at a node that nobody asks anything else.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_looks_at_it_at_another_node_is_told(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let Met { ana, dr_b, .. } = met(clinic).await;
        let (patient, care, admin) = (ana.who.clone(), ana.id, clinic.admin_again().await);
        let twin = clinic.twin(|_| {}).await;
        let doctor = Someone { hub: twin.hub, ..dr_b.who.clone() };
        let mut there = Chat::follows(doctor.clone(), care, Codec::Json).await;
        let list = Topic::Mailbox(doctor.person_id.unwrap());
        there.socket.follows(list).await.expect("their list");
        erases(&admin, asks(&patient).await.erasure_id).await;
        clinic.clock.advance(COMPARE_EVERY);
        there.socket.until("a gap", |it| !it.gaps.is_empty()).await;

        let mut anew = doctor.connects(Codec::Json).await;
        anew.follows(list).await.expect("their list");
        let Some(TopicState::Mailbox { cards }) = anew.state(list) else { panic!("no list") };
        let of = cards.iter().find(|it| it.conversation.conversation_id == care).expect("its card");
        assert!(of.last.as_ref().is_some_and(|it| it.body.is_none()), "not what was said last");
        twin.goes().await;
    });
}
