use super::*;
use crate::crypto::{Of, Written};
use crate::protocol::phi::Phi;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const HOUSE: Uuid = Uuid::from_u128(30);

fn written(message: Uuid) -> Written {
    Written { message, line: 1, by: Uuid::from_u128(20) }
}

fn said(key: &ConversationKey, message: Uuid, sealed: &str) -> Result<String, NotOpened> {
    key.open_body(written(message), sealed).map(Phi::into_exposed)
}

#[tokio::test]
async fn a_wrapped_key_opens_for_its_conversation_only() {
    let vault = Vault::ephemeral().unwrap();
    let [one, two, message] = [1, 2, 3].map(Uuid::from_u128);
    let (key, wrapped) = vault.new_key(one, HOUSE).await.unwrap();
    let sealed = key.seal_body(written(message), "It hurts less.").unwrap();
    let again = vault.open_key(one, &Of(HOUSE), &wrapped).await.unwrap();
    assert_eq!(said(&again, message, &sealed).unwrap(), "It hurts less.");
    assert_eq!(vault.open_key(two, &Of(HOUSE), &wrapped).await.unwrap_err(), NotOpened::Damaged);
    let short = Wrapped {
        sealed: wrapped.sealed[..wrapped.sealed.len() - 2].to_owned(),
        ..wrapped.clone()
    };
    assert_eq!(vault.open_key(one, &Of(HOUSE), &short).await.unwrap_err(), NotOpened::Damaged);
    let none = Wrapped { sealed: String::new(), ..wrapped.clone() };
    assert_eq!(vault.open_key(one, &Of(HOUSE), &none).await.unwrap_err(), NotOpened::Damaged);
    let elsewhere = Vault::ephemeral().unwrap();
    assert_eq!(
        elsewhere.open_key(one, &Of(HOUSE), &wrapped).await.unwrap_err(),
        NotOpened::UnknownKey
    );
}

#[tokio::test]
async fn what_an_old_key_sealed_opens_after_a_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    let vault = Vault::open(&path).unwrap();
    // Another process, which does not know of the rotation.
    let running = Vault::open(&path).unwrap();
    let id = Uuid::from_u128(1);
    let (key, old) = vault.new_key(id, HOUSE).await.unwrap();
    let sealed = key.seal_body(written(id), "before").unwrap();
    let next = vault.rotate().await.unwrap();
    assert_eq!((running.current().await.unwrap(), old.key_id != next), (next.clone(), true));
    let (_, new) = running.new_key(id, HOUSE).await.unwrap();
    assert_eq!(new.key_id, next);

    let anew = running.rewrap(Owner::Conversation(id), &Of(HOUSE), &old).await.unwrap();
    assert_eq!(anew.key_id, next);
    for wrapped in [old.clone(), anew.clone()] {
        let key = Vault::open(&path).unwrap().open_key(id, &Of(HOUSE), &wrapped).await.unwrap();
        assert_eq!(said(&key, id, &sealed).unwrap(), "before", "the same data key");
    }
    fs::remove_file(path.join(format!("{}.key", old.key_id))).unwrap();
    let after = Vault::open(&path).unwrap();
    assert_eq!(after.open_key(id, &Of(HOUSE), &old).await.unwrap_err(), NotOpened::UnknownKey);
    assert!(after.rewrap(Owner::Conversation(id), &Of(HOUSE), &old).await.is_err());
    assert!(after.open_key(id, &Of(HOUSE), &anew).await.is_ok());
}

#[tokio::test]
async fn a_key_under_another_name_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).unwrap();
    let id = Uuid::from_u128(1);
    let (_, wrapped) = vault.new_key(id, HOUSE).await.unwrap();
    let other = "0123456789abcdef";
    let from = folder.path().join(format!("{}.key", wrapped.key_id));
    fs::copy(from, folder.path().join(format!("{other}.key"))).unwrap();
    let rest = wrapped.sealed.split_once('.').unwrap().1;
    let renamed = Wrapped { key_id: other.to_owned(), sealed: format!("{other}.{rest}") };
    assert_eq!(vault.open_key(id, &Of(HOUSE), &renamed).await.unwrap_err(), NotOpened::Damaged);
    let swapped = Wrapped { key_id: other.to_owned(), ..wrapped };
    assert_eq!(vault.open_key(id, &Of(HOUSE), &swapped).await.unwrap_err(), NotOpened::UnknownKey);
    let outside = Wrapped { key_id: "../sealing".to_owned(), sealed: String::new() };
    assert_eq!(vault.open_key(id, &Of(HOUSE), &outside).await.unwrap_err(), NotOpened::UnknownKey);
}

#[tokio::test]
async fn keys_are_for_their_owner_and_a_lost_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).unwrap();
    let current = vault.current().await.unwrap();
    let file = folder.path().join(format!("{current}.key"));
    for path in [file.clone(), folder.path().join("current")] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::remove_file(&file).unwrap();
    let told = Vault::open(folder.path()).unwrap_err().to_string();
    assert!(told.contains(&current), "{told}");
    fs::write(folder.path().join("current"), "../../etc/passwd").unwrap();
    assert!(Vault::open(folder.path()).is_err());
}

#[tokio::test]
async fn a_key_opens_only_while_its_owner_is_of_the_same_organisation() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Of(Uuid::from_u128(31));
    let vault = Vault::open(folder.path()).unwrap();
    let [talk, ana] = [1, 2].map(Uuid::from_u128);
    let (_, of_talk) = vault.new_key(talk, HOUSE).await.unwrap();
    let (_, of_ana) = vault.new_subject(ana, &Of(HOUSE)).await.unwrap();
    assert!(vault.open_key(talk, &Of(HOUSE), &of_talk).await.is_ok());
    assert!(vault.open_subject(ana, &Of(HOUSE), &of_ana).await.is_ok());

    // Somebody moved the rows, and a hub starts that knows nothing of before.
    let other = Vault::open(folder.path()).unwrap();
    let opened = other.open_key(talk, &elsewhere, &of_talk).await;
    assert_eq!(opened.unwrap_err(), NotOpened::Damaged);
    let opened = other.open_subject(ana, &elsewhere, &of_ana).await;
    assert_eq!(opened.unwrap_err(), NotOpened::Damaged);
    let unbound = Wrapped { sealed: of_ana.sealed.replacen(BOUND, "", 1), ..of_ana };
    for houses in [Of(HOUSE), elsewhere] {
        let other = Vault::open(folder.path()).unwrap();
        let opened = other.open_subject(ana, &houses, &unbound).await;
        assert_eq!(
            opened.unwrap_err(),
            NotOpened::Damaged,
            "as if a program of before had sealed it"
        );
    }
}

#[tokio::test]
async fn a_key_of_a_program_of_before_is_bound_when_it_is_sealed_anew() {
    let vault = Vault::ephemeral().unwrap();
    let ana = Uuid::from_u128(1);
    let place = Owner::Person(ana).place(Tenant::BEFORE);
    let before = vault.provider.wrap(&place, &[7; KEY_BYTES]).await.unwrap();
    assert!(vault.open_subject(ana, &Of(HOUSE), &before).await.is_ok());
    let anew = vault.rewrap(Owner::Person(ana), &Of(HOUSE), &before).await.unwrap();
    assert!(anew.sealed.starts_with(BOUND) && !before.sealed.starts_with(BOUND));
    assert!(vault.open_subject(ana, &Of(HOUSE), &anew).await.is_ok());
    let again = vault.rewrap(Owner::Person(ana), &Of(HOUSE), &anew).await.unwrap();
    assert!(vault.open_subject(ana, &Of(HOUSE), &again).await.is_ok());
}

/// Nobody is asked twice, and nothing is opened for whom nobody knows.
#[tokio::test]
async fn who_is_of_no_organisation_has_no_key() {
    #[derive(Debug)]
    struct Nobody(io::Result<()>);
    #[async_trait::async_trait]
    impl Houses for Nobody {
        async fn house(&self, _: Owner) -> io::Result<Option<Uuid>> {
            self.0.as_ref().map(|()| None).map_err(|_| io::Error::other("away"))
        }
    }
    let vault = Vault::ephemeral().unwrap();
    let ana = Uuid::from_u128(1);
    let (away, nobody) = (Nobody(Err(io::Error::other("away"))), Nobody(Ok(())));
    assert!(vault.new_subject(ana, &nobody).await.is_err());
    assert!(vault.new_subject(ana, &away).await.is_err());
    let (_, kept) = vault.new_subject(ana, &Of(HOUSE)).await.unwrap();
    assert!(vault.open_subject(ana, &nobody, &kept).await.is_ok(), "it is remembered");
    let other = Uuid::from_u128(2);
    let opened = vault.open_subject(other, &away, &kept).await;
    assert_eq!(opened.unwrap_err(), NotOpened::Unavailable);
    let opened = vault.open_subject(other, &nobody, &kept).await;
    assert_eq!(opened.unwrap_err(), NotOpened::Damaged);
}
