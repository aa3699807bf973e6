//! Swapped, rolled back, cut off, lost: what somebody who writes into the tables can do, and is found out.

use super::*;
use crate::crypto::Vault;
use crate::protocol::ids::OrganisationId;
use crate::protocol::person::Role;
use crate::store::memory::{Failure, Memory, Point};
use crate::store::people::Standing;
use crate::store::schedule::Schedules as _;
use crate::store::subjects::Subjects as _;
use crate::store::{People as _, PersonRecord};
use uuid::Uuid;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

struct Clinic {
    store: Memory,
    vault: Vault,
}

impl Clinic {
    fn open() -> Self {
        Clinic { store: Memory::default(), vault: Vault::ephemeral().unwrap() }
    }

    fn records(&self) -> Records<'_> {
        Records::new(&self.store, &self.vault)
    }

    async fn patient(&self, n: u128) -> PersonId {
        let person_id = PersonId(Uuid::from_u128(n));
        let person = PersonRecord {
            person_id,
            organisation_id: OrganisationId::FIRST,
            display_name: "Pat Example".into(),
            email: format!("pat-{n}@clinic.example").into(),
            password_hash: "none".into(),
            role: Role::Patient,
            time_zone: "UTC".to_owned(),
            created_at: NOW,
            standing: Standing::default(),
        };
        self.store.create_person(person, None).await.unwrap();
        person_id
    }

    async fn tells(&self, person_id: PersonId, phone: &str, revision: u32) -> PatientRecord {
        let profile = PatientProfile {
            phone: Some(phone.into()),
            gender: Some(phone.into()),
            ..PatientProfile::default()
        };
        let opened = Opened { person_id, revision, profile };
        let record = self.records().seal(opened, NOW).await.unwrap();
        self.store.save_patient(record.clone(), None).await.unwrap();
        record
    }

    async fn read(&self, id: PersonId) -> Result<String, Unread> {
        let opened = self.records().profile(id).await?.unwrap();
        Ok(opened.profile.phone.unwrap_or_default().into_exposed())
    }

    /// Writes past every check, as somebody does who has the database.
    async fn tampers(&self, record: PatientRecord) {
        self.store.seal_patient(record).await.unwrap();
    }
}

#[tokio::test]
async fn ciphertexts_that_were_swapped_do_not_open() {
    let clinic = Clinic::open();
    let (ana, otto) = (clinic.patient(1).await, clinic.patient(2).await);
    let (of_ana, of_otto) = (clinic.tells(ana, "+1", 1).await, clinic.tells(otto, "+2", 1).await);
    assert_eq!(clinic.read(ana).await.unwrap(), "+1");
    let between_columns = PatientRecord {
        phone: of_ana.gender.clone(),
        gender: of_ana.phone.clone(),
        ..of_ana.clone()
    };
    let between_rows = PatientRecord { phone: of_otto.phone.clone(), ..of_ana.clone() };
    let whole_row = PatientRecord { person_id: ana, ..of_otto };
    let emptied = PatientRecord { phone: None, ..of_ana.clone() };
    let plain = PatientRecord { phone: Some(Kept::Plain("+3".into())), ..of_ana.clone() };
    let Some(Kept::Sealed(text)) = of_ana.phone.clone() else { panic!("it is sealed") };
    let cut = Kept::Sealed(text[..text.len() - 4].to_owned());
    let cut_off = PatientRecord { phone: Some(cut), ..of_ana.clone() };
    for (name, changed) in [
        ("between columns", between_columns),
        ("between rows", between_rows),
        ("a whole row", whole_row),
        ("taken out", emptied),
        ("written over", plain),
        ("cut off", cut_off),
    ] {
        clinic.tampers(changed).await;
        assert_eq!(clinic.read(ana).await, Err(Unread::Damaged), "{name}");
    }
    clinic.tampers(of_ana).await;
    assert_eq!(clinic.read(ana).await.unwrap(), "+1");
    assert_eq!(clinic.read(otto).await.unwrap(), "+2");
}

#[tokio::test]
async fn a_row_that_was_put_back_does_not_open() {
    let clinic = Clinic::open();
    let ana = clinic.patient(1).await;
    let first = clinic.tells(ana, "+1", 1).await;
    let second = clinic.tells(ana, "+2", 2).await;
    // The words of before under the number of now.
    clinic.tampers(PatientRecord { revision: 2, ..first.clone() }).await;
    assert_eq!(clinic.read(ana).await, Err(Unread::Damaged), "words");
    clinic.tampers(second).await;
    assert_eq!(clinic.read(ana).await.unwrap(), "+2");
    // The whole row of before: the number beside the key is a later one.
    let (_, subject) = clinic.store.patient_with_key(ana).await.unwrap().unwrap();
    let subject = subject.unwrap();
    assert_eq!(subject.sealed_revision, 2);
    let other = Memory::default();
    let back = Clinic { store: other, vault: Vault::ephemeral().unwrap() };
    let _same = back.patient(1).await;
    back.store.open_subject(ana, subject.key.clone().unwrap(), NOW).await.unwrap();
    back.store.save_patient(first.clone(), None).await.unwrap();
    back.store.puts_back(ana, 2);
    let vault = clinic.vault;
    let records = Records::new(&back.store, &vault);
    assert_eq!(records.profile(ana).await, Err(Unread::Damaged), "row");
    back.store.puts_back(ana, 1);
    assert!(Records::new(&back.store, &vault).profile(ana).await.is_ok());
}

#[tokio::test]
async fn without_its_key_a_profile_is_not_shown() {
    let clinic = Clinic::open();
    let ana = clinic.patient(1).await;
    clinic.tells(ana, "+1", 1).await;
    let elsewhere = Vault::ephemeral().unwrap();
    let records = Records::new(&clinic.store, &elsewhere);
    assert_eq!(records.profile(ana).await, Err(Unread::Damaged), "a lost key of the node");
    let otto = clinic.patient(2).await;
    let stranger = Clinic::open();
    let _there = stranger.patient(2).await;
    let sealed = stranger.tells(otto, "+2", 1).await;
    assert!(clinic.store.save_patient(sealed, None).await.is_err(), "nobody could read it");
}

#[tokio::test]
async fn what_was_written_before_is_sealed_in_steps_that_go_on_after_a_fault() {
    let clinic = Clinic::open();
    let mut ids = vec![];
    for n in 1..=250 {
        let id = clinic.patient(n).await;
        let plain = PatientRecord {
            phone: Some(Kept::Plain(format!("+{n}").into())),
            revision: 1,
            ..PatientRecord::without_profile(id)
        };
        clinic.store.save_patient(plain, None).await.unwrap();
        ids.push(id);
    }
    clinic.store.fail_next(Point::OpenSubject, Failure::Aborted);
    assert!(clinic.records().seal_what_is_open(NOW).await.is_err());
    for _ in 0..3 {
        clinic.store.fail_next(Point::SealPatient, Failure::AmbiguousSaved);
        assert!(clinic.records().seal_what_is_open(NOW).await.is_err());
    }
    let done = clinic.records().seal_what_is_open(NOW).await.unwrap();
    assert_eq!(done, 247, "three were saved although nobody was told");
    assert_eq!(clinic.records().seal_what_is_open(NOW).await, Ok(0));
    for (n, id) in (1..).zip(ids) {
        assert_eq!(clinic.read(id).await.unwrap(), format!("+{n}"));
        assert!(clinic.store.patient(id).await.unwrap().unwrap().is_sealed());
    }
}

#[tokio::test]
async fn what_a_program_of_before_writes_later_is_no_damage_and_is_sealed() {
    let clinic = Clinic::open();
    let ana = clinic.patient(1).await;
    let first = clinic.tells(ana, "+1", 1).await;
    let plain = PatientRecord {
        phone: Some(Kept::Plain("+2".into())),
        revision: 2,
        ..PatientRecord::without_profile(ana)
    };
    clinic.store.save_patient(plain, None).await.unwrap();
    assert_eq!(clinic.read(ana).await.unwrap(), "+2");
    assert_eq!(clinic.records().seal_what_is_open(NOW).await, Ok(1));
    assert_eq!(clinic.read(ana).await.unwrap(), "+2");
    let sealed = clinic.store.patient(ana).await.unwrap().unwrap();
    assert!(sealed.is_all_sealed());
    assert_eq!(clinic.store.subject(ana).await.unwrap().unwrap().sealed_revision, 2);
    assert_eq!(clinic.records().seal_what_is_open(NOW).await, Ok(0));
    // A form that showed a sealed field and sent it back with another one filled in.
    let carried = PatientRecord { phone: Some(Kept::Plain("+3".into())), revision: 3, ..sealed };
    clinic.store.writes_plainly(carried.clone());
    let opened = clinic.records().profile(ana).await.unwrap().unwrap().profile;
    assert_eq!((opened.phone, opened.gender), (Some("+3".into()), None));
    // What was never of that revision is damage all the same.
    clinic.store.writes_plainly(PatientRecord { birth_date: first.birth_date, ..carried });
    assert_eq!(clinic.read(ana).await, Err(Unread::Damaged));
}

#[tokio::test]
async fn the_mark_of_what_was_sealed_never_goes_back() {
    let clinic = Clinic::open();
    let ana = clinic.patient(1).await;
    let first = clinic.tells(ana, "+1", 1).await;
    clinic.store.puts_back(ana, 5);
    assert!(clinic.store.seal_patient(first.clone()).await.is_err());
    assert!(clinic.store.save_patient(PatientRecord { revision: 2, ..first }, None).await.is_err());
    assert_eq!(clinic.store.subject(ana).await.unwrap().unwrap().sealed_revision, 5);
}
