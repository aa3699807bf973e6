//! Who belongs into a conversation by the visit.

use super::*;

fn part(number: u128, has_account: bool) -> Part {
    Part {
        participant_id: ParticipantId(Uuid::from_u128(100 + number)),
        person_id: has_account.then(|| person(number)),
        role: if has_account { Role::Patient } else { Role::Caregiver },
        display_name: "Fictional".into(),
        may_come: true,
    }
}

/// Before admission the patient learns of nobody but the clinician, from the conversation neither.
#[test]
fn a_guest_comes_when_the_patient_has_been_admitted() {
    let mut it = conversation();
    it.members = vec![part(1, true).member(NOW)];
    let waiting = [part(1, true), Part { may_come: false, ..part(6, false) }];
    assert_eq!(follow(&it, &waiting, NOW), vec![]);
    let admitted = [part(1, true), part(6, false)];
    follow(&it, &admitted, NOW).iter().for_each(|line| it.apply(line));
    assert_eq!(it.members.len(), 2);
    assert_eq!(follow(&it, &waiting, NOW), vec![], "sent back, the patient knows them");
}

#[test]
fn members_follow_the_visit() {
    let mut it = conversation();
    it.members = vec![part(1, true).member(NOW)];
    let with_guest = [part(1, true), part(6, false)];
    for _ in 0..2 {
        let lines = follow(&it, &with_guest, NOW);
        lines.iter().for_each(|line| it.apply(line));
        let guest = Who::Participant(with_guest[1].participant_id);
        assert!(it.part_of(guest).is_ok());
        assert_eq!(follow(&it, &with_guest, NOW), vec![], "nothing is said twice");
        let lines = follow(&it, &with_guest[..1], NOW);
        assert_eq!(lines.len(), 1);
        lines.iter().for_each(|line| it.apply(line));
        assert_eq!(it.part_of(guest), Err(Refusal::NoSuchConversation));
    }
    assert_eq!(it.members.len(), 2, "who comes back is the same member");
}

#[test]
fn a_guest_has_a_part_while_admitted() {
    let visit_member =
        |number: u128, has_account: bool, is_admitted, is_revoked| crate::domain::visit::Member {
            participant_id: ParticipantId(Uuid::from_u128(number)),
            person_id: has_account.then(|| person(number)),
            role: Role::Caregiver,
            display_name: "Fictional".into(),
            is_admitted,
            is_present: false,
            waiting_since: None,
            is_revoked,
            device_check: None,
            invited_by: None,
        };
    let visit = Visit {
        facts: crate::domain::visit::Facts {
            appointment_id: AppointmentId(Uuid::from_u128(1)),
            organisation_id: OrganisationId::FIRST,
            clinician_id: person(2),
            patient_id: person(1),
            starts_at: NOW,
            ends_at: NOW,
            time_zone: "UTC".to_owned(),
            patient_may_invite: false,
            booking: crate::domain::visit::Booking::default(),
        },
        closed: None,
        is_in_call: false,
        call_started_at: None,
        members: [
            visit_member(1, true, false, false),
            visit_member(3, false, false, false),
            visit_member(4, false, true, false),
            visit_member(5, false, true, true),
        ]
        .into_iter()
        .map(|it| (it.participant_id, it))
        .collect(),
        revision: 0,
    };
    let all = parts(&visit);
    let ids: Vec<_> = all.iter().map(|it| (it.participant_id.0.as_u128(), it.may_come)).collect();
    assert_eq!(ids, [(1, true), (4, false)], "no patient was admitted");
    assert!(parts::connects(&visit, person(1), person(2)));
    assert!(!parts::connects(&visit, person(1), person(3)));
    let cancelled = Visit { closed: Some(crate::domain::visit::Closed::Cancelled), ..visit };
    assert!(!parts::connects(&cancelled, person(1), person(2)));
}
