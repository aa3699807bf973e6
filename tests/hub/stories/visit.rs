//! A visit from its links to its attendance.

use crate::support::people::told;
use crate::support::{Clinic, Kind, tell};
use bedside::protocol::appointment::CancelAppointment;
use bedside::protocol::auth::CreateJoinToken;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::topic::{Topic, TopicState};
use bedside::protocol::visit::{AttendanceKind as Kind_, Can, HostState, MarkNoShow, Place, Stage};
use bedside::sfu::Command;
use rstest::rstest;

/// The whole visit: links, waiting, admission, call, back to the waiting room, again in, leaving and returning, end.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn two_people_have_a_visit(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let booked = clinic.books(&ana, &dr_b).await;
        let to_ana = clinic.link(booked, booked.patient).await;
        let own = CreateJoinToken { appointment_id: booked.id, participant_id: None };
        let to_dr_b = dr_b.calls(own).await.expect("a link of their own");
        assert!(to_ana.url.expose().starts_with("http://clinic.test/join#"), "in the fragment");
        let ana = clinic.stranger().opens_link(&to_ana.join_token).await.expect("a session");
        let dr_b = clinic.stranger().opens_link(&to_dr_b.join_token).await.expect("a session");

        let mut ana = ana.comes_to(booked.id, Codec::Json).await;
        let mut dr_b = dr_b.comes_to(booked.id, Codec::MessagePack).await;
        assert_eq!(ana.view().stage, Stage::Scheduled);
        ana.enters().await;
        dr_b.sees("the patient waits", |it| it.stage == Stage::Waiting).await;
        ana.sees("a place in line", |it| it.queue.is_some_and(|it| it.position == 1)).await;
        told(ana.joins_media().await, FaultCode::NotAdmitted);

        dr_b.enters().await;
        ana.sees("the clinician is here", |it| it.clinician == HostState::Here).await;
        dr_b.admits(&ana).await;
        ana.sees("she is in", |it| it.can.contains(&Can::JoinMedia)).await;
        assert_eq!(ana.view().participants.len(), 2, "who is in sees who is there");
        clinic.connect_media(&mut [&mut ana, &mut dr_b]).await;
        ana.sees("the call", |it| it.stage == Stage::InCall).await;
        dr_b.sees("the call", |it| it.stage == Stage::InCall).await;
        ana.turns_on(true, true).await.expect("may send");
        let seat = ana.seat();
        dr_b.sees("her camera", |it| it.participants.iter().any(|it| it.camera)).await;

        dr_b.holds(&ana).await;
        ana.sees("she is out", |it| it.stage == Stage::Waiting && it.media.is_none()).await;
        assert_eq!(ana.view().participants.len(), 1, "no roster in the waiting room");
        told(ana.joins_media().await, FaultCode::NotAdmitted);
        assert!(clinic.media.commands().contains(&Command::Leave(seat)), "media ended");

        dr_b.admits(&ana).await;
        clinic.connect_media(&mut [&mut ana]).await;
        dr_b.sees("the call again", |it| it.stage == Stage::InCall).await;
        ana.leaves().await;
        dr_b.sees("she went", |it| it.stage == Stage::Admitted).await;
        ana.enters().await;
        clinic.connect_media(&mut [&mut ana]).await;
        dr_b.sees("she is back without admission", |it| it.stage == Stage::InCall).await;

        dr_b.ends().await;
        ana.sees("the end", |it| it.stage == Stage::Ended).await;
        assert!(clinic.media.commands().contains(&Command::CloseRoom(booked.id)));
        told(ana.joins_media().await, FaultCode::VisitClosed);
        the_attendance_says_all_of_it(clinic, booked.id, booked.patient, booked.clinician).await;
        drop((ana, dr_b));
    });
}

async fn the_attendance_says_all_of_it(
    clinic: &Clinic,
    visit: bedside::protocol::ids::AppointmentId,
    ana: bedside::protocol::ids::ParticipantId,
    dr_b: bedside::protocol::ids::ParticipantId,
) {
    let lines = clinic.attendance(visit).await;
    let found: Vec<_> = lines.iter().map(|it| (it.what, it.participant_id, it.by)).collect();
    let expected = [
        (Kind_::Entered, Some(ana), None),
        (Kind_::Entered, Some(dr_b), None),
        (Kind_::Admitted, Some(ana), Some(dr_b)),
        (Kind_::CallStarted, None, None),
        (Kind_::Held, Some(ana), Some(dr_b)),
        (Kind_::Admitted, Some(ana), Some(dr_b)),
        (Kind_::CallStarted, None, None),
        (Kind_::Left, Some(ana), None),
        (Kind_::Entered, Some(ana), None),
        (Kind_::CallStarted, None, None),
        (Kind_::Ended, None, Some(dr_b)),
    ];
    assert_eq!(found, expected);
    assert!(lines.iter().all(|it| it.participant_id.is_none() == it.display_name.is_none()));
}

#[test]
fn who_is_not_admitted_sees_nobody() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut ana = ana.comes_to(visit.id, Codec::Json).await;
        let mut dr_b = dr_b.comes_to(visit.id, Codec::Json).await;
        dr_b.enters().await;
        let guest =
            dr_b.invites(bedside::protocol::person::Role::Interpreter, "Ivo").await.unwrap();
        let ivo = clinic.stranger().opens_link(&guest.link.join_token).await.unwrap();
        let mut ivo = ivo.comes_to(visit.id, Codec::MessagePack).await;
        ivo.enters().await;
        ana.enters().await;
        told(ana.joins_media().await, FaultCode::NotAdmitted);
        told(ana.turns_on(true, true).await, FaultCode::NotAdmitted);
        told(ivo.joins_media().await, FaultCode::NotAdmitted);
        dr_b.turns_on(true, true).await.expect("the host is in");
        let op = bedside::protocol::visit::LeaveVisit { appointment_id: visit.id };
        dr_b.calls(op).await.unwrap();
        dr_b.enters().await;
        ana.sees("the clinician is here", |it| it.clinician == HostState::Here).await;
        ivo.agrees().await;
        assert_eq!(clinic.media.asked(), 0, "no transport was asked for");
        for (waiting, me) in [(&ana, ana.me()), (&ivo, ivo.me())] {
            let all = format!("{:?}", waiting.socket.frames);
            for other in [visit.patient, visit.clinician, guest.participant_id] {
                let is_shown = all.contains(&other.to_string());
                assert_eq!(is_shown, other == me, "{} was shown {other}", waiting.who.name);
            }
        }
    });
}

#[test]
fn the_clinician_goes_and_comes_back() {
    tell(Kind::Memory, async |clinic| {
        let (_, mut ana, mut dr_b) = clinic.in_call().await;
        ana.sees("the call", |it| it.stage == Stage::InCall).await;
        let seat = dr_b.seat();
        dr_b.leaves().await;
        ana.sees("no call", |it| it.stage == Stage::Admitted).await;
        assert!(!clinic.media.seats().contains(&seat), "their media ended");
        assert!(clinic.media.seats().contains(&ana.seat()), "hers goes on");
        dr_b.enters().await;
        clinic.connect_media(&mut [&mut dr_b]).await;
        ana.sees("the call again", |it| it.stage == Stage::InCall).await;
    });
}

#[test]
fn a_cancelled_visit_is_told_to_who_waits() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let agenda = Topic::Agenda(ana.person_id.unwrap());
        let mut ana = ana.comes_to(visit.id, Codec::MessagePack).await;
        ana.socket.follows(agenda).await.expect("her own agenda");
        ana.enters().await;
        let op = CancelAppointment { appointment_id: visit.id };
        clinic.admin.calls(op).await.expect("cancelled");
        ana.sees("it is cancelled", |it| it.stage == Stage::Cancelled && it.can.is_empty()).await;
        ana.socket
            .until("the agenda says so", |it| match it.state(agenda) {
                Some(TopicState::Agenda { cards }) => cards[0].stage == Stage::Cancelled,
                _ => false,
            })
            .await;
        let enter = bedside::protocol::visit::EnterVisit { appointment_id: visit.id };
        told(ana.socket.calls(enter).await, FaultCode::VisitClosed);
    });
}

#[test]
fn who_does_not_come_is_marked() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut ana = ana.comes_to(visit.id, Codec::Json).await;
        let mut dr_b = dr_b.comes_to(visit.id, Codec::Json).await;
        ana.enters().await;
        let op = MarkNoShow { appointment_id: visit.id };
        told(dr_b.socket.calls(op).await, FaultCode::NotAllowedNow);
        ana.leaves().await;
        dr_b.calls(op).await.expect("she is not there");
        ana.sees("the end", |it| it.stage == Stage::NoShow).await;
    });
}

#[test]
fn sent_back_while_the_answer_is_on_its_way_there_is_no_media() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        dr_b.holds(&ana).await;
        dr_b.admits(&ana).await;
        ana.sees("she is in", |it| it.can.contains(&Can::JoinMedia)).await;
        clinic.media.hesitates();
        let before = clinic.media.asked();
        let offer = bedside::protocol::media::JoinMedia {
            appointment_id: visit.id,
            offer: "v=0 offer".into(),
        };
        let id = ana.socket.begins(None, &offer).await;
        crate::support::eventually("the offer", async || clinic.media.asked() > before).await;
        dr_b.holds(&ana).await;
        clinic.media.answers_again();
        told(ana.socket.answer(id).await, FaultCode::NotAdmitted);
        assert!(!clinic.media.seats().contains(&ana.seat()), "RM-2");
        ana.sees("waiting", |it| it.participants[0].place == Place::Waiting).await;
    });
}

#[test]
fn a_dead_media_worker_makes_nobody_leave() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        ana.sees("the call", |it| it.stage == Stage::InCall).await;
        let before = clinic.attendance(visit.id).await.len();
        clinic.media.dies();
        ana.sees("her media is gone", |it| it.media.is_none()).await;
        dr_b.sees("theirs is gone", |it| it.media.is_none()).await;
        assert_eq!(ana.view().stage, Stage::InCall, "nobody left");
        clinic.connect_media(&mut [&mut ana, &mut dr_b]).await;
        assert_eq!(clinic.attendance(visit.id).await.len(), before);
    });
}
