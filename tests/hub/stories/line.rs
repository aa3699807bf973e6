//! The waiting line: place, estimate, and where the clinician is.

use crate::support::{Kind, SLOT, tell};
use bedside::clock::Clock as _;
use bedside::protocol::codec::Codec;
use bedside::protocol::topic::{Topic, TopicState};
use bedside::protocol::visit::{HostState, Stage};

#[test]
fn two_patients_wait_in_line() {
    tell(Kind::Memory, async |clinic| {
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let now = clinic.clock.now();
        let first = clinic.books_at(&ana, &dr_b, now).await;
        let second = clinic.books_at(&otto, &dr_b, now.plus(SLOT)).await;
        let mut ana = ana.comes_to(first.id, Codec::Json).await;
        let mut otto = otto.comes_to(second.id, Codec::MessagePack).await;

        // Who comes first is not first in line: the agreed time is.
        otto.enters().await;
        otto.sees("first, as long as he is alone", |it| {
            it.queue.is_some_and(|it| it.position == 1 && it.estimated_at == now.plus(SLOT))
        })
        .await;
        ana.enters().await;
        ana.sees("first", |it| it.queue.is_some_and(|it| it.position == 1)).await;
        otto.sees("second", |it| it.queue.is_some_and(|it| it.position == 2)).await;
        assert_eq!(ana.view().queue.unwrap().waiting_since, now);

        let mut dr_b = dr_b.comes_to(first.id, Codec::Json).await;
        dr_b.enters().await;
        dr_b.admits(&ana).await;
        ana.sees("no line any more", |it| it.queue.is_none()).await;
        otto.sees("first again", |it| it.queue.is_some_and(|it| it.position == 1)).await;
        otto.leaves().await;
        otto.sees("no line", |it| it.queue.is_none()).await;
    });
}

#[test]
fn patients_see_where_the_clinician_is() {
    tell(Kind::Memory, async |clinic| {
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let now = clinic.clock.now();
        let first = clinic.books_at(&ana, &dr_b, now).await;
        let second = clinic.books_at(&otto, &dr_b, now.plus(SLOT)).await;
        let mut ana = ana.comes_to(first.id, Codec::Json).await;
        let mut otto = otto.comes_to(second.id, Codec::Json).await;
        ana.enters().await;
        otto.enters().await;
        otto.sees("away", |it| it.clinician == HostState::Away).await;

        let agenda = Topic::Agenda(dr_b.person_id.unwrap());
        let mut desk = dr_b.connects(Codec::MessagePack).await;
        desk.follows(agenda).await.expect("their own agenda");
        otto.sees("online", |it| it.clinician == HostState::Online).await;
        desk.until("two wait", |it| match it.state(agenda) {
            Some(TopicState::Agenda { cards }) => {
                cards.iter().filter(|it| it.stage == Stage::Waiting).count() == 2
            }
            _ => false,
        })
        .await;

        let mut dr_b = dr_b.comes_to(first.id, Codec::Json).await;
        dr_b.enters().await;
        ana.sees("here", |it| it.clinician == HostState::Here).await;
        dr_b.admits(&ana).await;
        clinic.connect_media(&mut [&mut ana, &mut dr_b]).await;
        otto.sees("busy", |it| it.clinician == HostState::Busy).await;
        otto.sees("after the first", |it| {
            it.queue.is_some_and(|it| it.position == 1 && it.estimated_at == now.plus(SLOT))
        })
        .await;

        dr_b.ends().await;
        otto.sees("online again", |it| it.clinician == HostState::Online).await;
        desk.cut();
        drop(dr_b);
        otto.sees("away again", |it| it.clinician == HostState::Away).await;
    });
}

#[test]
fn an_agenda_is_its_owners() {
    tell(Kind::Memory, async |clinic| {
        let (ana, eve) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Eve Invented").await);
        let agenda = Topic::Agenda(ana.person_id.unwrap());
        for other in [&eve, &clinic.admin] {
            let mut socket = other.connects(Codec::Json).await;
            let refused = socket.follows(agenda).await;
            crate::support::people::told(refused, bedside::protocol::fault::FaultCode::NotFound);
        }
        let mut socket = ana.connects(Codec::Json).await;
        socket.follows(agenda).await.expect("hers");
        let dr_b = clinic.clinician("Dr. Bo Fictional").await;
        let visit = clinic.books(&ana, &dr_b).await;
        socket
            .until("the new appointment", |it| match it.state(agenda) {
                Some(TopicState::Agenda { cards }) => {
                    cards.iter().any(|it| it.appointment_id == visit.id)
                }
                _ => false,
            })
            .await;
        socket.unfollows(agenda).await;
        clinic.books_at(&ana, &dr_b, clinic.clock.now().plus(SLOT)).await;
        let before = socket.frames.len();
        let op = bedside::protocol::person::ReadMe {};
        socket.calls(op).await.expect("me");
        assert_eq!(socket.frames.len(), before + 1, "nothing but the answer");
    });
}
