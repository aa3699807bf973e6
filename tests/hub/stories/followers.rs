//! Followers come and go, and so do the owners that they follow: nobody is left behind on either side.

use crate::support::practice::{daily, profile};
use crate::support::{Clinic, Kind, Practice, Someone, at, eventually, in_time, tell};
use bedside::protocol::booking::HoldSlot;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Retry;
use bedside::protocol::frame::GapReason;
use bedside::protocol::person::Role;
use bedside::protocol::practice::PractitionerProfile;
use bedside::protocol::topic::Topic;
use bedside::protocol::visit::{Connection, HostState, ReadVisit, VisitView};
use bedside::store::memory::{Failure, Point};
use rstest::rstest;

/// Sockets that end at once: enough that some end before their owner was asked, some while it answers, some after.
const GHOSTS: usize = 24;

const CODECS: [Codec; 2] = [Codec::Json, Codec::MessagePack];

async fn reads(who: &Someone, op: ReadVisit) -> VisitView {
    who.calls(op).await.expect("may read")
}

#[test]
fn a_socket_that_ends_while_it_follows_a_visit_is_not_taken_for_somebody_who_is_there() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut first = ana.comes_to(visit.id, Codec::Json).await;
        first.enters().await;
        let mut dr_b = dr_b.comes_to(visit.id, Codec::Json).await;
        for codec in CODECS.into_iter().cycle().take(GHOSTS) {
            ana.connects(codec).await.follows_and_is_cut(Topic::Visit(visit.id)).await;
        }
        let patient = |view: &VisitView| {
            let mut all = view.participants.iter();
            all.find(|it| it.participant_id == visit.patient).map(|it| it.connection)
        };
        eventually("only the two who stay", async || clinic.sockets() == 2).await;
        assert_eq!(patient(first.view()), Some(Connection::Online), "one of hers is real");
        first.socket.cut();
        dr_b.sees("she reconnects", |it| patient(it) == Some(Connection::Reconnecting)).await;
        // Nothing is published any more that could find out that a follower has gone.
        let view = reads(&dr_b.who, ReadVisit { appointment_id: visit.id }).await;
        assert_eq!(patient(&view), Some(Connection::Reconnecting));
    });
}

#[test]
fn a_socket_that_ends_while_it_follows_an_agenda_leaves_nobody_at_the_desk() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let mut ana = ana.comes_to(visit.id, Codec::Json).await;
        ana.enters().await;
        let agenda = Topic::Agenda(dr_b.person_id.unwrap());
        let desk = dr_b.watches(agenda, Codec::Json).await;
        ana.sees("online", |it| it.clinician == HostState::Online).await;
        for codec in CODECS.into_iter().cycle().take(GHOSTS) {
            dr_b.connects(codec).await.follows_and_is_cut(agenda).await;
        }
        eventually("only the two who stay", async || clinic.sockets() == 2).await;
        desk.cut();
        ana.sees("away", |it| it.clinician == HostState::Away).await;
    });
}

/// Follows again after a gap. The next owner may not be there yet when the first one asks.
async fn follows_again(socket: &mut crate::support::Socket, topic: Topic) {
    in_time("to follow again", async {
        while let Err(fault) = socket.follows(topic).await {
            assert_eq!(fault.retry, Retry::After, "{:?}", fault.code);
        }
    })
    .await;
}

/// Somebody whose desk is told to read the store again when they are held.
async fn interpreter(clinic: &Clinic) -> Someone {
    let ida = clinic.person(Role::Interpreter, "Ida Fictional").await;
    let languages = vec!["pt".to_owned()];
    clinic.tells_of(&ida, PractitionerProfile { languages, ..profile() }).await;
    clinic.works(&ida, daily("08:00", "12:00")).await;
    ida
}

fn with_interpreter(practice: &Practice) -> HoldSlot {
    let interpreter_language = Some("pt".to_owned());
    HoldSlot { interpreter_language, ..practice.hold(at(3, "10:00")) }
}

#[rstest]
#[case::stops(Failure::Aborted)]
#[case::panics(Failure::Panic)]
fn a_desk_that_cannot_read_again_leaves_its_followers_a_gap_and_then_the_truth(
    #[case] failure: Failure,
) {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ida = interpreter(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let topic = Topic::Agenda(ida.person_id.unwrap());
        let mut tabs =
            [ida.watches(topic, Codec::Json).await, ida.watches(topic, Codec::MessagePack).await];
        clinic.memory().fail_next(Point::Visits, failure);
        let hold = ana.calls(with_interpreter(&practice)).await.expect("held");
        for tab in &mut tabs {
            tab.until("a gap", |it| !it.gaps.is_empty()).await;
            assert_eq!(std::mem::take(&mut tab.gaps), [(topic, GapReason::Epoch)], "one, and why");
            assert!(tab.state(topic).is_none(), "what was known is not shown any more");
        }
        // Nobody is there to hear of it.
        let card = ana.confirms(&hold).await.expect("booked");
        for tab in &mut tabs {
            follows_again(tab, topic).await;
            let cards = tab.cards(ida.person_id.unwrap());
            assert_eq!(
                cards.iter().map(|it| it.appointment_id).collect::<Vec<_>>(),
                [card.appointment_id]
            );
            clinic.agrees(&ida, tab, topic).await;
        }
        // And the new desk is told of what comes.
        ana.cancels(&card).await.expect("cancelled");
        for tab in &mut tabs {
            tab.until("it is cancelled", |it| {
                it.cards(ida.person_id.unwrap())[0].stage.is_closed()
            })
            .await;
        }
    });
}

#[test]
fn a_desk_that_reads_again_tells_what_is_new_and_disturbs_nobody() {
    tell(Kind::Memory, async |clinic| {
        let practice = clinic.practice().await;
        let ida = interpreter(clinic).await;
        let ana = clinic.patient("Ana Fictional").await;
        let topic = Topic::Agenda(ida.person_id.unwrap());
        let mut agenda = ida.watches(topic, Codec::Json).await;
        let hold = ana.calls(with_interpreter(&practice)).await.expect("held");
        let card = ana.confirms(&hold).await.expect("booked");
        let is_there = |it: &crate::support::Socket| {
            it.cards(ida.person_id.unwrap())
                .iter()
                .any(|it| it.appointment_id == card.appointment_id)
        };
        agenda.until("the visit", is_there).await;
        assert!(agenda.gaps.is_empty());
        clinic.agrees(&ida, &mut agenda, topic).await;
    });
}
