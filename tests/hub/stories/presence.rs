//! Sockets come and go; membership stays.

use crate::support::{Booked, Clinic, Kind, Party, Socket, Someone, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::frame::{Followed, Resume, ServerFrame};
use bedside::protocol::topic::{Position, Topic};
use bedside::protocol::visit::{AttendanceKind, Connection, Participant, Stage, VisitView};
use rstest::rstest;
use std::time::Duration;

fn patient(view: &VisitView) -> &Participant {
    let is_patient = |it: &&Participant| it.role == bedside::protocol::person::Role::Patient;
    view.participants.iter().find(is_patient).expect("the patient is shown")
}

/// Connects again, resuming a visit from a position; how it began.
async fn resumes(who: &Someone, visit: Booked, position: Option<Position>) -> (Socket, Followed) {
    let resume = Resume { topic: Topic::Visit(visit.id), position };
    let socket = Socket::open(who, Codec::MessagePack, None, vec![resume]).await.expect("welcome");
    let Some(ServerFrame::Welcome { followed, .. }) = socket.frames.first() else {
        panic!("a welcome");
    };
    let began = followed[0].clone();
    (socket, began)
}

/// Time passes, and the room looks at its clock: a socket that follows makes it set its timer anew.
async fn time_passes(clinic: &Clinic, by: Duration, nudge: (&Someone, Booked)) {
    clinic.clock.advance(by);
    let (mut socket, _) = resumes(nudge.0, nudge.1, None).await;
    socket.calls(bedside::protocol::person::ReadMe {}).await.expect("still signed in");
}

#[test]
fn a_cut_socket_takes_nobody_out_of_the_call() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        ana.sees("the call", |it| it.stage == Stage::InCall).await;
        let (topic, who, seat) = (Topic::Visit(visit.id), ana.who.clone(), ana.seat());
        let position = ana.socket.position(topic);
        ana.socket.cut();
        dr_b.sees("she reconnects", |it| patient(it).connection == Connection::Reconnecting).await;
        assert_eq!(dr_b.view().stage, Stage::InCall);
        assert!(clinic.media.seats().contains(&seat), "media goes on");

        // Something happened meanwhile (her going itself), so she gets the whole.
        let (socket, began) = resumes(&who, visit, position).await;
        assert!(matches!(began, Followed::Snapshot { .. }), "{began:?}");
        let mut ana = Party::new(who.clone(), visit.id, socket);
        assert!(ana.view().media.as_ref().is_some_and(|it| it.is_connected), "the same media");
        dr_b.sees("she is back", |it| patient(it).connection == Connection::Online).await;
        ana.agrees().await;

        // A second tab at the position of the first is told nothing twice.
        let position = ana.socket.position(topic);
        let (second, began) = resumes(&who, visit, position).await;
        assert!(matches!(began, Followed::Current { .. }), "{began:?}");
        second.cut();
        ana.agrees().await;
        assert_eq!(patient(dr_b.view()).connection, Connection::Online, "one socket is enough");
        let lines = clinic.attendance(visit.id).await;
        let entered = lines.iter().filter(|it| it.what == AttendanceKind::Entered).count();
        assert_eq!(entered, 2, "nobody entered again");
    });
}

#[test]
fn an_agenda_is_resumed_where_it_was() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        clinic.books(&ana, &dr_b).await;
        let agenda = Topic::Agenda(ana.person_id.unwrap());
        let mut first = ana.connects(Codec::Json).await;
        first.follows(agenda).await.expect("hers");
        let position = first.position(agenda);
        let mut second = ana.connects(Codec::Json).await;
        let began = second.follows_from(agenda, position).await.expect("hers");
        assert!(matches!(began, Followed::Current { .. }), "{began:?}");
        let old = position.map(|it| Position { offset: it.offset.saturating_sub(1), ..it });
        let began = second.follows_from(agenda, old).await.expect("hers");
        assert!(matches!(began, Followed::Snapshot { .. }), "{began:?}");
        let other = position.map(|it| Position { epoch: it.epoch.wrapping_add(1), ..it });
        let began = second.follows_from(agenda, other).await.expect("hers");
        assert!(matches!(began, Followed::Snapshot { .. }), "{began:?}");
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_node_that_starts_again_knows_who_was_there(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (visit, mut ana, dr_b) = clinic.in_call().await;
        ana.sees("the call", |it| it.stage == Stage::InCall).await;
        let (topic, who) = (Topic::Visit(visit.id), dr_b.who.clone());
        let position = dr_b.socket.position(topic);
        clinic.restarts().await;
        assert_ne!(ana.socket.is_closed().await, 1000, "no goodbye");
        drop((ana, dr_b));

        let who = Someone { hub: clinic.hub, ..who };
        let (socket, began) = resumes(&who, visit, position).await;
        assert!(matches!(began, Followed::Snapshot { .. }), "another epoch: {began:?}");
        let mut dr_b = Party::new(who.clone(), visit.id, socket);
        assert_eq!(dr_b.view().stage, Stage::InCall, "the same visit");
        assert_eq!(dr_b.view().media, None, "media has to be joined again");
        assert_eq!(patient(dr_b.view()).connection, Connection::Reconnecting);
        time_passes(clinic, Duration::from_secs(11), (&who, visit)).await;
        dr_b.sees("she is offline", |it| patient(it).connection == Connection::Offline).await;
        dr_b.socket.cut();

        time_passes(clinic, Duration::from_secs(10 * 60), (&who, visit)).await;
        let mut dr_b = who.comes_to(visit.id, Codec::Json).await;
        dr_b.sees("she is lost, and admitted", |it| it.stage == Stage::Admitted).await;
        let lines = clinic.attendance(visit.id).await;
        let last = lines.last().expect("lines");
        let lost = (last.what, last.participant_id);
        assert_eq!(lost, (AttendanceKind::ConnectionLost, Some(visit.patient)));
        let lost_twice =
            lines.iter().filter(|it| it.what == AttendanceKind::ConnectionLost).count();
        assert_eq!(lost_twice, 1, "the clinician is here");
    });
}

#[test]
fn a_reader_that_is_too_slow_finds_the_newest_state_when_she_reads() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let mut slow = Socket::open_narrowly(&ana.who, Codec::Json).await;
        slow.follows(Topic::Visit(visit.id)).await.expect("may follow");
        let before = slow.frames.len();
        let seat = dr_b.seat();
        let mut sent = 0_usize;
        // She does not read; he reads everything, or what stands for it. Each report changes his score, which everybody is
        // told. Quickly: the kernel ends a connection whose bytes are not taken for fifteen seconds.
        for _ in 0..10 {
            for _ in 0..100 {
                sent += 1;
                let loss = if sent.is_multiple_of(2) { 0.0 } else { 40.0 };
                let quality = bedside::sfu::LinkQuality {
                    round_trip_ms: 20,
                    uplink_loss_percent: loss,
                    ..Default::default()
                };
                clinic.media.says(bedside::sfu::MediaEvent::Quality { seat, quality }).await;
            }
            dr_b.agrees().await;
        }
        assert!(clinic.metric("bedside_states_replaced_total").await > 0.0);
        // She reads again: what had left the hub, and then the newest. She follows all the while.
        let mut slow = Party::new(ana.who.clone(), visit.id, slow);
        slow.agrees().await;
        let told = slow.socket.frames.len() - before;
        assert!(told < sent, "{told} of {sent}: what is out of date was kept for her");
        assert!(slow.socket.gaps.is_empty(), "she was never taken off");
    });
}
