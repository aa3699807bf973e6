//! `bedside keys`, as an operator calls it, while nothing else runs.

use crate::samples::{NOW, person};
use crate::talk::{conversation, key};
use bedside::crypto::kek::{FileKeys, KeyEncryption as _};
use bedside::crypto::{ConversationKey, Of, Vault, Wrapped, Written};
use bedside::node::keyring::{as_kept, as_sealed, must_open};
use bedside::protocol::ids::{ConversationId, OrganisationId};
use bedside::protocol::person::Role;
use bedside::protocol::practice::PatientProfile;
use bedside::records::{Opened, Records};
use bedside::store::People;
use bedside::store::conversations::{Conversations, WrappedKey};
use bedside::store::schedule::{PatientRecord, Schedules};
use bedside::store::sql::SqlStore;
use bedside::store::subjects::Subjects;
use std::path::Path;
use std::process::{Command, Output};
use uuid::Uuid;

const MESSAGE: Written = Written { message: Uuid::from_u128(7), line: 1, by: Uuid::from_u128(8) };
const PHONE: &str = "+15555550100";

fn keys(folder: &Path, command: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bedside"))
        .args(["keys", command])
        .current_dir(folder)
        .env_clear()
        .env("BEDSIDE_DATA_DIR", folder)
        .output()
        .expect("it runs")
}

fn says(folder: &Path, command: &str) -> String {
    let output = keys(folder, command);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).expect("text")
}

fn vault(folder: &Path) -> Vault {
    Vault::open(&folder.join("keys/kek")).expect("a vault")
}

async fn open(folder: &Path) -> SqlStore {
    SqlStore::open(&format!("sqlite:{}", folder.join("bedside.sqlite").display())).await.unwrap()
}

/// Makes conversations with real keys; what was sealed in each.
async fn writes(folder: &Path, count: u32) -> Vec<(ConversationId, String)> {
    let (store, vault) = (open(folder).await, vault(folder));
    let robin = person("Dr Robin Sample", Role::Clinician);
    store.create_person(robin.clone(), None).await.unwrap();
    let mut sealed = vec![];
    for n in 0..count {
        let patient = person(&format!("Pat Example {n}"), Role::Patient);
        store.create_person(patient.clone(), None).await.unwrap();
        let mut new = conversation(&robin, &patient);
        let id = new.conversation_id;
        let (key, wrapped) = vault.new_key(id.0, OrganisationId::FIRST.0).await.unwrap();
        new.key = Some(as_kept(wrapped));
        store.open_conversation(new, None).await.unwrap();
        let (person_id, phone) = (patient.person_id, Some(PHONE.into()));
        let profile = PatientProfile { phone, ..PatientProfile::default() };
        let records = Records::new(&store, &vault);
        let opened = Opened { person_id, revision: 1, profile };
        let record = records.seal(opened, NOW).await.unwrap();
        store.save_patient(record, None).await.unwrap();
        sealed.push((id, key.seal_body(MESSAGE, "It hurts less.").unwrap()));
    }
    store.close().await;
    sealed
}

async fn key_of(folder: &Path, id: ConversationId) -> ConversationKey {
    let store = open(folder).await;
    let kept = store.conversation(id).await.unwrap().unwrap().key.unwrap();
    store.close().await;
    vault(folder).open_key(id.0, &Of(OrganisationId::FIRST.0), &as_sealed(kept)).await.unwrap()
}

#[tokio::test]
async fn keys_are_rotated_and_everything_can_still_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let first = says(path, "status");
    assert!(first.contains("0 conversations         0 people  current"), "{first}");
    let sealed = writes(path, 230).await;
    let told = says(path, "status");
    assert!(told.contains("230 conversations       230 people  current"), "{told}");
    let old = vault(path).current().await.unwrap();

    let rotated = says(path, "rotate");
    let new = vault(path).current().await.unwrap();
    assert!(new != old && rotated.starts_with(&new), "{rotated}");
    let told = says(path, "status");
    assert!(
        told.contains(&format!(
            "{old}       230 conversations       230 people  to be sealed anew"
        )),
        "{told}"
    );
    assert_eq!(says(path, "rewrap"), "460 sealed anew\n");
    assert_eq!(says(path, "rewrap"), "0 sealed anew\n");
    std::fs::remove_file(path.join(format!("keys/kek/{old}.key"))).unwrap();
    for (id, sealed) in [&sealed[0], &sealed[229]] {
        let body = key_of(path, *id).await.open_body(MESSAGE, sealed).unwrap();
        assert_eq!(body.expose(), "It hurts less.");
        let store = open(path).await;
        let patient = store.conversation(*id).await.unwrap().unwrap().patient_id;
        let vault = vault(path);
        let records = Records::new(&store, &vault);
        let opened = records.profile(patient).await.unwrap().unwrap();
        assert_eq!(opened.profile.phone, Some(PHONE.into()));
        store.close().await;
    }
    assert_eq!(says(path, "status").lines().count(), 1);
}

/// As a program of before kept a key, which bound no organisation.
async fn unbinds(folder: &Path, id: ConversationId) {
    let (store, keys) = (open(folder).await, FileKeys::open(&folder.join("keys/kek")).unwrap());
    let kept = store.conversation(id).await.unwrap().unwrap().key.unwrap();
    let within = kept.sealed.strip_prefix("~2.").expect("it is bound").to_owned();
    let within = Wrapped { key_id: kept.key_id.clone(), sealed: within };
    let place = |of: &str| format!("{of}|conversations|sealed_key|{id}");
    let data = keys.unwrap(&place(&OrganisationId::FIRST.to_string()), &within).await.unwrap();
    let before = keys.wrap(&place("default"), &data).await.unwrap();
    store.rewrap_key(id, kept, as_kept(before)).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn keys_of_before_open_and_are_bound_to_their_organisation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    says(path, "status");
    let sealed = writes(path, 2).await;
    let (id, sealed) = &sealed[0];
    unbinds(path, *id).await;
    let told = says(path, "status");
    assert!(told.contains("1 of them are bound to no organisation yet"), "{told}");
    let body = key_of(path, *id).await.open_body(MESSAGE, sealed).unwrap();
    assert_eq!(body.expose(), "It hurts less.");

    assert_eq!(says(path, "rewrap"), "1 sealed anew\n", "that one, by the same key of the node");
    assert_eq!(says(path, "rewrap"), "0 sealed anew\n");
    assert_eq!(says(path, "status").lines().count(), 1);
    let body = key_of(path, *id).await.open_body(MESSAGE, sealed).unwrap();
    assert_eq!(body.expose(), "It hurts less.");
}

#[tokio::test]
async fn a_key_that_cannot_be_opened_is_told_and_holds_no_other_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    says(path, "status");
    let ids: Vec<_> = writes(path, 3).await.into_iter().map(|(id, _)| id).collect();
    let store = open(path).await;
    let good = store.conversation(ids[0]).await.unwrap().unwrap().key.unwrap();
    store.rewrap_key(ids[0], good, key("a-lost-key")).await.unwrap();
    store.close().await;
    says(path, "rotate");
    let output = keys(path, "rewrap");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(stderr.contains("5 sealed anew; 1 cannot be opened"), "{stderr}");
    let told = says(path, "status");
    assert!(
        told.contains("a-lost-key         1 conversations         0 people  MISSING"),
        "{told}"
    );
}

#[tokio::test]
async fn what_was_saved_before_is_sealed_when_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    says(path, "status");
    let pat = person("Pat Example", Role::Patient);
    let id = pat.person_id;
    let store = open(path).await;
    store.create_person(pat, None).await.unwrap();
    let plain = PatientRecord {
        phone: Some(PHONE.into()),
        revision: 1,
        ..PatientRecord::without_profile(id)
    };
    store.save_patient(plain, None).await.unwrap();
    store.close().await;
    assert_eq!(
        says(path, "seal"),
        "1 profiles sealed, and 0 texts of appointments and emergencies\n"
    );
    assert_eq!(
        says(path, "seal"),
        "0 profiles sealed, and 0 texts of appointments and emergencies\n"
    );
    let (store, vault) = (open(path).await, vault(path));
    assert!(store.patient(id).await.unwrap().unwrap().is_all_sealed());
    let opened = Records::new(&store, &vault).profile(id).await.unwrap().unwrap();
    assert_eq!(opened.profile.phone, Some(PHONE.into()));
    store.close().await;
}

#[tokio::test]
async fn a_damaged_data_key_keeps_no_hub_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    says(path, "status");
    let ids: Vec<_> = writes(path, 3).await.into_iter().map(|(id, _)| id).collect();
    let (store, vault) = (open(path).await, vault(path));
    let current = vault.current().await.unwrap();
    let damages = async |id: ConversationId| {
        let record = store.conversation(id).await.unwrap().unwrap();
        let broken = WrappedKey { key_id: current.clone(), sealed: "AAAA".to_owned() };
        store.rewrap_key(id, record.key.unwrap(), broken.clone()).await.unwrap();
        let subject = store.subject(record.patient_id).await.unwrap().unwrap().key.unwrap();
        store.rewrap_subject(record.patient_id, subject, broken).await.unwrap();
    };
    damages(ids[0]).await;
    damages(ids[1]).await;
    assert!(must_open(&store, &vault, &[]).await.is_ok(), "the third opens");
    damages(ids[2]).await;
    let told = must_open(&store, &vault, &[]).await.unwrap_err().to_string();
    assert!(told.contains("is not the one that sealed"), "{told}");
    store.close().await;
}

/// What a hub says that does not start, at the terminal.
fn does_not_start(folder: &Path, more: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedside"));
    command.arg("serve").current_dir(folder).env_clear().env("BEDSIDE_DATA_DIR", folder);
    command.env("BEDSIDE_LISTEN", "127.0.0.1:0").env("BEDSIDE_MEDIA__LISTEN", "127.0.0.1:0");
    let output = command.envs(more.iter().copied()).output().expect("it runs");
    assert!(!output.status.success(), "it started");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().filter(|it| it.starts_with("bedside: ")).count(), 1, "{text}");
    text
}

#[tokio::test]
async fn a_hub_whose_keys_are_missing_or_wrong_says_which_and_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    says(path, "status");
    writes(path, 2).await;
    let first = vault(path).current().await.unwrap();
    let file = path.join(format!("keys/kek/{first}.key"));
    let good = std::fs::read(&file).unwrap();

    std::fs::remove_file(&file).unwrap();
    let told = does_not_start(path, &[]);
    assert!(told.contains(&format!("the key-encryption key {first} cannot be read")), "{told}");
    std::fs::write(&file, "short").unwrap();
    let told = does_not_start(path, &[]);
    assert!(told.contains(&first), "unreadable: {told}");
    std::fs::write(&file, [9; 32]).unwrap();
    let told = does_not_start(path, &[]);
    let wrong = format!("the key-encryption key {first} is not the one that sealed");
    assert!(told.contains(&wrong), "{told}");
    std::fs::write(&file, &good).unwrap();

    says(path, "rotate");
    std::fs::remove_file(&file).unwrap();
    let told = does_not_start(path, &[]);
    assert!(told.contains(&format!("the key-encryption key {first} is missing")), "{told}");
    assert!(told.contains("2 conversations and 2 people"), "{told}");
    std::fs::write(&file, &good).unwrap();

    let sealing = path.join("keys/sealing.key");
    let kept = std::fs::read(&sealing);
    std::fs::write(&sealing, "short").unwrap();
    let told = does_not_start(path, &[]);
    assert!(told.contains("sealing.key"), "{told}");
    match kept {
        Ok(bytes) => std::fs::write(&sealing, bytes).unwrap(),
        Err(_) => std::fs::remove_file(&sealing).unwrap(),
    }

    let env = ("BEDSIDE_KEYS__PROVIDER", "env");
    let told = does_not_start(path, &[env]);
    assert!(told.contains("BEDSIDE_KEK is not set"), "{told}");
    let told = does_not_start(path, &[env, ("BEDSIDE_KEK", "c2VjcmV0")]);
    assert!(
        told.contains("BEDSIDE_KEK: key 1 is not 32 bytes") && !told.contains("c2VjcmV0"),
        "{told}"
    );
    std::fs::write(path.join("token"), "t").unwrap();
    let transit = [
        ("BEDSIDE_KEYS__PROVIDER", "transit"),
        ("BEDSIDE_KEYS__URL", "http://127.0.0.1:9"),
        ("BEDSIDE_KEYS__TOKEN_FILE", "token"),
    ];
    let told = does_not_start(path, &transit);
    assert!(
        told.contains("the transit key bedside at 127.0.0.1 cannot be used: no answer"),
        "{told}"
    );
}
