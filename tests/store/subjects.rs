//! Keys of people, and what they seal.

use crate::houses::organisation;
use crate::samples::{NOW, at_once};
use crate::support::Clinic;
use crate::talk::{Talk, key};
use bedside::crypto::{Keys, Vault};
use bedside::protocol::ids::{OrganisationId, PersonId};
use bedside::protocol::person::Role;
use bedside::protocol::practice::PatientProfile;
use bedside::records::{Opened, Records, Unread};
use bedside::store::conversations::WrappedKey;
use bedside::store::schedule::{Kept, PatientRecord};
use bedside::store::subjects::KeyOwner;
use bedside::store::{Conflict, StoreError};
use sea_orm::{ConnectionTrait as _, DbBackend};
use uuid::Uuid;

const STALE: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Stale));
const MISSING: Result<(), StoreError> = Err(StoreError::Conflict(Conflict::Missing));

pub(crate) fn sealed(id: PersonId, revision: u32, what: &str) -> PatientRecord {
    let it = || Some(Kept::Sealed(format!("~1.{what}")));
    PatientRecord {
        birth_date: it(),
        gender: it(),
        phone: it(),
        insurer: it(),
        insurance_number: it(),
        emergency_contact: it(),
        revision,
        ..PatientRecord::without_profile(id)
    }
}

pub(crate) async fn a_person_has_one_key_and_nothing_is_sealed_without_it(clinic: Clinic) {
    let store = &clinic.store;
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    assert_eq!(store.subject(pat).await, Ok(None));
    assert_eq!(store.save_patient(sealed(pat, 1, "a"), None).await, MISSING);
    assert_eq!(store.seal_patient(sealed(pat, 1, "a")).await, MISSING);
    let nobody = PersonId(Uuid::now_v7());
    assert_eq!(store.open_subject(nobody, key("node-key-1"), NOW).await, MISSING);
    let told = at_once((0..8).map(|n| {
        let store = store.clone();
        async move { store.open_subject(pat, key(&format!("node-key-{n}")), NOW).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == STALE).count(), 7, "{told:?}");

    assert_eq!(store.save_patient(sealed(pat, 1, "a"), None).await, Ok(()));
    let (record, subject) = store.patient_with_key(pat).await.unwrap().unwrap();
    assert_eq!((record, subject.unwrap().sealed_revision), (sealed(pat, 1, "a"), 1));
    assert_eq!(store.save_patient(sealed(pat, 2, "b"), None).await, Ok(()));
    assert_eq!(store.subject(pat).await.unwrap().unwrap().sealed_revision, 2);
    assert_eq!(store.save_patient(sealed(pat, 2, "c"), None).await, STALE);
    assert_eq!(store.subject(pat).await.unwrap().unwrap().sealed_revision, 2);
    assert_eq!(store.seal_patient(sealed(pat, 1, "old")).await, STALE);
    assert_eq!(store.patient(pat).await.unwrap().unwrap(), sealed(pat, 2, "b"));
    // A program that seals nothing wrote the next one: it is found, and sealed.
    let plain = PatientRecord {
        phone: Some("+15555550100".into()),
        revision: 3,
        ..PatientRecord::without_profile(pat)
    };
    assert_eq!(store.unsealed_patients(None, 9).await, Ok(vec![]));
    assert_eq!(store.save_patient(plain.clone(), None).await, Ok(()));
    assert_eq!(store.unsealed_patients(None, 9).await, Ok(vec![plain]));
    assert_eq!(store.seal_patient(sealed(pat, 3, "c")).await, Ok(()));
    assert_eq!(store.unsealed_patients(None, 9).await, Ok(vec![]));
}

pub(crate) async fn profiles_of_before_are_found_until_they_are_sealed(clinic: Clinic) {
    let store = &clinic.store;
    let mut ids = vec![];
    for n in 0..5 {
        let id = clinic.hires(&format!("Pat Example {n}"), Role::Patient).await.person_id;
        let plain = PatientRecord {
            phone: Some("+15555550100".into()),
            revision: 1,
            ..PatientRecord::without_profile(id)
        };
        store.save_patient(plain, None).await.unwrap();
        ids.push(id);
    }
    ids.sort_unstable();
    let found = async |after, limit| {
        let some = store.unsealed_patients(after, limit).await.unwrap();
        some.into_iter().map(|it| it.person_id).collect::<Vec<_>>()
    };
    assert_eq!(found(None, 3).await, ids[..3]);
    assert_eq!(found(Some(ids[2]), 9).await, ids[3..]);
    store.open_subject(ids[0], key("node-key-1"), NOW).await.unwrap();
    assert_eq!(found(None, 9).await, ids, "a key alone seals nothing");
    store.seal_patient(sealed(ids[0], 1, "a")).await.unwrap();
    store.open_subject(ids[3], key("node-key-1"), NOW).await.unwrap();
    store.save_patient(sealed(ids[3], 2, "b"), None).await.unwrap();
    assert_eq!(found(None, 9).await, [ids[1], ids[2], ids[4]]);
    assert_eq!(store.seal_patient(sealed(ids[3], 1, "late")).await, STALE, "changed meanwhile");
    assert_eq!(store.patient(ids[3]).await.unwrap().unwrap().phone, Some("~1.b".into()));
    assert_eq!(store.wipe_what_was_sealed().await, Ok(()));
}

pub(crate) async fn keys_of_people_are_sealed_anew(clinic: Clinic) {
    let store = &clinic.store;
    let mut ids = vec![];
    for n in 0..4 {
        let id = clinic.hires(&format!("Pat Example {n}"), Role::Patient).await.person_id;
        store.open_subject(id, key("node-key-1"), NOW).await.unwrap();
        ids.push(id);
    }
    ids.sort_unstable();
    assert_eq!(store.subjects_sealed_otherwise("node-key-1", None, 9).await, Ok(vec![]));
    let some = store.subjects_sealed_otherwise("node-key-2", Some(ids[1]), 1).await.unwrap();
    assert_eq!(some, [(ids[2], key("node-key-1"))]);
    let told = at_once((0..4).map(|n| {
        let (store, id) = (store.clone(), ids[0]);
        let after = key(&format!("node-key-2{n}"));
        async move { store.rewrap_subject(id, key("node-key-1"), after).await }
    }))
    .await;
    assert_eq!(told.iter().filter(|it| it.is_ok()).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| **it == STALE).count(), 3, "{told:?}");
    store.rewrap_subject(ids[1], key("node-key-1"), key("node-key-2")).await.unwrap();
    let counts = store.subject_counts().await.unwrap();
    let of = |id: &str| counts.iter().find(|(it, _)| it.as_deref() == Some(id)).map(|it| it.1);
    assert_eq!((of("node-key-1"), of("node-key-2")), (Some(2), Some(1)));
    let sample = store.sample_keys("node-key-2", 9).await.unwrap();
    assert_eq!(sample, [(KeyOwner::Person(ids[1]), key("node-key-2"))]);
    assert_eq!(store.sample_keys("node-key-1", 1).await.unwrap().len(), 1);
    assert_eq!(store.sample_keys("node-key-9", 9).await, Ok(vec![]));
    assert_eq!(store.unbound_keys().await, Ok(0));
    let before = WrappedKey { sealed: "of before".to_owned(), ..key("node-key-2") };
    store.rewrap_subject(ids[1], key("node-key-2"), before.clone()).await.unwrap();
    let some = store.subjects_sealed_otherwise("node-key-2", None, 9).await.unwrap();
    assert!(some.contains(&(ids[1], before)), "bound to no organisation: {some:?}");
    assert_eq!(store.unbound_keys().await, Ok(1));
}

pub(crate) async fn a_sample_of_a_key_may_be_a_conversations(clinic: Clinic) {
    let talk = Talk::open(clinic.clone()).await;
    let samples = clinic.store.sample_keys("node-key-1", 9).await.unwrap();
    assert_eq!(samples, [(KeyOwner::Conversation(talk.id), key("node-key-1"))]);
}

/// What is said of Pat, and is to be found nowhere.
const SAID: [&str; 6] = [
    "1961-11-30",
    "canary of a gender",
    "+15555550177",
    "canary mutual insurance",
    "CANARY-4711",
    "Canarina Zwoelfer +15555550178",
];

fn said() -> PatientProfile {
    let [birth_date, gender, phone, insurer, insurance_number, emergency_contact] =
        SAID.map(|it| Some(it.into()));
    PatientProfile {
        birth_date,
        gender,
        phone,
        insurer,
        insurance_number,
        emergency_contact,
        ..PatientProfile::default()
    }
}

/// Whatever the database keeps of it, as bytes: its files, or its tables and its log.
async fn everything(clinic: &Clinic) -> Vec<u8> {
    let url = clinic.url.as_deref().expect("a database");
    let Some(path) = url.strip_prefix("sqlite:") else {
        let shell = clinic.shell().await;
        let rows = shell
            .query_all_raw(sea_orm::Statement::from_string(
                sea_orm::DbBackend::Postgres,
                "SELECT t.*::text AS line FROM patient_profiles t",
            ))
            .await
            .unwrap();
        let lines = rows.iter().map(|it| it.try_get::<String>("", "line").unwrap());
        return lines.collect::<String>().into_bytes();
    };
    ["", "-wal", "-shm"]
        .iter()
        .flat_map(|it| std::fs::read(format!("{path}{it}")).unwrap_or_default())
        .collect()
}

fn hits(bytes: &[u8]) -> Vec<&'static str> {
    let is_in = |it: &&str| bytes.windows(it.len()).any(|some| some == it.as_bytes());
    SAID.into_iter().filter(is_in).collect()
}

pub(crate) async fn nothing_that_is_sealed_stands_in_the_database(clinic: Clinic) {
    let store = &clinic.store;
    let vault = Vault::ephemeral().unwrap();
    let records = Records::new(store.as_ref(), &vault);
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let otto = clinic.hires("Otto Sample", Role::Patient).await.person_id;
    // Otto told it before fields were sealed.
    let it = said();
    let kept = |it: &Option<bedside::protocol::phi::Phi<String>>| {
        it.as_ref().map(|it| Kept::from(it.expose().as_str()))
    };
    let plain = PatientRecord {
        birth_date: kept(&it.birth_date),
        gender: kept(&it.gender),
        phone: kept(&it.phone),
        insurer: kept(&it.insurer),
        insurance_number: kept(&it.insurance_number),
        emergency_contact: kept(&it.emergency_contact),
        revision: 1,
        ..PatientRecord::without_profile(otto)
    };
    store.save_patient(plain, None).await.unwrap();
    assert_eq!(hits(&everything(&clinic).await), SAID, "the look finds what is there");
    assert_eq!(records.seal_what_is_open(NOW).await, Ok(1));
    store.wipe_what_was_sealed().await.unwrap();
    assert_eq!(hits(&everything(&clinic).await), [""; 0], "what was sealed later");

    for revision in 1..=20 {
        let opened = Opened { person_id: pat, revision, profile: said() };
        let record = records.seal(opened, NOW).await.unwrap();
        store.save_patient(record, None).await.unwrap();
    }
    assert_eq!(hits(&everything(&clinic).await), [""; 0], "what was sealed at once");
    for id in [pat, otto] {
        assert_eq!(records.profile(id).await.unwrap().unwrap().profile, said());
    }
}

pub(crate) async fn rows_that_somebody_changed_in_the_tables_are_refused(clinic: Clinic) {
    let keys = Keys::ephemeral().unwrap();
    let records = Records::new(clinic.store.as_ref(), &keys.vault);
    let mut ids = vec![];
    for n in 0..2 {
        let id = clinic.hires(&format!("Pat Example {n}"), Role::Patient).await.person_id;
        for revision in [1, 2] {
            let opened = Opened { person_id: id, revision, profile: said() };
            let record = records.seal(opened, NOW).await.unwrap();
            clinic.store.save_patient(record, None).await.unwrap();
        }
        ids.push(id);
    }
    let shell = clinic.shell().await;
    let read = async |id| records.profile(id).await.map(|it| it.is_some());
    for (name, change) in [
        ("columns", "UPDATE patient_profiles SET phone = gender, gender = phone"),
        ("a column", "UPDATE patient_profiles SET insurer = birth_date"),
        ("rolled back", "UPDATE patient_profiles SET revision = 1"),
        ("forward", "UPDATE patient_profiles SET revision = 7"),
        ("emptied", "UPDATE patient_profiles SET phone = NULL"),
        ("cut off", "UPDATE patient_profiles SET phone = substr(phone, 1, 40)"),
        ("plain", "UPDATE patient_profiles SET phone = '+15555550100'"),
        ("without its key", "DELETE FROM subject_keys"),
    ] {
        let before =
            shell.execute_unprepared("CREATE TABLE kept AS SELECT * FROM patient_profiles");
        before.await.unwrap();
        let keys = shell.execute_unprepared("CREATE TABLE kept_keys AS SELECT * FROM subject_keys");
        keys.await.unwrap();
        shell.execute_unprepared(change).await.unwrap();
        for id in &ids {
            assert_eq!(read(*id).await, Err(Unread::Damaged), "{name}");
        }
        for back in [
            "DELETE FROM patient_profiles",
            "INSERT INTO patient_profiles SELECT * FROM kept",
            "DELETE FROM subject_keys",
            "INSERT INTO subject_keys SELECT * FROM kept_keys",
            "DROP TABLE kept",
            "DROP TABLE kept_keys",
        ] {
            shell.execute_unprepared(back).await.unwrap();
        }
        for id in &ids {
            assert_eq!(read(*id).await, Ok(true), "{name}: put in order again");
        }
    }
    // Put back, and gone on from: the mark stays where it is.
    shell.execute_unprepared("UPDATE patient_profiles SET revision = 0").await.unwrap();
    let opened = Opened { person_id: ids[0], revision: 1, profile: said() };
    let record = records.seal(opened, NOW).await.unwrap();
    assert_eq!(clinic.store.save_patient(record, None).await, STALE);
    shell.execute_unprepared("UPDATE patient_profiles SET revision = 2").await.unwrap();
    // A whole row of somebody else.
    let [one, two] = [ids[0].0, ids[1].0];
    let copy = format!(
        "UPDATE patient_profiles SET phone = (SELECT p.phone FROM patient_profiles p WHERE p.user_id = {}) WHERE user_id = {}",
        literal(&clinic, two),
        literal(&clinic, one)
    );
    shell.execute_unprepared(&copy).await.unwrap();
    assert_eq!(read(ids[0]).await, Err(Unread::Damaged), "between rows");
    assert_eq!(read(ids[1]).await, Ok(true));
}

pub(crate) async fn who_was_moved_to_another_organisation_is_not_read_there(clinic: Clinic) {
    let folder = tempfile::tempdir().unwrap();
    let vault = || Vault::open(folder.path()).unwrap();
    let store = clinic.store.as_ref();
    let pat = clinic.hires("Pat Example", Role::Patient).await.person_id;
    let here = vault();
    let opened = Opened { person_id: pat, revision: 1, profile: said() };
    let record = Records::new(store, &here).seal(opened, NOW).await.unwrap();
    store.save_patient(record, None).await.unwrap();
    let other = organisation("other");
    store.create_organisation(other.clone()).await.unwrap();

    let shell = clinic.shell().await;
    let frees = match shell.get_database_backend() {
        DbBackend::Sqlite => "DROP TRIGGER users_stay",
        _ => "ALTER TABLE users DISABLE TRIGGER users_stay",
    };
    shell.execute_unprepared(frees).await.unwrap();
    let moves = async |to: OrganisationId| {
        let (to, who) = (literal(&clinic, to.0), literal(&clinic, pat.0));
        let sql = format!("UPDATE users SET organisation_id = {to} WHERE id = {who}");
        assert_eq!(shell.execute_unprepared(&sql).await.unwrap().rows_affected(), 1);
    };
    moves(other.organisation_id).await;
    // A hub that starts anew, and has read of nobody where they are.
    let (later, back) = (vault(), vault());
    let read = Records::new(store, &later).profile(pat).await;
    assert_eq!(read.map(|it| it.is_some()), Err(Unread::Damaged));
    moves(OrganisationId::FIRST).await;
    let read = Records::new(store, &back).profile(pat).await;
    assert_eq!(read.unwrap().unwrap().profile, said());
}

fn literal(clinic: &Clinic, id: Uuid) -> String {
    let is_file = clinic.url.as_deref().is_some_and(|it| it.starts_with("sqlite:"));
    if is_file { format!("X'{}'", id.simple()) } else { format!("'{id}'") }
}
