//! Join links: for one participant of one visit, used once, and only while the visit is open.

use crate::support::http::Request;
use crate::support::people::told;
use crate::support::{Booked, Kind, tell};
use bedside::command::limits::CREDENTIAL;
use bedside::protocol::appointment::CancelAppointment;
use bedside::protocol::auth::CreateJoinToken;
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::ids::AppointmentId;
use bedside::protocol::person::Role;
use futures::future::join_all;
use rstest::rstest;
use serde_json::json;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[test]
fn a_link_is_refused_by_what_the_asker_may_know() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let (eve, dr_x) = (clinic.patient("Eve Invented").await, clinic.clinician("Dr. Xu").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let ask = |participant_id| CreateJoinToken { appointment_id: visit.id, participant_id };

        told(clinic.stranger().calls(ask(None)).await, FaultCode::Unauthenticated);
        // 404: who is no part of the visit does not learn that it exists.
        told(eve.calls(ask(None)).await, FaultCode::NotFound);
        told(dr_x.calls(ask(Some(visit.patient))).await, FaultCode::NotFound);
        let nowhere = AppointmentId(Uuid::now_v7());
        let unknown = CreateJoinToken { appointment_id: nowhere, participant_id: None };
        told(eve.calls(unknown).await, FaultCode::NotFound);
        // 403: a patient does not make links for the clinician.
        told(ana.calls(ask(Some(visit.clinician))).await, FaultCode::Forbidden);
        let own = ana.calls(ask(None)).await.expect("for herself");
        assert_eq!((own.participant_id, own.role), (visit.patient, Role::Patient));
        dr_b.calls(ask(Some(visit.patient))).await.expect("the clinician may");
        clinic.admin.calls(ask(Some(visit.patient))).await.expect("so may an administrator");
        // 403: whoever has the clinician's link is the host, so nobody makes one for somebody else.
        told(clinic.admin.calls(ask(Some(visit.clinician))).await, FaultCode::Forbidden);
        let theirs = dr_b.calls(ask(Some(visit.clinician))).await.expect("for themselves");
        assert_eq!(theirs.role, Role::Clinician);
        // 410: closed.
        let cancel = CancelAppointment { appointment_id: visit.id };
        dr_b.calls(cancel).await.expect("cancelled");
        told(ana.calls(ask(None)).await, FaultCode::VisitClosed);
        told(clinic.admin.calls(ask(Some(visit.patient))).await, FaultCode::VisitClosed);
        told(clinic.stranger().opens_link(&own.join_token).await, FaultCode::VisitClosed);
        eve.tries_to_read(visit.id).await.is_told(FaultCode::NotFound);
        clinic.stranger().tries_to_read(visit.id).await.is_told(FaultCode::Unauthenticated);
    });
}

#[test]
fn the_long_path_makes_the_same_session() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await;
        let body = json!({"join_token": link.join_token});
        let made = Request::new("POST", "/v1/signaling/session").json(&body).send(clinic.hub).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.json()["room_id"], visit.id.to_string());
        let cookie = made.header("set-cookie").expect("a cookie");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/v1/auth"] {
            assert!(cookie.contains(part), "{part} is missing");
        }
        assert!(made.json().get("refresh_token").is_none(), "never in a body");
        assert_eq!(made.header("cache-control"), Some("no-store"));
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn of_twenty_who_use_one_link_one_gets_in(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await;
        let stranger = clinic.stranger();
        let all = join_all((0..20).map(|_| stranger.opens_link(&link.join_token))).await;
        let (good, bad): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        assert_eq!(good.len(), 1, "exactly one");
        for refused in bad {
            told(refused, FaultCode::JoinTokenUsed);
        }
        told(stranger.opens_link(&link.join_token).await, FaultCode::JoinTokenUsed);
        told(stranger.opens_link(&"no such token".into()).await, FaultCode::JoinTokenInvalid);
        told(stranger.opens_link(&"x".repeat(5_000).into()).await, FaultCode::JoinTokenInvalid);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_lost_answer_is_asked_for_again_with_the_same_key(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await.join_token;
        let stranger = clinic.stranger();
        let first = stranger.opens_link_with(&link, Some("k-1")).await.expect("a session");
        let again = stranger.opens_link_with(&link, Some("k-1")).await.expect("the same session");
        assert_eq!(first.session_id, again.session_id);
        told(stranger.opens_link_with(&link, Some("k-2")).await, FaultCode::JoinTokenUsed);
        told(stranger.opens_link_with(&link, None).await, FaultCode::JoinTokenUsed);
        // Ten minutes later the key repeats nothing any more.
        clinic.clock.advance(Duration::from_secs(11 * 60));
        told(stranger.opens_link_with(&link, Some("k-1")).await, FaultCode::JoinTokenUsed);
    });
}

#[test]
fn a_link_ends_some_time_after_the_appointment() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let link = clinic.link(visit, visit.patient).await;
        let left = link.expires_at.since(bedside::clock::Clock::now(&clinic.clock));
        clinic.clock.advance(left + Duration::from_secs(1));
        let refused = clinic.stranger().opens_link(&link.join_token).await;
        told(refused, FaultCode::JoinTokenExpired);
    });
}

#[test]
fn a_session_from_a_link_knows_one_visit_only() {
    tell(Kind::Memory, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let now = bedside::clock::Clock::now(&clinic.clock);
        let visit = clinic.books(&ana, &dr_b).await;
        let later = now.plus(crate::support::SLOT);
        let other = clinic.books_at(&ana, &dr_b, later).await;
        let link = clinic.link(visit, visit.patient).await;
        let ana = clinic.stranger().opens_link(&link.join_token).await.expect("a session");
        ana.tries_to_read(visit.id).await.0.expect("hers");
        // The same person is the patient of the other visit too; this session does not know it.
        ana.tries_to_read(other.id).await.is_told(FaultCode::NotFound);
        let mut socket = ana.connects(Codec::Json).await;
        let topic = bedside::protocol::topic::Topic::Visit(other.id);
        told(socket.follows(topic).await, FaultCode::NotFound);
        let own = ana.person_id.expect("an account stands behind it");
        let agenda = bedside::protocol::topic::Topic::Agenda(own);
        told(socket.follows(agenda).await, FaultCode::NotFound);
        let list = bedside::protocol::appointment::ListAppointments {
            person_id: None,
            from: None,
            until: None,
        };
        told(ana.calls(list).await, FaultCode::Forbidden);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn who_asks_for_links_without_end_is_told_to_wait(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, dr_b) = (clinic.patient("Ana Fictional").await, clinic.clinician("Dr. Bo").await);
        let visit = clinic.books(&ana, &dr_b).await;
        let params = json!({"appointment_id": visit.id, "participant_id": visit.patient});
        let (began, mut made) = (Instant::now(), 0_u64);
        let refused = loop {
            let answer = dr_b.asks("video.create_join_token", &params).await;
            if answer.status != 201 {
                break answer;
            }
            made += 1;
            let most = u64::from(CREDENTIAL.burst) + 2 * (began.elapsed().as_secs() + 1);
            assert!(made <= most, "{made} links");
        };
        assert!(made >= u64::from(CREDENTIAL.burst), "a clinic in the morning: {made}");
        assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_requests"));
        let wait: u32 = refused.header("retry-after").expect("when").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(refused.json().get("join_token").is_none());
        // By socket it is the same bucket, and other people have their own.
        let mut socket = dr_b.connects(Codec::Json).await;
        // Half a second brings one more; a burst of three does not come of it.
        let mut told_to_wait = 0;
        for _ in 0..3 {
            let answer = socket.calls(link_of(&visit)).await;
            told_to_wait +=
                u32::from(answer.is_err_and(|it| it.code == FaultCode::TooManyRequests));
        }
        assert!(told_to_wait >= 1);
        clinic.admin.calls(link_of(&visit)).await.expect("an administrator");
        ana.calls(link_of(&visit)).await.expect("the patient, for herself");
    });
}

fn link_of(visit: &Booked) -> CreateJoinToken {
    CreateJoinToken { appointment_id: visit.id, participant_id: Some(visit.patient) }
}
