//! `bedside keys`, as an operator calls it, while nothing else runs.

use crate::samples::person;
use crate::talk::{conversation, key};
use bedside::crypto::{ConversationKey, Vault};
use bedside::node::keyring::{as_kept, as_sealed};
use bedside::protocol::ids::ConversationId;
use bedside::protocol::person::Role;
use bedside::store::People;
use bedside::store::conversations::Conversations;
use bedside::store::sql::SqlStore;
use std::path::Path;
use std::process::{Command, Output};
use uuid::Uuid;

const MESSAGE: Uuid = Uuid::from_u128(7);

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
        let (key, wrapped) = vault.new_key(id.0).unwrap();
        new.key = Some(as_kept(wrapped));
        store.open_conversation(new, None).await.unwrap();
        sealed.push((id, key.seal_body(MESSAGE, "It hurts less.").unwrap()));
    }
    store.close().await;
    sealed
}

async fn key_of(folder: &Path, id: ConversationId) -> ConversationKey {
    let store = open(folder).await;
    let kept = store.conversation(id).await.unwrap().unwrap().key.unwrap();
    store.close().await;
    vault(folder).open_key(id.0, &as_sealed(kept)).unwrap()
}

#[tokio::test]
async fn keys_are_rotated_and_everything_can_still_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let first = says(path, "status");
    assert!(first.contains("0 conversations  current"), "{first}");
    let sealed = writes(path, 230).await;
    let told = says(path, "status");
    assert!(told.contains("230 conversations  current"), "{told}");
    let old = vault(path).current().unwrap();

    let rotated = says(path, "rotate");
    let new = vault(path).current().unwrap();
    assert!(new != old && rotated.starts_with(&new), "{rotated}");
    let told = says(path, "status");
    assert!(told.contains(&format!("{old}       230 conversations  to be sealed anew")), "{told}");
    assert_eq!(says(path, "rewrap"), "230 sealed anew\n");
    assert_eq!(says(path, "rewrap"), "0 sealed anew\n");
    std::fs::remove_file(path.join(format!("keys/kek/{old}.key"))).unwrap();
    for (id, sealed) in [&sealed[0], &sealed[229]] {
        let body = key_of(path, *id).await.open_body(MESSAGE, sealed).unwrap();
        assert_eq!(body.expose(), "It hurts less.");
    }
    assert_eq!(says(path, "status").lines().count(), 1);
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
    assert!(stderr.contains("2 sealed anew; 1 cannot be opened"), "{stderr}");
    let told = says(path, "status");
    assert!(told.contains("a-lost-key         1 conversations  MISSING"), "{told}");
}
