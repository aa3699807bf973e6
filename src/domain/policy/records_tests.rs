//! The rule, as tables of people, and what holds of all of them.

use super::*;
use crate::protocol::sharing::HelperSharing;
use FieldClass::{Complaint, Contact, Identity, Insurance, Messages, Visits};
use proptest::prelude::*;
use rstest::rstest;

fn clinician(relation: Relation) -> Asker {
    Asker::Clinician { relation, profession: Profession::Specialist, is_licensed: true }
}

fn all_with(audience: Audience) -> Sharing {
    Sharing {
        identity: audience,
        contact: audience,
        insurance: audience,
        complaint: audience,
        visits: audience,
        messages: audience,
        helpers: HelperSharing { complaint: false, messages: false },
    }
}

fn facts(asker: Asker, sharing: Sharing) -> Facts {
    Facts { asker, sharing, consents_to_sharing: false, has_grant: false }
}

fn seen(facts: &Facts) -> Vec<FieldClass> {
    FieldClass::ALL.into_iter().filter(|it| facts.may_see(*it)).collect()
}

#[rstest]
#[case("the patient", Asker::Owner, &FieldClass::ALL)]
#[case("who treats", clinician(Relation::Treating), &FieldClass::ALL)]
#[case("who was called in", clinician(Relation::CareTeam), &[Identity, Contact, Complaint, Messages])]
#[case("any clinician", clinician(Relation::None), &[])]
#[case("a helper", Asker::Helper, &[Messages])]
#[case("an administrator", Asker::Nobody, &[])]
fn of_somebody_who_never_said(
    #[case] who: &str,
    #[case] asker: Asker,
    #[case] expected: &[FieldClass],
) {
    assert_eq!(seen(&facts(asker, Sharing::default())), expected, "{who}");
}

#[rstest]
#[case(Relation::Treating, Audience::Treating, true)]
#[case(Relation::CareTeam, Audience::Treating, false)]
#[case(Relation::CareTeam, Audience::CareTeam, true)]
#[case(Relation::None, Audience::CareTeam, false)]
#[case(Relation::None, Audience::Clinicians, false)]
fn the_patient_says_who(
    #[case] relation: Relation,
    #[case] audience: Audience,
    #[case] sees: bool,
) {
    let facts = facts(clinician(relation), all_with(audience));
    for class in FieldClass::ALL {
        assert_eq!(facts.may_see(class), sees, "{class:?}");
    }
}

#[test]
fn every_clinician_sees_what_is_shared_with_all_only_while_the_consent_is_given() {
    let without = facts(clinician(Relation::None), all_with(Audience::Clinicians));
    assert_eq!(without.decide(&FieldClass::ALL), Decision::Deny(FaultCode::NotFound));
    let with = Facts { consents_to_sharing: true, ..without };
    assert_eq!(with.decide(&FieldClass::ALL), Decision::Allow);
    assert_eq!(with.basis(Contact), Some(Basis::Shared));
}

#[test]
fn a_nurse_who_was_called_in_sees_what_care_takes() {
    let nurse = Asker::Clinician {
        relation: Relation::CareTeam,
        profession: Profession::Nurse,
        is_licensed: true,
    };
    let facts = facts(nurse, all_with(Audience::CareTeam));
    assert_eq!(seen(&facts), [Identity, Contact, Complaint, Messages]);
    assert_eq!(facts.must_see(Insurance), Err(FaultCode::Forbidden));
}

#[test]
fn without_a_licence_where_the_patient_lives_nothing_clinical_is_seen_by_who_does_not_treat() {
    let away = |relation| Asker::Clinician {
        relation,
        profession: Profession::Specialist,
        is_licensed: false,
    };
    let called = facts(away(Relation::CareTeam), all_with(Audience::CareTeam));
    assert_eq!(seen(&called), [Identity, Contact, Insurance]);
    assert_eq!(
        called.decide(&[Contact, Complaint]),
        Decision::AllowFields(vec![Contact]),
        "per field"
    );
    let treats = facts(away(Relation::Treating), all_with(Audience::Treating));
    assert_eq!(treats.decide(&FieldClass::ALL), Decision::Allow, "booking asked for the licence");
}

#[test]
fn an_emergency_opens_the_record_and_is_named_only_where_nothing_else_would() {
    let opened =
        Facts { has_grant: true, ..facts(clinician(Relation::CareTeam), Sharing::default()) };
    assert_eq!(opened.decide(&FieldClass::ALL), Decision::Allow);
    assert_eq!(opened.basis(Contact), Some(Basis::CareTeam));
    assert_eq!(opened.basis(Visits), Some(Basis::Emergency));
    for asker in [Asker::Nobody, Asker::Helper] {
        let other = Facts { asker, ..opened };
        assert!(!other.may_see(Visits), "it is for clinicians");
    }
}

#[test]
fn who_was_called_into_one_conversation_reads_no_other() {
    let called = facts(clinician(Relation::CareTeam), Sharing::default());
    assert!(called.may_see(Messages), "the one that they are in");
    assert_eq!(called.must_see_all_messages(), Err(FaultCode::Forbidden));
    let stranger = facts(clinician(Relation::None), Sharing::default());
    assert_eq!(stranger.must_see_all_messages(), Err(FaultCode::NotFound));
    let treats = facts(clinician(Relation::Treating), Sharing::default());
    assert_eq!(treats.must_see_all_messages(), Ok(()));
    let opened = Facts { has_grant: true, ..called };
    assert_eq!(opened.outside().basis(Messages), Some(Basis::Emergency));
}

#[rstest]
#[case(&[], Profession::Specialist)]
#[case(&["nursing"], Profession::Nurse)]
#[case(&["Nursing", " nursing "], Profession::Nurse)]
#[case(&["nursing", "dermatology"], Profession::Specialist)]
fn who_only_nurses_is_a_nurse(#[case] specialties: &[&str], #[case] expected: Profession) {
    let specialties: Vec<_> = specialties.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(profession(&specialties), expected);
}

#[test]
fn treating_ends_a_year_after_the_last_appointment() {
    let ends = UnixMillis(1_800_000_000_000);
    let last = ends.plus(TREATS_FOR).minus(Duration::from_millis(1));
    let nothing = Between::default();
    let agreed = Between { last_visit_ends: Some(ends), ..nothing };
    assert_eq!(relation(agreed, ends.minus(TREATS_FOR)), Relation::Treating, "to come");
    assert_eq!(relation(agreed, last), Relation::Treating);
    assert_eq!(relation(agreed, ends.plus(TREATS_FOR)), Relation::None);
    let member = Between { is_member: true, ..agreed };
    assert_eq!(relation(member, ends.plus(TREATS_FOR)), Relation::CareTeam);
    assert_eq!(relation(nothing, ends), Relation::None);
    let arranged = Between { last_arranged_ends: Some(ends), ..nothing };
    assert_eq!(relation(arranged, last), Relation::CareTeam, "made by the clinician alone");
    assert_eq!(relation(arranged, ends.plus(TREATS_FOR)), Relation::None);
    let both = Between { last_visit_ends: Some(ends), ..arranged };
    assert_eq!(relation(both, last), Relation::Treating);
}

fn an_audience() -> impl Strategy<Value = Audience> {
    prop_oneof![Just(Audience::Treating), Just(Audience::CareTeam), Just(Audience::Clinicians)]
}

fn a_sharing() -> impl Strategy<Value = Sharing> {
    let audiences = proptest::array::uniform6(an_audience());
    (audiences, any::<bool>(), any::<bool>()).prop_map(|(all, complaint, messages)| {
        let [identity, contact, insurance, about, visits, written] = all;
        Sharing {
            identity,
            contact,
            insurance,
            complaint: about,
            visits,
            messages: written,
            helpers: HelperSharing { complaint, messages },
        }
    })
}

fn an_asker() -> impl Strategy<Value = Asker> {
    let relation =
        prop_oneof![Just(Relation::None), Just(Relation::CareTeam), Just(Relation::Treating)];
    let profession = prop_oneof![Just(Profession::Nurse), Just(Profession::Specialist)];
    let a_clinician =
        (relation, profession, any::<bool>()).prop_map(|(relation, profession, is_licensed)| {
            Asker::Clinician { relation, profession, is_licensed }
        });
    prop_oneof![
        1 => Just(Asker::Owner),
        1 => Just(Asker::Helper),
        1 => Just(Asker::Nobody),
        4 => a_clinician,
    ]
}

fn some_facts() -> impl Strategy<Value = Facts> {
    (an_asker(), a_sharing(), any::<bool>(), any::<bool>()).prop_map(
        |(asker, sharing, consents_to_sharing, has_grant)| Facts {
            asker,
            sharing,
            consents_to_sharing,
            has_grant,
        },
    )
}

proptest! {
    #[test]
    fn nobody_sees_anything_by_default(facts in some_facts()) {
        let stranger = match facts.asker {
            Asker::Clinician { relation, .. } => relation == Relation::None,
            it => it == Asker::Nobody,
        };
        if stranger && !facts.has_grant && !facts.consents_to_sharing {
            prop_assert_eq!(
                facts.decide(&FieldClass::ALL),
                Decision::Deny(FaultCode::NotFound)
            );
        }
        let nobody = Facts { asker: Asker::Nobody, ..facts };
        prop_assert!(seen(&nobody).is_empty());
    }

    #[test]
    fn a_grant_takes_nothing_away(facts in some_facts()) {
        let without = Facts { has_grant: false, ..facts };
        let with = Facts { has_grant: true, ..facts };
        for class in FieldClass::ALL {
            prop_assert!(with.may_see(class) || !without.may_see(class));
            if without.may_see(class) {
                prop_assert_eq!(with.basis(class), without.basis(class));
            }
        }
    }

    #[test]
    fn a_closer_relation_takes_nothing_away(facts in some_facts()) {
        if let Asker::Clinician { profession, is_licensed, .. } = facts.asker {
            let as_one = |relation| Facts {
                asker: Asker::Clinician { relation, profession, is_licensed },
                ..facts
            };
            for (further, closer) in [
                (Relation::None, Relation::CareTeam),
                (Relation::CareTeam, Relation::Treating),
            ] {
                for class in FieldClass::ALL {
                    prop_assert!(as_one(closer).may_see(class) || !as_one(further).may_see(class));
                }
            }
        }
    }

    #[test]
    fn sharing_with_those_who_treat_only_is_kept_to(facts in some_facts()) {
        let closed = Facts { sharing: all_with(Audience::Treating), has_grant: false, ..facts };
        let may = match closed.asker {
            Asker::Owner => true,
            Asker::Clinician { relation, .. } => relation == Relation::Treating,
            Asker::Helper | Asker::Nobody => false,
        };
        for class in FieldClass::ALL {
            prop_assert_eq!(closed.may_see(class), may);
        }
    }

    #[test]
    fn what_is_decided_is_what_may_be_seen(facts in some_facts(), bits in 1_u8..64) {
        let wanted: Vec<_> = FieldClass::ALL
            .into_iter()
            .enumerate()
            .filter_map(|(n, it)| (bits >> n & 1 == 1).then_some(it))
            .collect();
        let shown: Vec<_> = wanted.iter().copied().filter(|it| facts.may_see(*it)).collect();
        match facts.decide(&wanted) {
            Decision::Allow => prop_assert_eq!(shown, wanted),
            Decision::AllowFields(some) => {
                prop_assert!(some.len() < wanted.len() && !some.is_empty());
                prop_assert_eq!(some, shown);
            }
            Decision::Deny(code) => {
                prop_assert!(shown.is_empty());
                let knows = !seen(&facts).is_empty();
                prop_assert_eq!(code == FaultCode::Forbidden, knows);
                prop_assert!(knows || code == FaultCode::NotFound);
            }
        }
    }
}
