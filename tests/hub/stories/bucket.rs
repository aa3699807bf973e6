//! Files in a bucket that is away, slow, leads elsewhere, or does not know the key.

use crate::support::clinic::Clinic;
use crate::support::files::{CHUNK, clamd_at};
use crate::support::http::Request;
use crate::support::s3::{GIVES_UP_WITHIN, Mood, with_bucket};
use crate::support::{Kind, eventually, in_time, tell_in_bucket};
use bedside::config::Config;
use bedside::files::tiles::Tiles;
use bedside::protocol::file::{FileState, FileVariant, RemoveFile};
use futures::TryStreamExt as _;
use serde_json::Value;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Notify;

async fn ready(clinic: &Clinic) -> (u16, Value) {
    let answer = Request::new("GET", "/readyz").send(clinic.hub).await;
    (answer.status, answer.json())
}

async fn has_files(clinic: &Clinic, expected: bool) {
    eventually("the hub to know whether its bucket is there", async || {
        let (status, told) = ready(clinic).await;
        assert_eq!((status, &told["ready"]), (200, &Value::Bool(true)), "it serves either way");
        assert_eq!(told["degraded"], !told["parts"]["files"].as_bool().expect("told"));
        told["parts"]["files"] == expected
    })
    .await;
}

#[test]
fn a_bucket_that_is_away_holds_up_files_and_nothing_else() {
    tell_in_bucket(Kind::Sqlite, with_bucket, async |clinic, gate| {
        has_files(clinic, true).await;
        let (mut ana, mut dr_b) = clinic.chat().await;
        let text = "It hurts when I walk. ".repeat(40_000);
        let text = text.as_bytes();
        let id = ana.who.begins(ana.id, "diary.txt", text.len()).await.expect("may").file_id;
        let first = ana.who.patches(id, 0, false, &text[..CHUNK]).await;
        assert_eq!((first.status, first.header("upload-offset")), (204, Some("262144")));

        gate.is(Mood::IsAway);
        let cut = ana.who.patches(id, CHUNK, true, &text[CHUNK..]).await;
        assert_eq!((cut.status, cut.code().as_str()), (503, "unavailable"));
        let here = ana.who.asks_offset(id).await;
        assert_eq!(here.header("upload-offset"), Some("262144"), "what is kept is known");
        has_files(clinic, false).await;
        ana.says("but I can still write").await;
        dr_b.hears("but I can still write").await;

        gate.is(Mood::Passes);
        let rest = ana.who.patches(id, CHUNK, true, &text[CHUNK..]).await;
        assert_eq!(rest.status, 200, "{}", rest.text());
        has_files(clinic, true).await;
        ana.sends("here", &[id]).await.expect("may send");
        dr_b.sees_file(id, FileState::Clear).await;

        let link = dr_b.who.links(id, FileVariant::Original).await.expect("may fetch");
        gate.is(Mood::IsAway);
        let cut = dr_b.who.fetches(&link).await;
        assert_eq!((cut.status, cut.code().as_str()), (503, "unavailable"));
        gate.is(Mood::Passes);
        assert!(dr_b.who.fetches(&link).await.body == text, "every byte");
    });
}

#[test]
fn a_hub_starts_without_its_bucket_and_finds_it() {
    tell_in_bucket(Kind::Sqlite, with_bucket, async |clinic, gate| {
        gate.is(Mood::IsAway);
        clinic.restarts().await;
        has_files(clinic, false).await;
        let (ana, _) = clinic.chat().await;
        let id = ana.who.begins(ana.id, "a.txt", 5).await.expect("may").file_id;
        assert_eq!(ana.who.patches(id, 0, true, b"hello").await.code(), "unavailable");
        gate.is(Mood::Passes);
        has_files(clinic, true).await;
        let sent = ana.who.patches(id, 0, true, b"hello").await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        assert!(!gate.seen.borrow().iter().any(|it| it == "refused"), "all that came was signed");
    });
}

fn with_bucket_and_clamd(config: &mut Config) {
    with_bucket(config);
    config.files.clamd = format!("unix:{}/clamd.sock", config.data_dir.display());
}

/// It says of everything that it is not there, which is no word about a file.
#[test]
fn a_bucket_that_there_is_not_damages_and_forgets_nothing() {
    tell_in_bucket(Kind::Sqlite, with_bucket_and_clamd, async |clinic, gate| {
        let (ana, _) = clinic.chat().await;
        let waits = ana.who.uploads(ana.id, "a.txt", b"hello").await;
        let unwanted = ana.who.uploads(ana.id, "b.txt", b"hello").await.file_id;
        assert_eq!(waits.state, FileState::Checking, "no antivirus answers");
        let row = async |id| clinic.store.file(id).await.expect("answers");
        let tries = row(waits.file_id).await.expect("it").attempts;

        gate.is(Mood::HasNothing);
        ana.who.calls(RemoveFile { file_id: unwanted }).await.expect("hers");
        clinic.clock.advance(Duration::from_secs(60 * 60));
        eventually("another look", async || {
            clinic.node.look_at_files().await;
            row(waits.file_id).await.expect("it").attempts > tries
                || row(waits.file_id).await.expect("it").state != FileState::Checking
        })
        .await;
        assert_eq!(row(waits.file_id).await.expect("it").state, FileState::Checking);
        assert!(row(unwanted).await.is_some(), "its bytes are somewhere");

        gate.is(Mood::Passes);
        clamd_at(&clinic.data_dir().join("clamd.sock"));
        clinic.clock.advance(Duration::from_secs(60 * 60));
        eventually("both to be done with", async || {
            clinic.node.look_at_files().await;
            row(waits.file_id).await.expect("it").state == FileState::Clear
                && row(unwanted).await.is_none()
        })
        .await;
    });
}

/// The file with the key holds another one.
fn with_a_wrong_key(config: &mut Config) {
    with_bucket(config);
    std::fs::write(&config.files.s3.secret_file, "guessed").unwrap();
}

#[test]
fn a_wrong_key_is_refused_and_told_apart() {
    tell_in_bucket(Kind::Memory, with_a_wrong_key, async |clinic, gate| {
        has_files(clinic, false).await;
        let (ana, _) = clinic.chat().await;
        let id = ana.who.begins(ana.id, "a.txt", 5).await.expect("may").file_id;
        assert_eq!(ana.who.patches(id, 0, true, b"hello").await.code(), "unavailable");
        assert!(gate.seen.borrow().iter().all(|it| it == "refused"), "{:?}", gate.seen.borrow());
        let metrics = clinic.metrics().await;
        assert!(metrics.contains("bedside_blob_errors_total{why=\"not_permitted\"}"), "{metrics}");
        assert!(!metrics.contains("guessed"));
        assert!(gate.blobs().all().try_collect::<Vec<_>>().await.unwrap().is_empty());
    });
}

#[test]
fn a_slow_bucket_is_not_waited_for_for_ever() {
    tell_in_bucket(Kind::Memory, with_bucket, async |clinic, gate| {
        let (ana, _) = clinic.chat().await;
        let id = ana.who.begins(ana.id, "a.txt", 5).await.expect("may").file_id;
        let may_answer = Rc::new(Notify::new());
        gate.is(Mood::Waits(Rc::clone(&may_answer)));
        let asked = Instant::now();
        let late = ana.who.patches(id, 0, true, b"hello").await;
        assert_eq!((late.status, late.code().as_str()), (503, "unavailable"));
        assert!(asked.elapsed() < GIVES_UP_WITHIN + Duration::from_secs(5));
        gate.is(Mood::Passes);
        may_answer.notify_one();
        let sent = ana.who.patches(id, 0, true, b"hello").await;
        assert_eq!(sent.status, 200, "{}", sent.text());
    });
}

#[test]
fn a_bucket_that_leads_elsewhere_is_not_followed() {
    tell_in_bucket(Kind::Memory, with_bucket, async |clinic, gate| {
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
        gate.is(Mood::Leads(elsewhere.local_addr().unwrap()));
        let (ana, _) = clinic.chat().await;
        let id = ana.who.begins(ana.id, "a.txt", 5).await.expect("may").file_id;
        let led = ana.who.patches(id, 0, true, b"hello").await;
        assert_eq!((led.status, led.code().as_str()), (503, "unavailable"));
        let nobody = tokio::time::timeout(Duration::from_millis(100), elsewhere.accept()).await;
        assert!(nobody.is_err(), "the signature was carried elsewhere");
    });
}

#[test]
fn what_is_in_a_bucket_is_asked_for_by_tls_of_who_is_trusted() {
    tell_in_bucket(Kind::Memory, with_bucket, async |clinic, gate| {
        let (address, ca_file) = gate.by_tls(clinic.data_dir()).await;
        let trusting = gate.blobs_at(&address, &ca_file);
        assert!(in_time("an answer", trusting.look()).await);
        let others = gate.blobs_at(&address, Path::new(""));
        assert!(!in_time("no answer", others.look()).await, "nobody vouches for it");
    });
}

/// Every file that this node has published, and what the bucket has in its place.
async fn differs(clinic: &Clinic, tiles: &Tiles) -> Vec<String> {
    let folder = clinic.data_dir().join("audit");
    let mut differ = vec![];
    let mut open = vec![folder.clone()];
    while let Some(at) = open.pop() {
        for it in std::fs::read_dir(at).expect("a folder").map(|it| it.expect("a name").path()) {
            if it.is_dir() {
                open.push(it);
                continue;
            }
            let name = it.strip_prefix(&folder).expect("below it").display().to_string();
            let copy = tiles.get(&name).await.ok();
            if copy.as_deref() != Some(&*std::fs::read(&it).expect("a file")) {
                differ.push(name);
            }
        }
    }
    differ
}

#[test]
fn the_published_log_is_in_the_bucket_as_well() {
    tell_in_bucket(Kind::Sqlite, with_bucket, async |clinic, gate| {
        let tiles = gate.blobs().tiles("node-1").expect("a bucket");
        let turn = async || {
            clinic.node.order_audit().await;
            clinic.node.publish_audit().await;
            clinic.node.copy_audit().await;
        };
        has_files(clinic, true).await;
        let (mut ana, _dr_b) = clinic.chat().await;
        turn().await;
        assert_eq!(differs(clinic, &tiles).await, [""; 0]);

        // While it is away the folder goes on, and the bucket follows later.
        gate.is(Mood::IsAway);
        ana.says("It is still sore.").await;
        turn().await;
        assert!(differs(clinic, &tiles).await.contains(&"checkpoint".to_owned()));
        let (_, told) = ready(clinic).await;
        assert_eq!(told["parts"]["audit"], true, "nothing is wrong with the log");
        gate.is(Mood::Passes);
        turn().await;
        assert_eq!(differs(clinic, &tiles).await, [""; 0]);

        // What somebody put there instead stays there, and is told.
        tiles.put("checkpoint", b"nonsense".to_vec()).await.expect("put");
        ana.says("And a little warm.").await;
        turn().await;
        assert_eq!(tiles.get("checkpoint").await.expect("there"), "nonsense");
        let (_, told) = ready(clinic).await;
        assert_eq!((&told["ready"], &told["parts"]["audit"]), (&true.into(), &false.into()));
    });
}
