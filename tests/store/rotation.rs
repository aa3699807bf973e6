//! The log goes over to another key. Whoever trusts the first one follows; a successor whom it has not named is none.

use crate::samples::{NOW, audit};
use crate::support::Clinic;
use crate::tampering::{Log, SIZE};
use bedside::audit::checkpoint::Checkpoint;
use bedside::audit::export::{Details, export};
use bedside::audit::folder::Folder;
use bedside::audit::prove::prove;
use bedside::audit::publisher::{Publisher, Unpublished};
use bedside::audit::rotation::KeyFiles;
use bedside::audit::sequencer::{Sequencer, Unsigned};
use bedside::audit::succession::{Forged, Keys, Statement};
use bedside::audit::verify::{Finding, Trust, Wrong, verify};
use bedside::audit::witness::{Refused, witness};
use bedside::clock::ManualClock;
use bedside::crypto::{NoteKind, NoteSigner, NoteVerifier};
use bedside::domain::merkle::proof::Head;
use bedside::protocol::time::UnixMillis;
use bedside::store::AuditRecord;
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(crate) const NAME: &str = "clinic.example/audit";

pub(crate) fn minutes(number: u64) -> UnixMillis {
    NOW.plus(Duration::from_secs(number * 60))
}

/// A log whose key is in a folder of keys.
pub(crate) struct Kept {
    pub(crate) log: Log,
    pub(crate) files: KeyFiles,
    pub(crate) first: NoteVerifier,
}

impl Kept {
    pub(crate) async fn of(clinic: &Clinic) -> Kept {
        let folder = tempfile::tempdir().unwrap();
        let (signer, _) = KeyFiles::at(folder.path()).open(NAME).unwrap();
        let first = signer.verifier().clone();
        let log = Log::written(clinic.store.clone(), Arc::new(signer), SIZE, "row").await;
        let keys = log.path("keys");
        fs::rename(folder.keep(), &keys).unwrap();
        Kept { files: KeyFiles::at(&keys), log, first }
    }

    pub(crate) fn node(&self) -> Sequencer {
        let (signer, keys) = self.files.open(NAME).unwrap();
        let it = Sequencer::new(Arc::clone(&self.log.store), Arc::new(signer));
        it.after(keys).beside(self.log.tiles.clone())
    }

    /// Handed on, with some entries after that, and published.
    pub(crate) async fn rotates(&self, minute: u64) -> Keys {
        let (mut by, keys) =
            self.files.rotate(self.node(), &ManualClock::at(minutes(minute))).await.unwrap();
        self.goes_on(&mut by, minute).await;
        self.publishes(&keys).await.unwrap();
        keys
    }

    pub(crate) async fn goes_on(&self, by: &mut Sequencer, minute: u64) {
        let row = |n| AuditRecord { phase: "ok", ..audit(&format!("later {minute} {n}")) };
        self.log.store.append_audit((0..20).map(row).collect()).await.unwrap();
        assert_eq!(by.turn(minutes(minute)).await, Ok(20));
    }

    pub(crate) async fn publishes(&self, keys: &Keys) -> Result<(), Unpublished> {
        let store = Arc::clone(&self.log.store);
        Publisher::new(store, self.log.tiles.clone(), keys.clone()).turn().await
    }

    pub(crate) async fn taken_out(&self, keys: &Keys, name: &str) -> Folder {
        let to = Folder::at(&self.log.path(name));
        let (store, tiles) = (&*self.log.store, &self.log.tiles);
        export(store, tiles, keys, &to, Details::Shown).await.unwrap();
        to
    }
}

pub(crate) fn findings(folder: &Folder, key: &NoteVerifier, kept: &[String]) -> Vec<Finding> {
    let trust = Trust { log: key.clone(), witnesses: vec![], kept: kept.to_vec() };
    verify(folder, &trust).unwrap().findings
}

fn whats(folder: &Folder, key: &NoteVerifier, kept: &[String]) -> Vec<Wrong> {
    findings(folder, key, kept).into_iter().map(|it| it.what).collect()
}

pub(crate) async fn whoever_trusts_the_first_key_follows_to_the_last(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    let before = it.log.published().text("checkpoint").unwrap().unwrap();
    let second = it.rotates(1).await;
    let third = it.rotates(2).await;
    let folder = it.taken_out(&third, "export").await;
    let trust = |key: &NoteVerifier| Trust {
        log: key.clone(),
        witnesses: vec![],
        kept: vec![before.clone()],
    };
    let report = verify(&folder, &trust(&it.first)).unwrap();
    assert_eq!((report.size, report.findings), (SIZE + 40, vec![]));
    let times: Vec<_> = report.reigns.iter().map(|it| (it.from, it.until)).collect();
    assert_eq!(times, [(0, Some(SIZE)), (SIZE, Some(SIZE + 20)), (SIZE + 20, None)]);
    // Whoever came later has a later key, and those before are none of theirs.
    for keys in [&second, &third] {
        let key = keys.current().unwrap();
        assert_eq!(whats(&folder, key, &[]), vec![]);
        assert_eq!(whats(&folder, key, std::slice::from_ref(&before)), [Wrong::UnknownCheckpoint]);
    }
    // So do proofs and a witness, from the published files alone.
    let files = it.log.published();
    for entry in [7, SIZE + 1, SIZE + 39] {
        assert!(prove(&files, &it.first, entry).is_ok(), "{entry}");
    }
    let own = NoteSigner::open(&it.log.path("own"), "witness.example", NoteKind::Witness).unwrap();
    fs::write(it.log.path("seen"), &before).unwrap();
    witness(&files, &it.first, &own, &it.log.path("seen"), 1).unwrap();
    // A node that starts goes on with the last.
    let mut node = it.node();
    it.goes_on(&mut node, 3).await;
    it.publishes(node.keys()).await.unwrap();
}

pub(crate) async fn the_old_key_signs_nothing_any_more(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    // A hub that was not stopped, and appends.
    let other = Uuid::now_v7();
    assert!(it.log.store.lead_trail(other, minutes(1), minutes(2)).await.unwrap());
    let refused = it.files.rotate(it.node(), &ManualClock::at(minutes(1))).await;
    let why = refused.err().expect("refused").to_string();
    assert!(why.contains("a hub is running"), "{why}");
    assert_eq!(it.node().keys().reigns().len(), 1, "nothing was handed on");
    // One that was not stopped, and rests: it has the old key in its memory.
    let mut old = it.node();
    let keys = it.rotates(3).await;
    it.log.store.append_audit(vec![audit("by the old one")]).await.unwrap();
    let refused = Err(Unsigned::Refused(Unpublished::AnotherKey));
    assert_eq!(old.turn(minutes(4)).await, refused);
    assert_eq!(it.log.publishes().await, Err(Unpublished::AnotherKey));
    // What it would sign is not believed, by hubs and by whoever checks.
    let head = it.log.store.trail_head().await.unwrap().unwrap();
    let root = head.root.try_into().unwrap();
    let note = Checkpoint::signed(Head { size: head.size, root }, &it.log.signer);
    assert_eq!(keys.opened(&note), None);
    let folder = it.taken_out(&keys, "export").await;
    folder.keep("checkpoint", note.as_bytes()).unwrap();
    assert_eq!(whats(&folder, &it.first, &[]), [Wrong::NotSigned]);
}

pub(crate) async fn a_successor_that_was_forged_is_none(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    let keys = it.rotates(1).await;
    let good = it.log.published().text("checkpoint").unwrap().unwrap();
    let head = |root| Head { size: SIZE, root };
    let root = keys.handed_on()[0].head.root;
    let thief = NoteSigner::open(&it.log.path("thief"), NAME, NoteKind::Log).unwrap();
    let lines = |notes: &[String]| -> String {
        notes.iter().map(|it| serde_json::to_string(it).unwrap() + "\n").collect()
    };
    let [first] = &*keys
        .lines_until(SIZE)
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect::<Vec<String>>()
    else {
        panic!("one statement")
    };
    let folder = it.taken_out(&keys, "export").await;
    let says = |notes: &[String]| {
        folder.keep("rotations", lines(notes).as_bytes()).unwrap();
        whats(&folder, &it.first, std::slice::from_ref(&good))
    };
    assert_eq!(says(std::slice::from_ref(first)), vec![]);
    // Nobody says who follows: then what the new key signed is not believed.
    assert_eq!(says(&[]), [Wrong::NotSigned]);
    folder.keep("rotations", b"no statement\n").unwrap();
    assert_eq!(whats(&folder, &it.first, &[]), [Wrong::Keys(Forged::NotSigned)]);
    // The thief names themselves, with a key of their own alone, and with the old one that they stole.
    let alone = Statement::signed(head(root), &thief, &thief);
    assert_eq!(says(&[alone]), [Wrong::Keys(Forged::NotSigned)]);
    let stolen = Statement::signed(head(root), &it.log.signer, &thief);
    assert_eq!(says(&[first.clone(), stolen.clone()]), [Wrong::Keys(Forged::Stray)]);
    assert_eq!(says(std::slice::from_ref(&stolen)), [Wrong::NotSigned]);
    // They sign a log of their own with it: whoever kept what the true one has signed is told.
    let size = SIZE + 20;
    let Checkpoint { head: Head { root: now, .. }, .. } = keys.opened(&good).unwrap();
    let theirs = Checkpoint::signed(Head { size, root: now }, &thief);
    folder.keep("checkpoint", theirs.as_bytes()).unwrap();
    assert_eq!(says(&[stolen]), [Wrong::UnknownCheckpoint]);
    // A statement about another log than the one that there is.
    let other = Statement::signed(head([7; 32]), &it.log.signer, &thief);
    folder.keep("rotations", lines(&[other]).as_bytes()).unwrap();
    assert!(whats(&folder, &it.first, &[]).contains(&Wrong::SplitView(SIZE)));
    // So are a witness that has seen nothing yet, and whoever wants a proof.
    let own = NoteSigner::open(&it.log.path("own"), "witness.example", NoteKind::Witness).unwrap();
    let seen = it.log.path("seen");
    let refused = witness(&folder, &it.first, &own, &seen, 1);
    assert!(matches!(refused, Err(Refused::SplitView(SIZE))), "{refused:?}");
    assert!(!seen.exists());
    assert!(prove(&folder, &it.first, 7).unwrap_err().to_string().contains("does not begin with"));
}

pub(crate) async fn what_stopped_while_it_was_handed_on_is_finished(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    let keys = it.log.path("keys");
    let (key, next) = (keys.join("audit-log.key"), keys.join("audit-log.next.key"));
    // Prepared, and not stated: nobody's key.
    NoteSigner::open(&next, NAME, NoteKind::Log).unwrap();
    assert_eq!(it.node().keys().current(), Some(&it.first));
    let old = fs::read(&key).unwrap();
    let after = it.rotates(1).await;
    assert!(!next.exists());
    // Stated, and not in its place.
    fs::rename(&key, &next).unwrap();
    fs::write(&key, &old).unwrap();
    let (signer, again) = it.files.open(NAME).unwrap();
    assert_eq!((Some(signer.verifier()), &again), (after.current(), &after));
    assert!(!next.exists());
    // A backup of the key from before, and none at all: told, and nothing is made in its place.
    let new = fs::read(&key).unwrap();
    fs::write(&key, &old).unwrap();
    let why = it.files.open(NAME).expect_err("not the last").to_string();
    assert!(why.contains("audit-log.key") && why.contains("handed on"), "{why}");
    fs::remove_file(&key).unwrap();
    let why = it.files.open(NAME).expect_err("missing").to_string();
    assert!(why.contains("is missing") && !key.exists(), "{why}");
    fs::write(&key, new).unwrap();
    let mut node = it.node();
    it.goes_on(&mut node, 2).await;
}
