//! Where people are, for those who write with them; and who answers for whom is out of office.

use crate::support::people::told;
use crate::support::{Chat, Kind, Socket, tell};
use bedside::clock::Clock as _;
use bedside::domain::conversation::presence::RECONNECT_WITHIN;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::{
    OutOfOffice, Presence, ReadOutOfOffice, SetPresence, UpdateOutOfOffice,
};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::visit::{EnterVisit, LeaveVisit};
use rstest::rstest;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn is_seen(by: &mut Chat, other: bedside::protocol::ids::MemberId, presence: Presence) {
    let what = format!("{presence:?}");
    by.sees(&what, |it| it.presence_of(other) == Some(presence)).await;
}

#[test]
fn one_sees_where_the_other_is() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let other = dr_b.me();
        is_seen(&mut ana, other, Presence::Online).await;
        dr_b.socket.calls(SetPresence { is_away: true }).await.expect("away");
        is_seen(&mut ana, other, Presence::Away).await;
        let phone = dr_b.who.connects(Codec::Json).await;
        is_seen(&mut ana, other, Presence::Online).await;
        phone.says_goodbye().await;
        is_seen(&mut ana, other, Presence::Away).await;
        dr_b.socket.calls(SetPresence { is_away: false }).await.expect("here");
        is_seen(&mut ana, other, Presence::Online).await;
        // Over REST there is no socket that could be touched.
        dr_b.who.calls(SetPresence { is_away: true }).await.expect("nothing");

        // Lost, and back in time.
        let memory = dr_b.socket.memory();
        dr_b.socket.cut();
        is_seen(&mut ana, other, Presence::Reconnecting).await;
        clinic.clock.advance(RECONNECT_WITHIN - Duration::from_millis(1));
        let socket = Socket::returns(&dr_b.who, Codec::Json, memory).await;
        is_seen(&mut ana, other, Presence::Online).await;
        // Lost, and not back.
        socket.cut();
        is_seen(&mut ana, other, Presence::Reconnecting).await;
        clinic.clock.advance(RECONNECT_WITHIN);
        is_seen(&mut ana, other, Presence::Offline).await;
        // And with a goodbye at once.
        let socket = dr_b.who.connects(Codec::Json).await;
        is_seen(&mut ana, other, Presence::Online).await;
        socket.says_goodbye().await;
        is_seen(&mut ana, other, Presence::Offline).await;
    });
}

#[test]
fn who_is_in_a_visit_is_seen_to_be() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, dr_b) = clinic.chat().await;
        let now = clinic.clock.now().plus(crate::support::SLOT);
        let otto = clinic.patient("Otto Fictional").await;
        let visit = clinic.books_at(&otto, &dr_b.who, now).await;
        let other = dr_b.me();
        dr_b.who.calls(EnterVisit { appointment_id: visit.id }).await.expect("may enter");
        is_seen(&mut ana, other, Presence::InVisit).await;
        dr_b.who.calls(LeaveVisit { appointment_id: visit.id }).await.expect("may leave");
        is_seen(&mut ana, other, Presence::Online).await;
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn somebody_answers_for_whom_is_away(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let dr_x = clinic.clinician("Dr. Xu Fictional").await;
        let until = clinic.clock.now().plus(DAY);
        let away = |until, covered_by| UpdateOutOfOffice {
            out_of_office: OutOfOffice { until, covered_by },
        };
        let cover = dr_x.person_id;
        let bad = [
            (away(Some(clinic.clock.now()), cover), "until"),
            (away(Some(until.plus(DAY * 400)), None), "until"),
            (away(Some(until), dr_b.who.person_id), "covered_by"),
            (away(Some(until), ana.who.person_id), "covered_by"),
            (away(None, cover), "until"),
        ];
        for (op, field) in bad {
            let fault = dr_b.who.calls(op).await.expect_err("refused");
            assert_eq!(fault.field.as_deref(), Some(field));
        }
        told(ana.who.calls(away(Some(until), cover)).await, FaultCode::Forbidden);
        dr_b.who.calls(away(Some(until), cover)).await.expect("away");
        let kept = dr_b.who.calls(ReadOutOfOffice {}).await.expect("read");
        assert_eq!((kept.until, kept.covered_by), (Some(until), cover));
        let id = dr_b.me();
        let is_away = |it: &Chat| {
            it.view().members.iter().any(|it| it.member_id == id && it.away_until == Some(until))
        };
        ana.sees("he is away", is_away).await;
        ana.says("Who is there?").await;
        ana.sees("somebody was called in", |it| it.view().members.len() == 3).await;
        let mut dr_x = Chat::follows(dr_x, ana.id, Codec::Json).await;
        assert_eq!(dr_x.texts(), ["Who is there?"]);
        dr_x.says("I am").await;
        ana.hears("I am").await;
        ana.says("Good").await;
        ana.hears("Good").await;
        assert_eq!(ana.view().members.len(), 3, "once");
        dr_b.who.calls(away(None, None)).await.expect("back");
        ana.sees("he is back", |it| !is_away(it)).await;
        dr_b.sees("he is back", |it| !is_away(it)).await;
        // When the time is over nobody is called in, and it is read as over.
        dr_b.who.calls(away(Some(clinic.clock.now().plus(DAY)), None)).await.expect("away");
        clinic.clock.advance(DAY);
        assert_eq!(dr_b.who.calls(ReadOutOfOffice {}).await.expect("read").until, None);
    });
}
