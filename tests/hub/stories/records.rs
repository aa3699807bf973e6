//! What patients tell about themselves is sealed at rest, and shown to nobody when it is not what they saved.

use crate::support::people::told;
use crate::support::{Clinic, Kind, Someone, tell};
use bedside::protocol::fault::FaultCode;
use bedside::protocol::practice::{PatientProfile, ReadProfile, UpdateProfile};
use bedside::store::schedule::{Kept, PatientRecord};
use rstest::rstest;

fn profile(phone: &str) -> PatientProfile {
    PatientProfile {
        birth_date: Some("1990-02-28".into()),
        phone: Some(phone.into()),
        jurisdiction: Some("DE".to_owned()),
        emergency_contact: Some("Gus Guestly, +15555550101".into()),
        ..PatientProfile::default()
    }
}

async fn tells(who: &Someone, phone: &str, revision: u32) {
    let op = UpdateProfile { profile: profile(phone), revision };
    let kept = who.calls(op).await.expect("a profile");
    assert_eq!((kept.revision, kept.profile), (revision + 1, profile(phone)));
}

async fn kept(clinic: &Clinic, who: &Someone) -> PatientRecord {
    clinic.store.patient(who.person_id.unwrap()).await.unwrap().expect("a patient")
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn a_profile_is_sealed_and_read_by_whose_it_is(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        assert_eq!(ana.calls(ReadProfile {}).await.expect("nothing yet").revision, 0);
        tells(&ana, "+15555550100", 0).await;
        let row = kept(clinic, &ana).await;
        for field in [&row.birth_date, &row.gender, &row.phone, &row.insurer] {
            assert!(
                matches!(field, Some(Kept::Sealed(_))),
                "sealed, whether it says something or not"
            );
        }
        assert_eq!(row.jurisdiction.as_deref(), Some("DE"));
        clinic.restarts().await;
        let ana = clinic.signs_in_again(&ana).await;
        let read = ana.calls(ReadProfile {}).await.expect("a profile");
        assert_eq!((read.revision, read.profile), (1, profile("+15555550100")));
    });
}

#[test]
fn what_is_not_what_was_saved_is_shown_to_nobody_and_reported() {
    tell(Kind::Memory, async |clinic| {
        let (ana, otto) =
            (clinic.patient("Ana Fictional").await, clinic.patient("Otto Fictional").await);
        tells(&ana, "+15555550100", 0).await;
        tells(&otto, "+15555550199", 0).await;
        let of_otto = kept(clinic, &otto).await;
        let swapped =
            PatientRecord { phone: of_otto.phone, revision: 2, ..kept(clinic, &ana).await };
        clinic.store.save_patient(swapped, None).await.expect("somebody wrote into the table");
        let answer = ana.asks("profile.read", &serde_json::json!({})).await;
        told(ana.calls(ReadProfile {}).await, FaultCode::Internal);
        assert!(
            !answer.text().contains("5555") && !answer.text().contains("1990"),
            "{}",
            answer.text()
        );
        let metrics = clinic.metrics().await;
        assert!(metrics.contains("bedside_records_damaged_total{table=\"patient_profiles\"}"));
        assert!(otto.calls(ReadProfile {}).await.is_ok(), "nobody else is held up");
        // Whoever knows the revision can say it anew.
        tells(&ana, "+15555550100", 2).await;
        assert!(ana.calls(ReadProfile {}).await.is_ok());
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_a_program_of_before_saves_is_read_and_sealed_by_the_next_change(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let id = ana.person_id.unwrap();
        let saves = async |clinic: &Clinic, revision| {
            let plain = PatientRecord {
                phone: Some("+15555550100".into()),
                revision,
                ..PatientRecord::without_profile(id)
            };
            clinic.store.save_patient(plain, None).await.unwrap();
        };
        saves(clinic, 1).await;
        clinic.restarts().await;
        let ana = clinic.signs_in_again(&ana).await;
        let read = ana.calls(ReadProfile {}).await.expect("it is read as it was");
        assert_eq!(read.profile.phone, Some("+15555550100".into()));
        assert!(!kept(clinic, &ana).await.is_sealed(), "a start seals nothing");
        tells(&ana, "+15555550111", 1).await;
        assert!(kept(clinic, &ana).await.is_all_sealed());
        // It still serves beside this one.
        saves(clinic, 3).await;
        let read = ana.calls(ReadProfile {}).await.expect("nothing is lost");
        assert_eq!((read.revision, read.profile.phone), (3, Some("+15555550100".into())));
        tells(&ana, "+15555550122", 3).await;
        assert!(kept(clinic, &ana).await.is_all_sealed());
    });
}

#[test]
fn nobody_goes_on_from_a_row_that_was_put_back() {
    tell(Kind::Memory, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        tells(&ana, "+15555550100", 0).await;
        clinic.memory().puts_back(ana.person_id.unwrap(), 2);
        let op = UpdateProfile { profile: profile("+15555550111"), revision: 1 };
        told(ana.calls(op).await, FaultCode::Internal);
    });
}
