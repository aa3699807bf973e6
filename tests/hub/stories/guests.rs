//! Interpreters, caregivers and colleagues: invited by link, seen by all, sent away at once.

use crate::support::people::told;
use crate::support::{Kind, in_time, tell};
use bedside::protocol::close::CloseReason;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::person::Role;
use bedside::protocol::visit::{Can, InvitedGuest, Place, ReadVisit, RevokeGuest};
use bedside::sfu::Command;
use rstest::rstest;
use std::time::{Duration, Instant};

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_revoked_guest_is_out_within_a_second(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let guest = dr_b.invites(Role::Interpreter, "Ivo Invented").await.expect("invited");
        let ivo = clinic.stranger().opens_link(&guest.link.join_token).await.expect("a session");
        let mut ivo = ivo.comes_to(visit.id, Codec::MessagePack).await;
        ivo.enters().await;
        dr_b.sees("he waits", |it| it.participants.iter().any(|it| it.place == Place::Waiting))
            .await;
        dr_b.admits(&ivo).await;
        ivo.sees("he is in", |it| it.can.contains(&Can::JoinMedia)).await;
        clinic.connect_media(&mut [&mut ivo]).await;
        ana.sees("an interpreter, by role", |it| {
            it.participants.iter().any(|it| it.role == Role::Interpreter)
        })
        .await;
        let (seat, second_link) = (ivo.seat(), clinic.link(visit, guest.participant_id).await);

        let began = Instant::now();
        dr_b.revokes(guest.participant_id).await;
        assert_eq!(ivo.socket.is_closed().await, CloseReason::Revoked.code());
        assert!(began.elapsed() < Duration::from_secs(1), "took {:?}", began.elapsed());
        assert_eq!(ivo.socket.bye(), Some(CloseReason::Revoked));
        assert!(clinic.media.commands().contains(&Command::Leave(seat)), "his media ended");

        ana.sees("he is gone", |it| it.participants.iter().all(|it| it.role != Role::Interpreter))
            .await;
        let refused = ivo.who.calls(ReadVisit { appointment_id: visit.id }).await;
        told(refused, FaultCode::SessionEnded);
        for link in [&guest.link, &second_link] {
            let refused = clinic.stranger().opens_link(&link.join_token).await;
            told(refused, FaultCode::JoinTokenInvalid);
        }
        let closed = crate::support::Socket::open(&ivo.who, Codec::Json, None, vec![]).await.err();
        assert_eq!(closed, Some(CloseReason::SignedOut.code()), "no new socket either");
        in_time("the end", dr_b.ends()).await;
    });
}

#[test]
fn who_may_invite_whom() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let by_ana = ana.invites(Role::Caregiver, "Cara Invented").await.expect("she may");
        assert_eq!(by_ana.link.role, Role::Caregiver);
        let refused = dr_b.invites(Role::Patient, "Second Patient").await.expect_err("no guest");
        assert_eq!(
            (refused.code, refused.field.as_deref()),
            (FaultCode::InvalidValue, Some("role"))
        );
        let refused = dr_b.invites(Role::Colleague, " ").await.expect_err("no name");
        assert_eq!(refused.field.as_deref(), Some("display_name"));
        let cara = clinic.stranger().opens_link(&by_ana.link.join_token).await.unwrap();
        let mut cara = cara.comes_to(visit.id, Codec::Json).await;
        told(cara.invites(Role::Colleague, "Nobody").await, FaultCode::Forbidden);
        let revoke = bedside::protocol::visit::RevokeGuest {
            appointment_id: visit.id,
            participant_id: visit.patient,
        };
        told(dr_b.socket.calls(revoke).await, FaultCode::NotAllowedNow);
        for n in 0..5 {
            dr_b.invites(Role::Colleague, &format!("Colleague {n}")).await.expect("there is room");
        }
        told(dr_b.invites(Role::Colleague, "One too many").await, FaultCode::VisitFull);
    });
}

#[test]
fn a_patient_withdraws_only_their_own_invitations() {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let revoke = |guest: &InvitedGuest| RevokeGuest {
            appointment_id: visit.id,
            participant_id: guest.participant_id,
        };
        let by_dr_b = dr_b.invites(Role::Interpreter, "Ivo Invented").await.expect("invited");
        told(ana.socket.calls(revoke(&by_dr_b)).await, FaultCode::Forbidden);
        clinic.stranger().opens_link(&by_dr_b.link.join_token).await.expect("still good");
        let by_ana = ana.invites(Role::Caregiver, "Cara Invented").await.expect("she may");
        ana.calls(revoke(&by_ana)).await.expect("her own");
        let by_ana = ana.invites(Role::Caregiver, "Cari Invented").await.expect("she may");
        dr_b.calls(revoke(&by_ana)).await.expect("the host may");
    });
}

#[test]
fn a_guest_sees_the_others_only_after_admission() {
    tell(Kind::Memory, async |clinic| {
        let (visit, ana, mut dr_b) = clinic.in_call().await;
        let guest = dr_b.invites(Role::Colleague, "Dr. Co Invented").await.expect("invited");
        let co = clinic.stranger().opens_link(&guest.link.join_token).await.expect("a session");
        let appointment =
            bedside::protocol::appointment::ReadAppointment { appointment_id: visit.id };
        told(co.calls(appointment).await, FaultCode::Forbidden);
        let mut co = co.comes_to(visit.id, Codec::Json).await;
        co.enters().await;
        assert_eq!(co.view().participants.len(), 1, "herself");
        dr_b.admits(&co).await;
        co.sees("all three", |it| it.participants.len() == 3).await;
        co.who.calls(appointment).await.expect("now she may know whose visit it is");
        dr_b.holds(&co).await;
        co.sees("herself only", |it| it.participants.len() == 1).await;
        drop(ana);
    });
}
