//! Files: uploaded, cut off and gone on with, sent, looked at, fetched, taken back, and gone.

use crate::support::files::{CHUNK, Place, picture};
use crate::support::people::told;
use crate::support::{Chat, Clinic, Kind, eventually, tell, tell_at, tell_with};
use bedside::clock::Clock as _;
use bedside::config::Retention;
use bedside::domain::file::{ATTACH_WITHIN, LINK_WITHIN};
use bedside::files::blobs::BlobError;
use bedside::protocol::codec::Codec;
use bedside::protocol::conversation::ListMessages;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::file::{FileState, FileVariant, LinkFile, RemoveFile};
use bedside::protocol::ids::FileId;
use futures::TryStreamExt as _;
use image::ImageFormat;
use rstest::rstest;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[rstest]
#[case::memory(Kind::Memory, Place::Folder)]
#[case::sqlite(Kind::Sqlite, Place::Folder)]
#[case::postgres(Kind::Postgres, Place::Folder)]
#[case::bucket(Kind::Sqlite, Place::Bucket)]
fn a_photo_is_sent_and_looked_at(#[case] kind: Kind, #[case] place: Place) {
    tell_at(kind, place, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let photo = picture(700, ImageFormat::Png);
        assert!(photo.len() > 2 * CHUNK, "of several pieces");
        let begun = ana.who.begins(ana.id, "left arm.png", photo.len()).await.expect("may");
        let id = begun.file_id;
        assert_eq!(usize::try_from(begun.chunk_bytes).unwrap(), CHUNK);
        let first = ana.who.patches(id, 0, false, &photo[..CHUNK]).await;
        assert_eq!((first.status, first.header("upload-offset")), (204, Some("262144")));
        assert_eq!(first.header("upload-complete"), Some("?0"));
        let last = ana.who.patches(id, CHUNK, true, &photo[CHUNK..]).await;
        assert_eq!(last.status, 200, "{}", last.text());
        let card = ana.who.reads_file(id).await.expect("hers");
        assert_eq!((card.state, card.why, card.scanned), (FileState::Clear, None, false));
        assert_eq!((card.width, card.height, card.has_preview), (Some(700), Some(700), true));
        assert_eq!(card.content_type, "image/png");
        told(dr_b.who.reads_file(id).await, FaultCode::NotFound);

        ana.sends("", &[id]).await.expect("may send");
        ana.sees_file(id, FileState::Clear).await;
        dr_b.sees_file(id, FileState::Clear).await;
        assert_eq!(dr_b.files(), std::slice::from_ref(&card));
        let op = ListMessages { conversation_id: ana.id, since: None, before: None, limit: None };
        let listed = dr_b.who.calls(op).await.expect("may read").messages;
        assert_eq!(listed.last().expect("a message").files, [card]);

        let original = dr_b.who.downloads(id, FileVariant::Original).await;
        assert_eq!(original.status, 200);
        assert!(original.body == photo, "every byte");
        for (name, expected) in [
            ("content-type", "application/octet-stream"),
            (
                "content-disposition",
                "attachment; filename=\"left arm.png\"; filename*=UTF-8''left%20arm.png",
            ),
            ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-store"),
            ("content-length", &photo.len().to_string()),
        ] {
            assert_eq!(original.header(name), Some(expected), "{name}");
        }
        let small = dr_b.who.downloads(id, FileVariant::Thumbnail).await;
        assert_eq!(small.header("content-type"), Some("image/jpeg"));
        assert!(small.header("content-disposition").expect("one").starts_with("inline;"));
        let small = image::load_from_memory(&small.body).expect("a picture");
        assert_eq!((small.width(), small.height()), (512, 512));
        let preview = ana.who.downloads(id, FileVariant::Preview).await;
        assert_eq!(preview.status, 200);

        if !matches!(kind, Kind::Memory) {
            drop((ana, dr_b));
            let before = listed;
            clinic.restarts().await;
            let again = clinic.patient("Ana Again").await;
            told(again.reads_file(id).await, FaultCode::NotFound);
            let kept = clinic.store.file(id).await.unwrap().expect("kept");
            assert_eq!(kept.message_id, before.last().map(|it| it.message_id));
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory, Place::Folder)]
#[case::sqlite(Kind::Sqlite, Place::Folder)]
#[case::bucket(Kind::Memory, Place::Bucket)]
fn an_upload_that_was_cut_off_goes_on(#[case] kind: Kind, #[case] place: Place) {
    tell_at(kind, place, async |clinic| {
        let (ana, dr_b) = clinic.chat().await;
        let text = "The pain began on Monday. ".repeat(60_000);
        let text = text.as_bytes();
        let id = ana.who.begins(ana.id, "diary.txt", text.len()).await.expect("may").file_id;
        ana.who.patches_and_is_cut_off(id, text, 4 * CHUNK + 100).await;
        let here = async || {
            let answer = ana.who.asks_offset(id).await;
            answer.header("upload-offset").and_then(|it| it.parse::<usize>().ok())
        };
        let mut reached = 0;
        eventually("whole pieces to be kept", async || {
            tokio::time::sleep(Duration::from_millis(50)).await;
            reached = here().await.unwrap_or_default();
            reached > 0
        })
        .await;
        assert!(reached.is_multiple_of(CHUNK) && reached <= 4 * CHUNK, "{reached}");
        // It is hers alone.
        for (other, status) in [(&dr_b.who, 404), (&clinic.stranger(), 401), (&clinic.admin, 403)] {
            let tried = other.patches(id, reached, true, &text[reached..]).await;
            assert_eq!(tried.status, status, "{}", other.name);
            assert_eq!(other.asks_offset(id).await.status, status, "{}", other.name);
        }
        // As a client goes on: from where the hub says, which may still be keeping what it has.
        let rest = loop {
            let from = here().await.expect("hers");
            let rest = ana.who.patches(id, from, true, &text[from..]).await;
            if rest.status != 409 {
                break rest;
            }
            assert_eq!(rest.code(), "wrong_offset");
        };
        assert_eq!(rest.status, 200, "{}", rest.text());
        let whole = ana.who.asks_offset(id).await;
        assert_eq!((whole.status, whole.header("upload-complete")), (204, Some("?1")));
        assert_eq!(ana.who.patches(id, text.len(), true, b"").await.status, 409);
        let fetched = ana.who.downloads(id, FileVariant::Original).await;
        assert!(fetched.body == text, "every byte");
        told(ana.who.links(id, FileVariant::Preview).await, FaultCode::NotFound);
    });
}

#[rstest]
fn a_part_begins_where_the_hub_is_and_ends_where_it_was_said(
    #[values(Place::Folder, Place::Bucket)] place: Place,
) {
    tell_at(Kind::Sqlite, place, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let text = vec![b'a'; CHUNK + 9];
        let id = ana.who.begins(ana.id, "a.txt", text.len()).await.expect("may").file_id;
        ana.who.patches(id, 0, false, &text[..CHUNK]).await;
        for from in [0, CHUNK - 1, CHUNK + 1, 4 * CHUNK] {
            let wrong = ana.who.patches(id, from, true, b"aaaaaaaaa").await;
            assert_eq!((wrong.status, wrong.code().as_str()), (409, "wrong_offset"));
            assert_eq!(wrong.header("upload-offset"), Some("262144"), "{from}");
        }
        let more = ana.who.patches(id, CHUNK, true, &text).await;
        assert_eq!((more.status, more.code().as_str()), (413, "too_large"));
        let less = ana.who.patches(id, CHUNK, true, b"aaaaa").await;
        assert_eq!((less.status, less.code().as_str()), (400, "invalid_value"));
        assert_eq!(less.json()["field"], "Upload-Complete");
        let part = ana.who.patches(id, CHUNK, false, b"aaaaa").await;
        assert_eq!(
            (part.status, part.header("upload-offset")),
            (204, Some("262144")),
            "no whole piece"
        );
        assert_eq!(ana.who.patches(id, CHUNK, true, &text[CHUNK..]).await.status, 200);
    });
}

#[test]
fn a_part_says_what_it_is() {
    tell(Kind::Memory, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let id = ana.who.begins(ana.id, "a.txt", 5).await.expect("may").file_id;
        let path = format!("/v1/files/{id}/content");
        let whole = [
            ("content-type", "application/partial-upload"),
            ("upload-offset", "0"),
            ("upload-complete", "?1"),
        ];
        for (name, wrong) in [
            ("Content-Type", "text/plain"),
            ("Upload-Offset", "-1"),
            ("Upload-Offset", "many"),
            ("Upload-Complete", "yes"),
        ] {
            let mut request = crate::support::http::Request::new("PATCH", &path);
            for (header, value) in whole {
                let is_it = header.eq_ignore_ascii_case(name);
                request = request.with(header, if is_it { wrong } else { value });
            }
            request.body = b"12345".to_vec();
            let answer = ana.who.signed(request).send(ana.who.hub).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_value"), "{name}");
            assert_eq!(answer.json()["field"], name);
        }
        assert_eq!(ana.who.asks_offset(id).await.header("upload-offset"), Some("0"));
        let nowhere = FileId(uuid::Uuid::now_v7());
        assert_eq!(ana.who.patches(nowhere, 0, true, b"x").await.status, 404);
    });
}

#[rstest]
fn a_file_belongs_to_who_uploads_it_and_then_to_its_conversation(
    #[values(Place::Folder, Place::Bucket)] place: Place,
) {
    tell_at(Kind::Sqlite, place, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let (mut eve, _) = clinic.chat().await;
        let card = ana.who.uploads(ana.id, "note.txt", b"three times a day").await;
        let id = card.file_id;
        let invalid = FaultCode::InvalidValue;
        told(dr_b.sends("mine", &[id]).await, invalid);
        told(eve.sends("mine", &[id]).await, invalid);
        told(ana.sends("twice", &[id, id]).await, invalid);
        told(ana.sends("none", &[FileId(uuid::Uuid::now_v7())]).await, invalid);
        let open = ana.who.begins(ana.id, "later.txt", 5).await.expect("may").file_id;
        told(ana.sends("not whole", &[open]).await, invalid);
        told(ana.sends("", &[]).await, invalid);
        told(dr_b.who.calls(RemoveFile { file_id: id }).await, FaultCode::NotFound);
        ana.who.calls(RemoveFile { file_id: open }).await.expect("hers");
        told(ana.who.reads_file(open).await, FaultCode::NotFound);

        let sent = ana.sends("as you said", &[id]).await.expect("may send");
        dr_b.sees_file(id, FileState::Clear).await;
        told(ana.sends("again", &[id]).await, invalid);
        told(ana.who.calls(RemoveFile { file_id: id }).await, FaultCode::NotAllowedNow);
        told(dr_b.who.calls(RemoveFile { file_id: id }).await, FaultCode::Forbidden);
        for variant in [FileVariant::Original, FileVariant::Preview, FileVariant::Thumbnail] {
            told(eve.who.links(id, variant).await, FaultCode::NotFound);
        }
        assert_eq!(eve.who.asks_offset(id).await.status, 404);

        let link = dr_b.who.links(id, FileVariant::Original).await.expect("may fetch");
        assert_eq!(eve.who.fetches(&link).await.status, 200, "for a minute it is for who has it");
        ana.deletes(sent.message_id).await.expect("may take back");
        dr_b.sees("nothing of it", |it| it.files().is_empty()).await;
        assert_eq!(dr_b.who.fetches(&link).await.status, 404, "asked again");
        told(dr_b.who.reads_file(id).await, FaultCode::NotFound);
        eventually("its bytes to go", async || {
            clinic.node.look_at_files().await;
            clinic.store.file(id).await.unwrap().is_none()
        })
        .await;
    });
}

#[rstest]
fn a_link_is_good_for_a_minute_and_for_one_thing(
    #[values(Place::Folder, Place::Bucket)] place: Place,
) {
    tell_at(Kind::Memory, place, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let card = ana.who.uploads(ana.id, "a.png", &picture(40, ImageFormat::Png)).await;
        let other = ana.who.uploads(ana.id, "b.png", &picture(40, ImageFormat::Png)).await;
        let link = ana.who.links(card.file_id, FileVariant::Thumbnail).await.expect("hers");
        assert_eq!(ana.who.fetches(&link).await.status, 200);
        let token = link.split_once("token=").expect("a token").1;
        let bad = [
            link.replace("/thumbnail?", "/original?"),
            link.replace(&card.file_id.to_string(), &other.file_id.to_string()),
            link.replace(token, &format!("{token}A")),
            link.replace(token, &format!("A{token}")),
            link.replace(token, ""),
            link.replace(token, "a.b.c"),
            link.split_once('?').expect("a query").0.to_owned(),
        ];
        for link in &bad {
            let answer = ana.who.fetches(link).await;
            assert_eq!(answer.status, 401, "{link}");
        }
        clinic.clock.advance(LINK_WITHIN);
        assert_eq!(ana.who.fetches(&link).await.status, 401, "over");
        let op = LinkFile { file_id: card.file_id, variant: FileVariant::Preview };
        let fresh = ana.who.calls(op).await.expect("another");
        assert_eq!(fresh.expires_at, clinic.clock.now().plus(LINK_WITHIN));
        ana.who.calls(bedside::protocol::auth::SignOut {}).await.ok();
        let row = "auth.sign_out";
        assert_eq!(ana.who.asks(row, &serde_json::json!({})).await.status / 100, 4, "signed out");
        assert_eq!(ana.who.fetches(fresh.url.expose()).await.status, 401, "with the sign-in");
    });
}

#[test]
fn there_is_only_so_much_of_everything() {
    tell(Kind::Sqlite, async |clinic| {
        let (ana, dr_b) = clinic.chat().await;
        let begin = async |name: &str, bytes| ana.who.begins(ana.id, name, bytes).await;
        for (name, bytes, field) in
            [("a.txt", 0, "bytes"), ("", 1, "name"), (&*"n".repeat(256), 1, "name")]
        {
            let fault = begin(name, bytes).await.expect_err("not that");
            assert_eq!(
                (fault.code, fault.field.as_deref()),
                (FaultCode::InvalidValue, Some(field))
            );
        }
        told(begin("a.txt", 25 * 1024 * 1024 + 1).await, FaultCode::TooLarge);
        let mut begun = vec![];
        let most = 25 * 1024 * 1024;
        for n in 0..5 {
            begun.push(begin(&format!("{n}.txt"), most).await.expect("five of the largest"));
        }
        told(begin("too much.txt", most).await, FaultCode::FileQuota);
        dr_b.who.begins(ana.id, "much.bin", most).await.expect("she leaves room to the others");
        for n in 5..20 {
            begun.push(begin(&format!("{n}.txt"), 1).await.expect("twenty"));
        }
        told(begin("one more.txt", 1).await, FaultCode::FileQuota);
        ana.who.calls(RemoveFile { file_id: begun[0].file_id }).await.expect("hers");
        begin("one more.txt", 1).await.expect("in its place");
    });
}

async fn objects(clinic: &Clinic) -> usize {
    let blobs = clinic.blobs();
    let all: BTreeSet<Uuid> = blobs.all().map_ok(|it| it.blob).try_collect().await.expect("a list");
    all.len()
}

#[rstest]
#[case::memory(Kind::Memory, Place::Folder)]
#[case::sqlite(Kind::Sqlite, Place::Folder)]
#[case::bucket(Kind::Memory, Place::Bucket)]
fn what_was_not_sent_in_time_is_gone(#[case] kind: Kind, #[case] place: Place) {
    tell_at(kind, place, async |clinic| {
        let (mut ana, _) = clinic.chat().await;
        let whole = ana.who.uploads(ana.id, "a.txt", b"never sent").await.file_id;
        let open = ana.who.begins(ana.id, "b.txt", 9).await.expect("may").file_id;
        let sent = ana.who.uploads(ana.id, "c.txt", b"sent").await.file_id;
        ana.sends("here", &[sent]).await.expect("may send");
        assert_eq!(objects(clinic).await, 2);
        clinic.clock.advance(ATTACH_WITHIN);
        let ana_again = clinic.signs_in_again(&ana.who).await;
        clinic.node.look_at_files().await;
        for id in [whole, open] {
            assert_eq!(ana_again.reads_file(id).await.expect("told").state, FileState::Expired);
        }
        assert_eq!(objects(clinic).await, 1, "its bytes are gone");
        assert_eq!(ana_again.patches(open, 0, true, b"too late!").await.status, 409);
        clinic.clock.advance(DAY);
        eventually("their rows to go", async || {
            clinic.node.look_at_files().await;
            let left = [whole, open].map(|it| clinic.store.file(it));
            futures::future::join_all(left).await.iter().all(|it| it.as_ref().unwrap().is_none())
        })
        .await;
        assert_eq!(clinic.store.file(sent).await.unwrap().expect("kept").due_at, None);
        // Objects of nobody, as a restore leaves them.
        let (blobs, orphan) = (clinic.blobs(), Uuid::new_v4());
        blobs.put(orphan, "original", 0, b"?".to_vec()).await.unwrap();
        if place == Place::Folder {
            let name = format!("files/{orphan}/original/0");
            let file = std::fs::File::options().write(true).open(clinic.data_dir().join(name));
            let now = Duration::from_millis(clinic.clock.now().0.unsigned_abs());
            file.unwrap().set_modified(std::time::UNIX_EPOCH + now).unwrap();
            clinic.clock.advance(13 * DAY);
            clinic.node.keep_house().await;
            assert!(
                blobs.get(orphan, "original", 0).await.is_ok(),
                "others may know what is young"
            );
        }
        clinic.clock.advance(15 * DAY);
        clinic.node.keep_house().await;
        assert_eq!(blobs.get(orphan, "original", 0).await, Err(BlobError::Missing), "swept");
        assert_eq!(objects(clinic).await, 1, "what belongs to a file stays");
        // A copy of the database, beside objects that it knows least of.
        let others = [orphan, Uuid::new_v4(), Uuid::new_v4()];
        for it in others {
            blobs.put(it, "original", 0, b"?".to_vec()).await.unwrap();
        }
        clinic.clock.advance(100 * DAY);
        clinic.node.keep_house().await;
        assert_eq!(objects(clinic).await, 4, "most are unknown: none is swept");
        assert!(clinic.metric("bedside_blobs_sweep_stopped_total").await > 0.0);
        for it in others {
            blobs.remove(it).await.unwrap();
        }
        // A hub that was started with the database of another clinic.
        blobs.put(orphan, "original", 0, b"?".to_vec()).await.unwrap();
        blobs.belong_to(Uuid::new_v4()).await.unwrap();
        clinic.node.keep_house().await;
        assert!(blobs.get(orphan, "original", 0).await.is_ok(), "it is not theirs to sweep");
        assert!(clinic.metric("bedside_blobs_of_another_database_total").await > 0.0);
    });
}

#[rstest]
#[case::folder(Kind::Sqlite, Place::Folder)]
#[case::bucket(Kind::Memory, Place::Bucket)]
fn a_place_with_objects_of_others_is_nobodys(#[case] kind: Kind, #[case] place: Place) {
    tell_at(kind, place, async |clinic| {
        let (blobs, theirs) = (clinic.blobs(), Uuid::new_v4());
        blobs.put(theirs, "original", 0, b"?".to_vec()).await.unwrap();
        clinic.node.keep_house().await;
        assert_eq!(blobs.owner().await, Ok(None), "there is nothing of this clinic");
        let (ana, _) = clinic.chat().await;
        let id = ana.who.uploads(ana.id, "a.txt", b"hello").await.file_id;
        clinic.node.keep_house().await;
        let ours = clinic.store.database_id().await.expect("a name");
        assert_eq!(blobs.owner().await, Ok(Some(ours)), "now there is");
        blobs.remove(theirs).await.unwrap();

        // Somebody empties it, or it is another one.
        let blob = clinic.store.file(id).await.unwrap().expect("it").blob;
        blobs.remove(blob).await.unwrap();
        if place == Place::Folder {
            std::fs::remove_file(clinic.data_dir().join("files/database")).unwrap();
            clinic.node.keep_house().await;
            assert_eq!(blobs.owner().await, Ok(None), "it should not be empty");
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn files_go_with_the_key_of_their_conversation(#[case] kind: Kind) {
    let keep_a_week = |config: &mut bedside::config::Config| {
        config.retention = Retention { care_conversation_days: Some(7), ..Retention::default() };
    };
    tell_with(kind, keep_a_week, async |clinic| {
        let (mut ana, _) = clinic.chat().await;
        let id = ana.who.uploads(ana.id, "c.txt", b"sent").await.file_id;
        ana.sends("here", &[id]).await.expect("may send");
        clinic.clock.advance(8 * DAY);
        clinic.node.keep_house().await;
        eventually("row and bytes to go", async || {
            clinic.node.look_at_files().await;
            clinic.store.file(id).await.unwrap().is_none()
        })
        .await;
        assert_eq!(objects(clinic).await, 0);
    });
}

#[test]
fn nothing_of_a_file_can_be_read_from_disk() {
    tell(Kind::Sqlite, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let said = "Canarious shadow on the left lung ".repeat(20_000);
        let id = ana.who.uploads(ana.id, "canarious report.txt", said.as_bytes()).await.file_id;
        ana.sends("canarious too", &[id]).await.expect("may send");
        dr_b.sees_file(id, FileState::Clear).await;
        let mut looked = 0;
        let mut folders = vec![clinic.data_dir().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.to_string_lossy().to_lowercase();
                assert!(!name.contains("canarious") && !name.contains(&id.to_string()), "{name}");
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).unwrap();
                looked += bytes.len();
                let is_there = |what: &[u8]| bytes.windows(what.len()).any(|it| it == what);
                assert!(!is_there(b"anarious") && !is_there(b"shadow on"), "{name}");
            }
        }
        assert!(looked > said.len(), "it is there, sealed");
    });
}

#[rstest]
fn a_piece_that_was_changed_is_given_to_nobody(
    #[values(Place::Folder, Place::Bucket)] place: Place,
) {
    tell_at(Kind::Memory, place, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let said = vec![b'a'; 2 * CHUNK + 9];
        let id = ana.who.uploads(ana.id, "a.txt", &said).await.file_id;
        let blob = clinic.store.file(id).await.unwrap().expect("there").blob;
        let blobs = clinic.blobs();
        let change = async |piece: u32| {
            let mut bytes = blobs.get(blob, "original", piece).await.unwrap().to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            blobs.put(blob, "original", piece, bytes).await.unwrap();
        };
        change(1).await;
        let cut = ana.who.downloads(id, FileVariant::Original).await;
        assert!(cut.body.len() < said.len(), "it ends before");
        let other = blobs.get(blob, "original", 2).await.unwrap();
        blobs.put(blob, "original", 1, other.to_vec()).await.unwrap();
        let cut = ana.who.downloads(id, FileVariant::Original).await;
        assert!(cut.body.len() < said.len(), "one in the place of another");
        change(0).await;
        let none = ana.who.downloads(id, FileVariant::Original).await;
        assert_eq!((none.status, none.code().as_str()), (503, "unavailable"));
    });
}

#[rstest]
fn a_call_with_a_key_begins_one_file_and_sends_one_message(
    #[values(Place::Folder, Place::Bucket)] place: Place,
) {
    tell_at(Kind::Sqlite, place, async |clinic| {
        let (ana, mut dr_b) = clinic.chat().await;
        let op = bedside::protocol::file::BeginFile {
            conversation_id: ana.id,
            name: "a.txt".into(),
            bytes: 5,
            content_type: None,
            overriding: None,
        };
        let one = ana.who.calls_with_key("k", op.clone()).await.expect("may");
        assert_eq!(ana.who.calls_with_key("k", op).await.expect("the same"), one);
        ana.who.patches(one.file_id, 0, true, b"hello").await;
        let op = bedside::protocol::conversation::SendMessage {
            files: vec![one.file_id],
            ..ana.message("")
        };
        let sent = ana.who.calls_with_key("m", op.clone()).await.expect("may");
        assert_eq!(ana.who.calls_with_key("m", op).await.expect("the same"), sent);
        dr_b.sees_file(one.file_id, FileState::Clear).await;
        assert_eq!(dr_b.messages().len(), 1);
        again_by_socket(clinic, dr_b).await;
    });
}

/// Whoever comes anew is told of the files as well.
async fn again_by_socket(clinic: &Clinic, dr_b: Chat) {
    let (who, id, known) = (dr_b.who.clone(), dr_b.id, dr_b.files());
    drop(dr_b);
    let who = clinic.signs_in_again(&who).await;
    let fresh = Chat::follows(who, id, Codec::Json).await;
    assert_eq!(fresh.files(), known);
}
