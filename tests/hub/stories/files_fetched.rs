//! Files as they are fetched: parts of them, and nothing that is not what was looked at.

use crate::support::Clinic;
use crate::support::files::{CHUNK, Place, picture, slow_clamd_at};
use crate::support::http::{Answer, Request};
use crate::support::{Chat, Kind, eventually, tell_at, tell_with};
use bedside::config::Config;
use bedside::crypto::{Piece, Wrapped};
use bedside::protocol::file::{FileState, FileVariant, RemoveFile};
use bedside::protocol::ids::FileId;
use bedside::records::houses::HousesOf;
use image::ImageFormat;
use rstest::rstest;
use std::rc::Rc;
use tokio::sync::Notify;

/// What the link gives with these headers.
async fn asks(ana: &Chat, link: &str, headers: &[(&str, &str)]) -> Answer {
    let plain = Request::new("GET", link);
    let request = headers.iter().fold(plain, |it, (name, value)| it.with(name, value));
    request.send(ana.who.hub).await
}

#[rstest]
fn a_part_of_a_file_is_fetched(#[values(Place::Folder, Place::Bucket)] place: Place) {
    tell_at(Kind::Memory, place, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let said: Vec<u8> =
            (0..2 * CHUNK + 9).map(|it| b'a' + u8::try_from(it % 23).unwrap()).collect();
        let id = ana.who.uploads(ana.id, "a.txt", &said).await.file_id;
        let link = ana.who.links(id, FileVariant::Original).await.expect("hers");
        let whole = asks(&ana, &link, &[]).await;
        assert_eq!((whole.status, whole.header("accept-ranges")), (200, Some("bytes")));
        assert!(whole.body == said);
        let tag = whole.header("etag").expect("a tag").to_owned();
        assert!(tag.starts_with('"'), "a strong one: {tag}");

        let last = said.len() - 1;
        for (range, first, until) in [
            ("bytes=0-0", 0, 0),
            ("bytes=5-", 5, last),
            ("bytes=-4", last - 3, last),
            (&*format!("bytes={}-{}", CHUNK - 1, CHUNK), CHUNK - 1, CHUNK),
            (&*format!("bytes={}-{}", CHUNK, 2 * CHUNK - 1), CHUNK, 2 * CHUNK - 1),
            ("bytes=7-99999999999", 7, last),
        ] {
            let part = asks(&ana, &link, &[("range", range)]).await;
            assert_eq!(part.status, 206, "{range}");
            assert!(part.body == said[first..=until], "{range}");
            let of = format!("bytes {first}-{until}/{}", said.len());
            assert_eq!(part.header("content-range"), Some(&*of), "{range}");
            assert_eq!(part.header("content-length"), Some(&*(until - first + 1).to_string()));
            assert_eq!(part.header("etag"), Some(&*tag));
            assert_eq!(part.header("x-content-type-options"), Some("nosniff"));
        }
        for range in [format!("bytes={}-", said.len()), "bytes=-0".to_owned()] {
            let none = asks(&ana, &link, &[("range", &range)]).await;
            let of = format!("bytes */{}", said.len());
            assert_eq!((none.status, none.header("content-range")), (416, Some(&*of)), "{range}");
            assert!(none.body.is_empty());
        }
        for range in
            ["bytes=0-1,3-4", "bytes=4-2", "bytes=a-b", "lines=0-1", "bytes=--1", "bytes=-"]
        {
            let all = asks(&ana, &link, &[("range", range)]).await;
            assert_eq!((all.status, all.body.len()), (200, said.len()), "{range}");
        }
        let same = asks(&ana, &link, &[("range", "bytes=0-1"), ("if-range", &tag)]).await;
        assert_eq!(same.status, 206);
        let other = asks(&ana, &link, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
        assert_eq!((other.status, other.body.len()), (200, said.len()));
    });
}

#[test]
fn the_tag_of_a_picture_is_of_that_picture() {
    tell_at(Kind::Memory, Place::Folder, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let id = ana.who.uploads(ana.id, "a.png", &picture(700, ImageFormat::Png)).await.file_id;
        let mut tags = vec![];
        for variant in [FileVariant::Original, FileVariant::Preview, FileVariant::Thumbnail] {
            let link = ana.who.links(id, variant).await.expect("hers");
            let small = asks(&ana, &link, &[("range", "bytes=0-9")]).await;
            assert_eq!((small.status, small.body.len()), (206, 10));
            tags.push(small.header("etag").expect("a tag").to_owned());
        }
        tags.dedup();
        assert_eq!(tags.len(), 3);
    });
}

/// A piece as somebody would put it there who has the key of the conversation, or sent it twice at the right moment.
async fn puts_instead(clinic: &Clinic, ana: &Chat, id: FileId, number: u32, plain: &[u8]) {
    let kept = clinic.store.conversation(ana.id).await.unwrap().expect("it").key.expect("a key");
    let wrapped = Wrapped { key_id: kept.key_id, sealed: kept.sealed };
    let houses = HousesOf(&*clinic.store);
    let key = clinic.keys().vault.open_key(ana.id.0, &houses, &wrapped).await.expect("it opens");
    let piece = Piece { file: id.0, variant: "original", number, is_last: false };
    let sealed = key.seal_piece(piece, plain).expect("sealed");
    let blob = clinic.store.file(id).await.unwrap().expect("there").blob;
    clinic.blobs().put(blob, "original", number, sealed).await.expect("put");
}

#[test]
fn a_piece_that_opens_and_is_not_what_was_looked_at_is_given_to_nobody() {
    tell_at(Kind::Sqlite, Place::Folder, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let id = ana.who.uploads(ana.id, "a.txt", &vec![b'a'; 2 * CHUNK + 9]).await.file_id;
        puts_instead(clinic, &ana, id, 1, &vec![b'b'; CHUNK]).await;
        let cut = ana.who.downloads(id, FileVariant::Original).await;
        assert!(
            cut.body.len() <= CHUNK && cut.body.iter().all(|it| *it == b'a'),
            "not a byte of it"
        );
        puts_instead(clinic, &ana, id, 0, &vec![b'b'; CHUNK]).await;
        let none = ana.who.downloads(id, FileVariant::Original).await;
        assert_eq!((none.status, none.code().as_str()), (503, "unavailable"));
        let link = ana.who.links(id, FileVariant::Original).await.expect("hers");
        let part = asks(&ana, &link, &[("range", &format!("bytes={CHUNK}-"))]).await;
        assert_eq!(part.status, 503, "nor as a part");
    });
}

fn with_clamd(config: &mut Config) {
    config.files.clamd = format!("unix:{}/clamd.sock", config.data_dir.display());
}

#[test]
fn a_slow_antivirus_holds_up_no_removal() {
    tell_with(Kind::Sqlite, with_clamd, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let (asked, may_answer) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (ask, answer) = (Rc::clone(&asked), Rc::clone(&may_answer));
        slow_clamd_at(&clinic.data_dir().join("clamd.sock"), async move || {
            ask.notify_one();
            answer.notified().await;
            answer.notify_one();
        });
        let open = ana.who.begins(ana.id, "later.txt", 9).await.expect("may").file_id;
        let removes = async {
            asked.notified().await;
            ana.who.calls(RemoveFile { file_id: open }).await.expect("hers");
            eventually("it to be gone", async || clinic.store.file(open).await.unwrap().is_none())
                .await;
            may_answer.notify_one();
        };
        let (card, ()) = futures::join!(ana.who.uploads(ana.id, "a.txt", b"hello"), removes);
        eventually("an answer", async || {
            let file = clinic.store.file(card.file_id).await.unwrap().expect("there");
            file.state == FileState::Clear
        })
        .await;
    });
}
