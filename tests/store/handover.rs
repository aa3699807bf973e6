//! The log goes over to another key while something else goes on, and an older log comes back after that.

use crate::rotation::{Kept, NAME, findings, minutes};
use crate::samples::audit;
use crate::support::Clinic;
use crate::tampering::{Log, SIZE};
use bedside::audit::publisher::{Publisher, Unpublished};
use bedside::audit::sequencer::{Sequencer, Unsigned};
use bedside::clock::{Clock, ManualClock};
use bedside::crypto::{NoteKind, NoteSigner};
use bedside::files::tiles::Tiles;
use bedside::protocol::time::UnixMillis;
use bedside::store::Store;
use bedside::store::memory::Memory;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// A clock that something happens by: who looks at it for the second time has read the end of the log.
struct Meanwhile<Happens> {
    looks: AtomicU32,
    first: UnixMillis,
    happens: Happens,
}

impl<Happens> Meanwhile<Happens> {
    fn at(first: UnixMillis, happens: Happens) -> Self {
        Meanwhile { looks: AtomicU32::default(), first, happens }
    }
}

impl<Happens> Clock for Meanwhile<Happens>
where
    Happens: Fn() -> UnixMillis + Send + Sync + 'static,
{
    fn now(&self) -> UnixMillis {
        match self.looks.fetch_add(1, Ordering::SeqCst) {
            0 => self.first,
            _ => (self.happens)(),
        }
    }
}

fn waits<T>(it: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(it))
}

const OLDER: Result<u32, Unsigned> = Err(Unsigned::Refused(Unpublished::BeforeRotation));

async fn size(store: &dyn Store) -> u64 {
    store.trail_head().await.unwrap().map_or(0, |it| it.size)
}

/// The same key has signed two logs of one beginning, as far as it knows: the one that went on until the rotation, and the one that a
/// backup of before has brought back.
pub(crate) async fn a_log_of_before_a_rotation_is_not_continued_by_the_key_of_later(
    clinic: Clinic,
) {
    let it = Kept::of(&clinic).await;
    let key = it.log.path("keys").join("audit-log.key");
    let old = fs::read(&key).unwrap();
    let (signer, _) = it.files.open(NAME).unwrap();
    let signer = Arc::new(signer);
    let later = Log::written(Arc::new(Memory::default()), signer.clone(), SIZE + 100, "row").await;
    let by = Sequencer::new(Arc::clone(&later.store), signer.clone());
    let (_, keys) = it.files.rotate(by, &ManualClock::at(minutes(1))).await.unwrap();
    let anew = Tiles::open(&it.log.path("anew")).unwrap();
    let node = |store: &Arc<dyn Store>| {
        let (new, keys) = it.files.open(NAME).unwrap();
        Sequencer::new(Arc::clone(store), Arc::new(new)).after(keys).beside(anew.clone())
    };
    let store = &it.log.store;
    store.append_audit(vec![audit("after the restore")]).await.unwrap();
    assert_eq!(node(store).turn(minutes(2)).await, OLDER);
    assert_eq!(size(&**store).await, SIZE, "nothing was signed");
    // What was published anew beside the statements of later can be checked all the same.
    Publisher::new(Arc::clone(store), anew.clone(), keys.clone()).turn().await.unwrap();
    let files = bedside::audit::folder::Folder::at(&it.log.path("anew"));
    assert_eq!(findings(&files, &it.first, &[]), vec![]);
    // As many entries, and others.
    let row = |n| audit(&format!("on {n}"));
    store.append_audit((0..99).map(row).collect()).await.unwrap();
    let mut before = Sequencer::new(Arc::clone(store), signer);
    assert_eq!(before.turn(minutes(3)).await, Ok(100));
    store.append_audit(vec![audit("one more")]).await.unwrap();
    assert_eq!(node(store).turn(minutes(4)).await, OLDER);
    assert_eq!(size(&**store).await, SIZE + 100, "nothing was signed");
    // And none at all.
    let empty: Arc<dyn Store> = Arc::new(Memory::default());
    empty.append_audit(vec![audit("the first")]).await.unwrap();
    assert_eq!(
        Sequencer::new(Arc::clone(&empty), Arc::new(it.files.open(NAME).unwrap().0))
            .after(keys)
            .turn(minutes(4))
            .await,
        OLDER
    );
    assert_eq!(size(&*empty).await, 0, "nothing was signed");
    // With the key and the statements of that time it goes on, and is rotated again.
    fs::write(&key, old).unwrap();
    fs::remove_file(it.log.path("keys").join("audit-log.rotations")).unwrap();
    assert_eq!(it.node().turn(minutes(5)).await, Ok(1));
    let keys = it.rotates(6).await;
    let folder = it.taken_out(&keys, "export").await;
    assert_eq!(findings(&folder, &it.first, &[]), vec![]);
}

pub(crate) async fn nobody_takes_a_key_away_while_the_log_is_handed_on_to_it(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    it.rotates(1).await;
    // One that somebody has prepared stays, whoever opens the key.
    let next = it.log.path("keys").join("audit-log.next.key");
    let prepared = NoteSigner::open(&next, NAME, NoteKind::Log).unwrap();
    it.node();
    assert!(next.exists());
    // While it is handed on, somebody asks for the key, and somebody rotates it too.
    let (files, other) = (it.files.clone(), Mutex::new(Some(it.node())));
    let clock = Meanwhile::at(minutes(3), move || {
        files.open(NAME).unwrap();
        let other = waits(other.lock()).take().expect("once");
        let refused = waits(files.rotate(other, &ManualClock::at(minutes(3))));
        let why = refused.err().expect("refused").to_string();
        assert!(why.contains("by somebody else"), "{why}");
        minutes(3)
    });
    let late = it.node();
    let (mut by, keys) = it.files.rotate(it.node(), &clock).await.unwrap();
    assert_ne!(keys.current(), Some(prepared.verifier()), "a new one is made each time");
    let (signer, again) = it.files.open(NAME).unwrap();
    assert_eq!((Some(signer.verifier()), &again), (keys.current(), &keys));
    // Whoever opened the key before that does not hand it on a second time.
    let refused = it.files.rotate(late, &ManualClock::at(minutes(5))).await;
    assert!(refused.err().expect("refused").to_string().contains("meanwhile"));
    assert_eq!(it.files.open(NAME).unwrap().1, keys);
    it.goes_on(&mut by, 7).await;
}

pub(crate) async fn a_hub_that_goes_on_while_the_end_is_read_is_not_left_behind(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    let old = Arc::new(Mutex::new(it.node()));
    it.goes_on(&mut *old.lock().await, 1).await;
    // Reading takes longer than the lease. The hub that rested still has it then, and has it no more but has signed.
    for (minute, pause) in [(2, 15), (4, 50)] {
        it.log.store.append_audit(vec![audit("by the old one")]).await.unwrap();
        let hub = Arc::clone(&old);
        let clock = Meanwhile::at(minutes(minute), move || {
            let later = |seconds| minutes(minute).plus(Duration::from_secs(seconds));
            let turn = async { hub.lock().await.turn(later(11)).await };
            assert_eq!(waits(turn), Ok(1));
            later(pause)
        });
        let refused = it.files.rotate(it.node(), &clock).await;
        let why = refused.err().expect("refused").to_string();
        assert!(why.contains("a hub is running"), "{why}");
        assert_eq!(it.node().keys().reigns().len(), 1, "nothing was handed on");
    }
    // Rested all the while, and knows where the log ended: it is refused as soon as the new key has signed.
    let (mut by, _) = it.files.rotate(it.node(), &ManualClock::at(minutes(6))).await.unwrap();
    it.goes_on(&mut by, 6).await;
    it.log.store.append_audit(vec![audit("by the old one")]).await.unwrap();
    let mut old = old.lock().await;
    assert_eq!(old.turn(minutes(8)).await, Ok(0));
    let refused = Err(Unsigned::Refused(Unpublished::AnotherKey));
    assert_eq!(old.turn(minutes(8)).await, refused);
}

pub(crate) async fn files_of_before_a_rotation_are_not_said_to_be_cut_off(clinic: Clinic) {
    let it = Kept::of(&clinic).await;
    it.goes_on(&mut it.node(), 1).await;
    // Published is what there was before the entries of the minute.
    let (mut by, keys) = it.files.rotate(it.node(), &ManualClock::at(minutes(3))).await.unwrap();
    it.goes_on(&mut by, 3).await;
    let folder = it.taken_out(&keys, "export").await;
    assert_eq!(findings(&folder, &it.first, &[]), vec![]);
    assert_eq!(folder.text("rotations").unwrap(), None);
    it.publishes(&keys).await.unwrap();
    let folder = it.taken_out(&keys, "export").await;
    assert_eq!(findings(&folder, &it.first, &[]), vec![]);
    assert!(folder.text("rotations").unwrap().is_some());
}
