//! The life of a visit, by tables and by any sequence of operations.

use super::live::Live;
use super::rules::NewGuest;
use super::view::{Viewer, of};
use super::*;
use crate::domain::policy::Who;
use crate::protocol::visit::{AttendanceKind as Kind, Can, DeviceVerdict};
use proptest::prelude::*;
use uuid::Uuid;

pub(crate) const ANA: ParticipantId = ParticipantId(Uuid::from_u128(1));
pub(crate) const DR_B: ParticipantId = ParticipantId(Uuid::from_u128(2));
const IVO: ParticipantId = ParticipantId(Uuid::from_u128(3));
const ANA_PERSON: PersonId = PersonId(Uuid::from_u128(11));
const DR_B_PERSON: PersonId = PersonId(Uuid::from_u128(12));

fn at(minutes: i64) -> UnixMillis {
    UnixMillis(minutes * 60_000)
}

fn member(id: ParticipantId, person: Option<PersonId>, role: Role) -> Member {
    Member {
        participant_id: id,
        person_id: person,
        role,
        display_name: "Somebody Fictional".into(),
        is_admitted: role == Role::Clinician,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    }
}

/// An appointment from minute 300 to 315.
fn visit() -> Visit {
    let members = [
        member(ANA, Some(ANA_PERSON), Role::Patient),
        member(DR_B, Some(DR_B_PERSON), Role::Clinician),
    ];
    Visit {
        facts: Facts {
            appointment_id: AppointmentId(Uuid::from_u128(5)),
            organisation_id: OrganisationId::FIRST,
            clinician_id: DR_B_PERSON,
            patient_id: ANA_PERSON,
            starts_at: at(300),
            ends_at: at(315),
            time_zone: "Europe/Berlin".into(),
            patient_may_invite: false,
            booking: crate::domain::visit::Booking::default(),
        },
        closed: None,
        is_in_call: false,
        call_started_at: None,
        members: members.into_iter().map(|it| (it.participant_id, it)).collect(),
        revision: 0,
    }
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Enter(ParticipantId),
    Leave(ParticipantId),
    Lose(ParticipantId),
    Admit(ParticipantId, ParticipantId),
    Hold(ParticipantId, ParticipantId),
    Invite(ParticipantId),
    Revoke(ParticipantId, ParticipantId),
    StartCall,
    RunOut,
    End(ParticipantId),
    NoShow(ParticipantId),
    Cancel,
}

fn decide(visit: &Visit, op: Op, now: UnixMillis) -> rules::Decided {
    match op {
        Op::Enter(who) => visit.enter(who, now),
        Op::Leave(who) => visit.leave(who, now),
        Op::Lose(who) => visit.lose(who, now),
        Op::Admit(by, whom) => visit.admit(by, whom, now),
        Op::Hold(by, whom) => visit.hold(by, whom, now),
        Op::Invite(by) => visit.invite(
            by,
            NewGuest {
                participant_id: IVO,
                role: Role::Interpreter,
                display_name: "Ivo Interpreter".into(),
            },
            now,
        ),
        Op::Revoke(by, whom) => visit.revoke(by, whom, now),
        Op::StartCall => visit.start_call(now),
        Op::RunOut => visit.run_out(now),
        Op::End(by) => visit.end(by, now),
        Op::NoShow(by) => visit.mark_no_show(by, now),
        Op::Cancel => visit.cancel(By::Admin, now),
    }
}

/// Does them one after another; all must be accepted.
fn after(ops: &[Op]) -> Visit {
    let mut visit = visit();
    for op in ops {
        for event in decide(&visit, *op, at(301)).unwrap_or_else(|why| panic!("{op:?}: {why}")) {
            visit.apply(&event);
        }
    }
    visit
}

use Op::*;

#[test]
fn a_visit_runs_its_course() {
    let steps: &[(Op, Stage)] = &[
        (Enter(ANA), Stage::Waiting),
        (Enter(DR_B), Stage::Waiting),
        (Admit(DR_B, ANA), Stage::Admitted),
        (StartCall, Stage::InCall),
        (Hold(DR_B, ANA), Stage::Waiting),
        (Admit(DR_B, ANA), Stage::Admitted),
        (StartCall, Stage::InCall),
        (Leave(ANA), Stage::Admitted),
        (Enter(ANA), Stage::Admitted),
        (StartCall, Stage::InCall),
        (Lose(DR_B), Stage::Admitted),
        (Enter(DR_B), Stage::Admitted),
        (StartCall, Stage::InCall),
        (End(DR_B), Stage::Ended),
    ];
    let mut visit = visit();
    for (number, (op, stage)) in steps.iter().enumerate() {
        for event in decide(&visit, *op, at(301)).unwrap() {
            visit.apply(&event);
        }
        assert_eq!(visit.stage(), *stage, "step {number}: {op:?}");
    }
    assert_eq!(visit.revision, 14);
}

#[rstest::rstest]
#[case::the_patient_cannot_admit(&[Enter(ANA)], Admit(ANA, ANA), Refusal::NotHost)]
#[case::who_is_not_there_cannot_be_admitted(&[], Admit(DR_B, ANA), Refusal::NotThere)]
#[case::the_clinician_cannot_be_held(&[Enter(DR_B)], Hold(DR_B, DR_B), Refusal::NotAGuest)]
#[case::the_patient_cannot_be_revoked(&[], Revoke(DR_B, ANA), Refusal::NotAGuest)]
#[case::the_patient_cannot_invite(&[], Invite(ANA), Refusal::MayNotInvite)]
#[case::a_stranger_is_unknown(&[], Enter(IVO), Refusal::NoSuchMember)]
#[case::nobody_comes_back_to_an_ended_visit(
    &[Enter(ANA), End(DR_B)], Enter(ANA), Refusal::VisitClosed
)]
#[case::a_visit_nobody_came_to_is_not_ended(&[], End(DR_B), Refusal::NotThere)]
#[case::a_patient_who_waits_is_no_no_show(&[Enter(ANA)], NoShow(DR_B), Refusal::PatientIsThere)]
#[case::what_took_place_is_not_cancelled(
    &[Enter(ANA), Enter(DR_B), Admit(DR_B, ANA), StartCall], Cancel, Refusal::PatientIsThere
)]
#[case::a_revoked_guest_does_not_come_back(
    &[Invite(DR_B), Enter(IVO), Revoke(DR_B, IVO)], Enter(IVO), Refusal::NoSuchMember
)]
#[case::an_ended_visit_is_not_cancelled(&[Enter(ANA), End(DR_B)], Cancel, Refusal::VisitClosed)]
fn refusals(#[case] before: &[Op], #[case] op: Op, #[case] why: Refusal) {
    assert_eq!(decide(&after(before), op, at(301)), Err(why));
}

#[rstest::rstest]
#[case::too_early(at(179), Err(Refusal::NotOpenYet))]
#[case::two_hours_before(at(180), Ok(1))]
#[case::twelve_hours_after(at(315 + 12 * 60), Ok(1))]
#[case::too_late(UnixMillis(at(315 + 12 * 60).0 + 1), Err(Refusal::VisitClosed))]
fn the_door_is_open_around_the_appointment(
    #[case] now: UnixMillis,
    #[case] expected: Result<usize, Refusal>,
) {
    assert_eq!(visit().enter(ANA, now).map(|it| it.len()), expected);
}

#[rstest::rstest]
#[case::after_a_call(&[Enter(ANA), Enter(DR_B), Admit(DR_B, ANA), StartCall], Stage::Ended)]
#[case::after_a_wait(&[Enter(ANA)], Stage::Ended)]
#[case::of_a_clinician_alone(&[Enter(DR_B)], Stage::Scheduled)]
fn when_its_time_is_over_nobody_stays(#[case] before: &[Op], #[case] stage: Stage) {
    let mut visit = after(before);
    let last = visit.closes_at();
    assert_eq!(visit.run_out(last), Ok(vec![]), "the last moment still counts");
    let events = visit.run_out(UnixMillis(last.0 + 1)).unwrap();
    assert!(matches!(events[..], [What { kind: Kind::TimeOver, about: None, by: None, .. }]));
    events.iter().for_each(|it| visit.apply(it));
    assert_eq!(visit.stage(), stage);
    assert!(!visit.is_in_call && visit.members.values().all(|it| !it.is_present));
    assert_eq!(visit.run_out(at(100_000)), Ok(vec![]), "once");
}

#[test]
fn nobody_is_taken_out_of_a_visit_that_nobody_is_in() {
    for before in [&[][..], &[Enter(ANA), End(DR_B)], &[Enter(ANA), Leave(ANA)]] {
        assert_eq!(after(before).run_out(at(100_000)), Ok(vec![]), "{before:?}");
    }
}

#[test]
fn an_invitation_is_withdrawn_by_the_host_or_by_who_made_it() {
    let visit_of = |inviter| {
        let mut visit = visit();
        visit.facts.patient_may_invite = true;
        for event in decide(&visit, Invite(inviter), at(301)).unwrap() {
            visit.apply(&event);
        }
        visit
    };
    let by_host = visit_of(DR_B);
    assert_eq!(by_host.members[&IVO].invited_by, Some(DR_B));
    assert_eq!(by_host.revoke(ANA, IVO, at(301)), Err(Refusal::MayNotInvite));
    assert_eq!(by_host.revoke(DR_B, IVO, at(301)).map(|it| it.len()), Ok(1));
    let mut by_patient = visit_of(ANA);
    assert_eq!(by_patient.revoke(ANA, IVO, at(301)).map(|it| it.len()), Ok(1));
    assert_eq!(by_patient.revoke(DR_B, IVO, at(301)).map(|it| it.len()), Ok(1));
    by_patient.members.get_mut(&IVO).unwrap().invited_by = None;
    assert_eq!(by_patient.revoke(ANA, IVO, at(301)), Err(Refusal::MayNotInvite), "not recorded");
}

#[test]
fn a_no_show_needs_the_appointment_to_have_begun() {
    assert_eq!(visit().mark_no_show(DR_B, at(299)), Err(Refusal::HasNotBegun));
    assert_eq!(visit().mark_no_show(DR_B, at(300)).map(|it| it.len()), Ok(1));
}

#[test]
fn repeating_what_is_so_is_no_event() {
    let visit = after(&[Enter(ANA), Enter(DR_B), Admit(DR_B, ANA), StartCall]);
    for op in [Enter(ANA), Admit(DR_B, ANA), StartCall] {
        assert_eq!(decide(&visit, op, at(302)), Ok(vec![]), "{op:?}");
    }
    let ended = after(&[Enter(ANA), End(DR_B)]);
    assert_eq!(decide(&ended, End(DR_B), at(302)), Ok(vec![]));
}

#[test]
fn who_waits_sees_no_roster_and_no_media() {
    let mut live = Live::default();
    live.join_media(ANA, 1, crate::protocol::ids::SessionId(Uuid::nil()));
    let waiting = after(&[Enter(ANA), Enter(DR_B)]);
    let view = of(&waiting, &live, Viewer::Member(ANA), at(301));
    assert_eq!(view.participants.len(), 1);
    assert_eq!(view.media, None);
    assert_eq!(view.can, [Can::Leave]);
    let admitted = after(&[Enter(ANA), Enter(DR_B), Admit(DR_B, ANA)]);
    let view = of(&admitted, &live, Viewer::Member(ANA), at(301));
    assert_eq!(view.participants.len(), 2);
    assert!(view.media.is_some());
    assert_eq!(view.can, [Can::Leave, Can::JoinMedia]);
    let host = of(&waiting, &live, Viewer::Member(DR_B), at(301));
    assert_eq!(host.can, [Can::Leave, Can::JoinMedia, Can::Host, Can::Invite, Can::End]);
    assert!(of(&admitted, &live, Viewer::Admin, at(301)).participants.is_empty());
}

#[test]
fn parts_are_found_by_account_and_by_participant() {
    let visit = after(&[Invite(DR_B), Revoke(DR_B, IVO)]);
    let part = |who| visit.part_of(who).map(|it| it.participant_id);
    assert_eq!(part(Who::Person(ANA_PERSON)), Ok(ANA));
    assert_eq!(part(Who::Participant(DR_B)), Ok(DR_B));
    assert_eq!(part(Who::Participant(IVO)), Err(Refusal::InvitationWithdrawn));
    let stranger = Who::Person(PersonId(Uuid::from_u128(99)));
    assert_eq!(part(stranger), Err(Refusal::NoSuchVisit));
}

#[test]
fn a_device_check_is_kept_and_shown() {
    let mut visit = visit();
    let check = DeviceCheck {
        camera: DeviceVerdict::Denied,
        microphone: DeviceVerdict::Good,
        speaker: DeviceVerdict::Good,
        network: DeviceVerdict::Poor,
    };
    for event in visit.check_device(ANA, check, at(290)).unwrap() {
        visit.apply(&event);
    }
    assert_eq!(view::card(&visit).device_check, Some(check));
}

fn anybody() -> impl Strategy<Value = ParticipantId> {
    prop_oneof![Just(ANA), Just(DR_B), Just(IVO)]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => anybody().prop_map(Enter),
        2 => anybody().prop_map(Leave),
        1 => anybody().prop_map(Lose),
        4 => (anybody(), anybody()).prop_map(|(by, whom)| Admit(by, whom)),
        2 => (anybody(), anybody()).prop_map(|(by, whom)| Hold(by, whom)),
        2 => anybody().prop_map(Invite),
        1 => (anybody(), anybody()).prop_map(|(by, whom)| Revoke(by, whom)),
        3 => Just(StartCall),
        1 => Just(RunOut),
        1 => anybody().prop_map(End),
        1 => anybody().prop_map(NoShow),
        1 => Just(Cancel),
    ]
}

proptest! {
    /// RM-2, and that a closed visit stays closed, over any sequence of operations of anybody.
    #[test]
    fn never_admitted_before_admit(ops in prop::collection::vec((any_op(), 0i64..20), 1..60)) {
        let mut visit = visit();
        let mut admitted_by_host = std::collections::BTreeSet::from([DR_B]);
        let mut now = at(295);
        for (op, minutes) in ops {
            now = now.plus(std::time::Duration::from_secs(minutes.unsigned_abs() * 6));
            let was_closed = visit.closed;
            let before = visit.revision;
            let Ok(events) = decide(&visit, op, now) else { continue };
            for event in &events {
                if let (Kind::Admitted, Some(who)) = (event.kind, event.about) {
                    prop_assert_eq!(event.by, Some(DR_B));
                    admitted_by_host.insert(who);
                }
                if let (Kind::Held | Kind::Revoked | Kind::Invited, Some(who)) = (event.kind, event.about) {
                    admitted_by_host.remove(&who);
                }
                visit.apply(event);
            }
            prop_assert_eq!(visit.revision, before + u32::try_from(events.len()).unwrap());
            for it in visit.members.values() {
                if it.place() == Place::Inside {
                    prop_assert!(admitted_by_host.contains(&it.participant_id), "{:?}", op);
                }
                let viewer = Viewer::Member(it.participant_id);
                let view = of(&visit, &Live::default(), viewer, now);
                let sees_others = view.participants.len() > 1;
                prop_assert!(!sees_others || it.is_host() || it.place() == Place::Inside);
                let may = visit.may_join_media(it.participant_id, now).is_ok();
                prop_assert!(!may || it.place() == Place::Inside);
            }
            if was_closed.is_some() {
                prop_assert_eq!(visit.closed, was_closed);
            }
            if visit.is_in_call {
                prop_assert_eq!(visit.stage(), Stage::InCall);
            }
        }
    }
}
