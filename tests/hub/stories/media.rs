//! Media as the room sees it: transports that end, old transports that still speak, and who may be heard.

use crate::support::people::told;
use crate::support::{Kind, eventually, tell};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::frame::ServerFrame;
use bedside::protocol::ids::ParticipantId;
use bedside::protocol::media::{ReportQuality, RestartMedia};
use bedside::protocol::topic::Event;
use bedside::protocol::visit::{Connection, MuteParticipant, Participant, Stage, VisitView};
use bedside::sfu::{Command, GoneReason, MediaEvent, SlotState, Source};

fn part(view: &VisitView, who: ParticipantId) -> &Participant {
    view.participants.iter().find(|it| it.participant_id == who).expect("shown")
}

#[test]
fn a_transport_that_ends_by_itself_ends_no_visit() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let seat = ana.seat();
        let old = ana.view().media.as_ref().unwrap().transport;
        clinic.media.loses(seat).await;
        ana.sees("no media", |it| it.media.is_none()).await;
        assert_eq!(ana.view().stage, Stage::InCall, "she is still in");
        clinic.connect_media(&mut [&mut ana]).await;

        // What the old transport still says is not believed.
        let reason = GoneReason::ConsentExpired;
        clinic.media.says(MediaEvent::Gone { seat, transport: old, reason }).await;
        clinic.media.says(MediaEvent::Slots { seat, transport: old, slots: vec![] }).await;
        let new = ana.view().media.as_ref().unwrap().transport;
        let slots = vec![SlotState {
            slot: 0,
            participant: Some(dr_b.me()),
            source: Source::Camera,
            paused: None,
        }];
        clinic.media.says(MediaEvent::Slots { seat, transport: new, slots }).await;
        ana.sees("who is in her slot", |it| {
            it.media.as_ref().is_some_and(|it| it.is_connected && it.slots.len() == 1)
        })
        .await;
        dr_b.agrees().await;
        let lines = clinic.attendance(visit.id).await;
        assert!(lines.iter().all(|it| it.participant_id != Some(visit.patient)
            || it.by.is_some()
            || it.what == bedside::protocol::visit::AttendanceKind::Entered));
    });
}

#[test]
fn without_a_socket_media_keeps_her_there() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let seat = ana.seat();
        ana.socket.cut();
        dr_b.sees("reconnecting", |it| {
            part(it, seat.participant).connection == Connection::Reconnecting
        })
        .await;
        clinic.media.loses(seat).await;
        dr_b.agrees().await;
        assert_eq!(dr_b.view().stage, Stage::InCall, "there is a grace period");
        let lines = clinic.attendance(visit.id).await;
        assert_eq!(lines.len(), 4, "entered twice, admitted, call: {lines:?}");
    });
}

#[test]
fn the_host_mutes_and_only_she_unmutes() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let seat = ana.seat();
        ana.turns_on(true, false).await.expect("may speak");
        dr_b.sees("her microphone", |it| part(it, seat.participant).microphone).await;
        let op = MuteParticipant { appointment_id: visit.id, participant_id: visit.patient };
        told(ana.socket.calls(op).await, FaultCode::Forbidden);
        dr_b.calls(op).await.expect("muted");
        ana.sees("that she is muted", |it| part(it, seat.participant).muted_by_host).await;
        let mute = |muted| Command::Mute { seat, source: Source::Microphone, muted };
        let commands = clinic.media.commands();
        assert_eq!(commands.last(), Some(&mute(true)), "enforced by the media plane");
        ana.turns_on(true, false).await.expect("she unmutes herself");
        dr_b.sees("her microphone", |it| part(it, seat.participant).microphone).await;
        assert!(clinic.media.commands().iter().rev().take(3).any(|it| *it == mute(false)));
        let host = MuteParticipant { appointment_id: visit.id, participant_id: visit.clinician };
        told(dr_b.socket.calls(host).await, FaultCode::NotAllowedNow);
    });
}

#[test]
fn who_speaks_is_told_to_who_is_in() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let speaker = |participant| MediaEvent::Speaker { room: visit.id, participant };
        let hears = |who: Option<ParticipantId>| {
            move |frame: &ServerFrame| match frame {
                ServerFrame::Event { event: Event::SpeakerChanged { participant_id }, .. } => {
                    *participant_id == who
                }
                _ => false,
            }
        };
        let clinician = Some(visit.clinician);
        clinic.media.says(speaker(clinician)).await;
        ana.socket.until("who speaks", |it| it.frames.iter().any(hears(clinician))).await;
        dr_b.holds(&ana).await;
        ana.socket.frames.clear();
        clinic.media.says(speaker(clinician)).await;
        dr_b.socket.until("who speaks", |it| it.frames.iter().any(hears(clinician))).await;
        ana.agrees().await;
        let of_speaking = |it: &ServerFrame| hears(clinician)(it) || hears(None)(it);
        assert!(!ana.socket.frames.iter().any(of_speaking), "not in the waiting room");
    });
}

#[test]
fn what_the_media_port_counts_is_a_metric_that_never_falls() {
    tell(Kind::Memory, async |clinic| {
        let counted = async || {
            let metrics = clinic.metrics().await;
            let name = "bedside_media_packets_total{what=\"received\"} ";
            metrics.lines().find_map(|it| it.strip_prefix(name)?.parse::<u64>().ok())
        };
        clinic.media.has_counted(5);
        eventually("five", async || counted().await == Some(5)).await;
        clinic.media.has_counted(12);
        eventually("seven more", async || counted().await == Some(12)).await;
        // Another worker begins anew.
        clinic.media.has_counted(2);
        eventually("two more", async || counted().await == Some(14)).await;
    });
}

#[test]
fn reports_are_kept_now_and_then() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, _dr_b) = clinic.in_call().await;
        let report = ReportQuality {
            appointment_id: visit.id,
            round_trip_ms: 40,
            loss_percent: 1.5,
            jitter_ms: 3,
            freezes: 0,
            received_kbps: 900,
            sent_kbps: 700,
        };
        for _ in 0..3 {
            ana.calls(report).await.expect("taken");
        }
        clinic.clock.advance(std::time::Duration::from_secs(10));
        ana.calls(report).await.expect("taken");
        crate::support::eventually("two reports", async || clinic.memory().quality().len() == 2)
            .await;
        let nonsense = ReportQuality { loss_percent: -1.0, ..report };
        told(ana.socket.calls(nonsense).await, FaultCode::InvalidValue);
        let restart = RestartMedia { appointment_id: visit.id, offer: "v=0 again".into() };
        let answer = ana.calls(restart).await.expect("the same transport");
        assert_eq!(Some(answer.transport), ana.view().media.as_ref().map(|it| it.transport));
    });
}
