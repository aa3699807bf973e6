//! What files are looked at for: what they are, what is in them, whether an antivirus knows them, and what people write.

use crate::support::files::{EICAR, clamd_at, huge_png, picture, slow_clamd_at};
use crate::support::people::told;
use crate::support::{Kind, eventually, tell, tell_with};
use bedside::config::Config;
use bedside::protocol::conversation::{EditMessage, SendMessage};
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::file::{
    BeginFile, DetectorKind, FileFault, FileState, FileVariant, Finding, Override, OverrideReason,
};
use image::ImageFormat;
use rstest::rstest;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// A scanner whose socket is in the folder of the story.
fn with_clamd(config: &mut Config) {
    config.files.clamd = format!("unix:{}/clamd.sock", config.data_dir.display());
}

fn polyglot() -> Vec<u8> {
    let mut gif = picture(8, ImageFormat::Gif);
    gif.extend_from_slice(b"*/=1;alert(1)//<script>alert(1)</script>");
    gif
}

#[test]
fn what_is_not_what_it_says_or_does_something_is_refused() {
    tell(Kind::Memory, async |clinic| {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let pdf = b"%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>> endobj";
        let bomb = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff";
        let corpus: Vec<(&str, Vec<u8>, FileFault)> = vec![
            ("drawing.svg", svg.to_vec(), FileFault::TypeNotAllowed),
            ("drawing.png", svg.to_vec(), FileFault::TypeNotAllowed),
            (
                "page.png",
                b"<!doctype html><script>alert(1)</script>".to_vec(),
                FileFault::TypeNotAllowed,
            ),
            ("script.js", b"alert(1)".to_vec(), FileFault::TypeMismatch),
            ("picture.gif", polyglot(), FileFault::TypeMismatch),
            ("picture.jpg", picture(8, ImageFormat::Png), FileFault::TypeMismatch),
            ("letter.pdf", pdf.to_vec(), FileFault::ActiveContent),
            ("locked.pdf", b"%PDF-1.7\ntrailer <</Encrypt 1 0 R>>".to_vec(), FileFault::Encrypted),
            ("bomb.zip", bomb.to_vec(), FileFault::TypeNotAllowed),
            ("letter.docx", bomb.to_vec(), FileFault::TypeNotAllowed),
            ("huge.png", huge_png(50_000), FileFault::TooManyPixels),
            ("torn.png", picture(8, ImageFormat::Png)[..60].to_vec(), FileFault::Damaged),
            ("program.txt", b"MZ\x90\0\x03\0\0\0".to_vec(), FileFault::TypeNotAllowed),
            ("key.txt", b"mine:\n-----BEGIN PRIVATE KEY-----".to_vec(), FileFault::Sensitive),
        ];
        for (name, bytes, why) in corpus {
            // Another one each time: so many calls in a row are not one person's.
            let (mut ana, _) = clinic.chat().await;
            let card = ana.who.uploads(ana.id, name, &bytes).await;
            assert_eq!((card.state, card.why), (FileState::Refused, Some(why)), "{name}");
            assert!(!card.has_preview, "{name}");
            for variant in [FileVariant::Original, FileVariant::Preview, FileVariant::Thumbnail] {
                told(ana.who.links(card.file_id, variant).await, FaultCode::NotAllowedNow);
            }
            told(ana.sends("?", &[card.file_id]).await, FaultCode::InvalidValue);
            assert!(ana.messages().is_empty());
        }
    });
}

#[test]
fn a_name_stays_in_its_header() {
    tell(Kind::Memory, async |clinic| {
        let (ana, _) = clinic.chat().await;
        for (name, expected) in [
            ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
            ("invoice\u{202E}fdp.txt", "invoicefdp.txt"),
            ("../../secret.txt", "secret.txt"),
            ("Gr\u{fc}\u{df}e \"1\".txt", "Gr\u{fc}\u{df}e _1_.txt"),
        ] {
            let card = ana.who.uploads(ana.id, name, b"hello").await;
            assert_eq!(card.name.expose(), expected);
            let answer = ana.who.downloads(card.file_id, FileVariant::Original).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("set-cookie"), None);
            assert!(answer.header("content-disposition").expect("one").starts_with("attachment;"));
        }
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn what_the_antivirus_knows_is_given_to_nobody(#[case] kind: Kind) {
    tell_with(kind, with_clamd, async |clinic| {
        clamd_at(&clinic.data_dir().join("clamd.sock"));
        let (mut ana, _) = clinic.chat().await;
        let good = ana.who.uploads(ana.id, "good.txt", b"hello").await;
        assert_eq!((good.state, good.scanned), (FileState::Clear, true));
        let bad = ana.who.uploads(ana.id, "bad.txt", EICAR.concat().as_bytes()).await;
        assert_eq!((bad.state, bad.why), (FileState::Quarantined, Some(FileFault::Infected)));
        told(ana.who.links(bad.file_id, FileVariant::Original).await, FaultCode::NotAllowedNow);
        told(ana.sends("look", &[bad.file_id]).await, FaultCode::InvalidValue);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn without_an_answer_of_the_antivirus_nothing_is_clear(#[case] kind: Kind) {
    tell_with(kind, with_clamd, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let mut ids = vec![];
        for (name, bytes) in [
            ("good.txt", b"hello".to_vec()),
            ("bad.txt", EICAR.concat().into_bytes()),
            ("arm.png", picture(40, ImageFormat::Png)),
        ] {
            let card = ana.who.uploads(ana.id, name, &bytes).await;
            assert_eq!((card.state, card.scanned), (FileState::Checking, false), "{name}");
            ids.push(card.file_id);
        }
        // It may be sent; it cannot be fetched.
        let sent = ana.sends("three files", &ids).await.expect("may send");
        for id in &ids {
            dr_b.sees_file(*id, FileState::Checking).await;
            told(dr_b.who.links(*id, FileVariant::Original).await, FaultCode::NotAllowedNow);
            told(ana.who.links(*id, FileVariant::Original).await, FaultCode::NotAllowedNow);
        }
        clinic.clock.advance(Duration::from_secs(60));
        clinic.node.look_at_files().await;
        assert!(dr_b.files().iter().all(|it| it.state == FileState::Checking), "still down");

        clamd_at(&clinic.data_dir().join("clamd.sock"));
        clinic.clock.advance(Duration::from_secs(60 * 60));
        clinic.node.look_at_files().await;
        let states = [FileState::Clear, FileState::Quarantined, FileState::Clear];
        for (id, state) in ids.iter().zip(states) {
            ana.sees_file(*id, state).await;
            dr_b.sees_file(*id, state).await;
        }
        assert!(dr_b.files().iter().all(|it| it.scanned));
        assert!(dr_b.files()[2].has_preview);
        let message = dr_b.messages().last().expect("it");
        assert_eq!((message.message_id, message.edited_at), (sent.message_id, None));
        let again = clinic.signs_in_again(&dr_b.who).await;
        told(again.links(ids[1], FileVariant::Original).await, FaultCode::NotAllowedNow);
        assert_eq!(again.downloads(ids[2], FileVariant::Thumbnail).await.status, 200);
        assert_eq!(again.downloads(ids[0], FileVariant::Original).await.body, b"hello");
    });
}

const CARD: &str = "my card is 4111 1111 1111 1111";
const KEY: &str = "-----BEGIN PRIVATE KEY-----";

fn warned_of(fault: &Fault) -> (FaultCode, Vec<(DetectorKind, u32)>) {
    let found = fault.findings.iter().map(|it: &Finding| (it.kind, it.count)).collect();
    (fault.code, found)
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn what_may_not_belong_there_is_sent_with_a_reason_or_not_at_all(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (ana, mut dr_b) = clinic.chat().await;
        let overriding = Some(Override { reason: OverrideReason::OwnData });
        let fault = ana.who.calls(ana.message(CARD)).await.expect_err("warned");
        let card = vec![(DetectorKind::PaymentCard, 1)];
        assert_eq!(warned_of(&fault), (FaultCode::ContentWarned, card.clone()));
        assert!(!serde_json::to_string(&fault).unwrap().contains("4111"), "never the text");
        let op = SendMessage { overriding, ..ana.message(CARD) };
        let sent = ana.who.calls(op).await.expect("with a reason");
        dr_b.hears(CARD).await;
        let fault = ana.who.calls(SendMessage { overriding, ..ana.message(KEY) }).await;
        let key = vec![(DetectorKind::PrivateKey, 1)];
        assert_eq!(warned_of(&fault.expect_err("blocked")), (FaultCode::ContentBlocked, key));
        // A patient's own numbers are what a clinic asks for; a clinician is warned of them.
        let id = "219-09-9999";
        ana.who.calls(ana.message(id)).await.expect("her own");
        dr_b.hears(id).await;
        told(dr_b.who.calls(dr_b.message(id)).await, FaultCode::ContentWarned);

        let edit = |body: &str, overriding| EditMessage {
            conversation_id: ana.id,
            message_id: sent.message_id,
            body: body.into(),
            overriding,
        };
        let more = format!("{CARD} and 5555 5555 5555 4444");
        let fault = ana.who.calls(edit(&more, None)).await.expect_err("warned");
        assert_eq!(fault.findings[0].count, 2);
        ana.who.calls(edit(&more, overriding)).await.expect("with a reason");

        let begin = |name: &str, overriding| BeginFile {
            conversation_id: ana.id,
            name: name.into(),
            bytes: 5,
            content_type: None,
            overriding,
        };
        let name = "4111111111111111.txt";
        told(ana.who.calls(begin(name, None)).await, FaultCode::ContentWarned);
        ana.who.calls(begin(name, overriding)).await.expect("with a reason");

        let audit = clinic.store.audit(200).await.unwrap();
        let overridden: Vec<_> = audit.iter().filter(|it| it.phase == "overridden").collect();
        assert_eq!(overridden.len(), 3);
        let text = format!("{overridden:?}");
        assert!(
            text.contains("payment_card*2 because:own_data") && !text.contains("4111"),
            "{text}"
        );
        let metrics = clinic.metrics().await;
        assert!(
            metrics.contains("bedside_findings_total{kind=\"payment_card\",outcome=\"warned\"}")
        );
    });
}

/// What a text is worth is nothing that a stranger learns by writing it into a conversation of others.
#[test]
fn who_is_no_member_is_told_so_before_anything_else() {
    tell(Kind::Memory, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let (eve, _) = clinic.chat().await;
        let overriding = Some(Override { reason: OverrideReason::OwnData });
        for text in [CARD, KEY] {
            told(eve.who.calls(ana.message(text)).await, FaultCode::NotFound);
            let op = SendMessage { overriding, ..ana.message(text) };
            told(eve.who.calls(op).await, FaultCode::NotFound);
            let op = EditMessage {
                conversation_id: ana.id,
                message_id: bedside::protocol::ids::MessageId(uuid::Uuid::now_v7()),
                body: text.into(),
                overriding,
            };
            told(eve.who.calls(op).await, FaultCode::NotFound);
        }
        let audit = clinic.store.audit(200).await.unwrap();
        assert!(audit.iter().all(|it| it.phase != "overridden"), "nothing was overridden");
    });
}

#[test]
fn the_text_of_a_file_counts_like_a_message() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let file = ana.who.uploads(ana.id, "notes.txt", CARD.as_bytes()).await;
        assert_eq!(file.state, FileState::Clear, "whoever sends it is asked");
        let fault = ana.sends("here", &[file.file_id]).await.expect_err("warned");
        assert_eq!(
            warned_of(&fault),
            (FaultCode::ContentWarned, vec![(DetectorKind::PaymentCard, 1)])
        );
        let op = SendMessage {
            files: vec![file.file_id],
            overriding: Some(Override { reason: OverrideReason::FalseAlarm }),
            ..ana.message("here")
        };
        ana.who.calls(op).await.expect("with a reason");
        dr_b.sees_file(file.file_id, FileState::Clear).await;
    });
}

/// Who sends a file before it was looked at is not warned; so what is found then must not pass as if they had been.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn what_is_sent_while_it_is_looked_at_does_not_pass_unwarned(#[case] kind: Kind) {
    tell_with(kind, with_clamd, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let file = ana.who.uploads(ana.id, "notes.txt", CARD.as_bytes()).await;
        assert_eq!(file.state, FileState::Checking, "no antivirus answers");
        let (asked, may_answer) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (ask, answer) = (Rc::clone(&asked), Rc::clone(&may_answer));
        slow_clamd_at(&clinic.data_dir().join("clamd.sock"), async move || {
            ask.notify_one();
            answer.notified().await;
            // Whoever asks after that need not wait.
            answer.notify_one();
        });
        clinic.clock.advance(Duration::from_secs(60 * 60));
        let sends = async {
            asked.notified().await;
            ana.sends("here", &[file.file_id]).await.expect("nothing was found yet");
            may_answer.notify_one();
        };
        futures::join!(clinic.node.look_at_files(), sends);
        dr_b.sees_file(file.file_id, FileState::Refused).await;
        let card = dr_b.files().remove(0);
        assert_eq!((card.why, card.scanned), (Some(FileFault::Sensitive), true));
        let again = clinic.signs_in_again(&dr_b.who).await;
        told(again.links(file.file_id, FileVariant::Original).await, FaultCode::NotAllowedNow);
    });
}

/// Nobody's clock moves: what had no place at first is looked at when one ends.
#[test]
fn a_burst_of_files_is_looked_at_without_a_pause() {
    tell_with(Kind::Sqlite, with_clamd, async |clinic| {
        let (ana, _) = clinic.chat().await;
        let may_answer = Rc::new(Notify::new());
        let answer = Rc::clone(&may_answer);
        slow_clamd_at(&clinic.data_dir().join("clamd.sock"), async move || {
            answer.notified().await;
            answer.notify_one();
        });
        let mut ids = vec![];
        for n in 0..9 {
            ids.push(ana.who.begins(ana.id, &format!("{n}.txt"), 5).await.expect("may").file_id);
        }
        let are = async |state: FileState| {
            let rows = ids.iter().map(|it| clinic.store.file(*it));
            let rows = futures::future::join_all(rows).await;
            rows.into_iter().all(|it| it.unwrap().expect("it").state == state)
        };
        let uploads = ids.iter().map(|id| ana.who.patches(*id, 0, true, b"hello"));
        let answers = async {
            eventually("all of them to wait", async || are(FileState::Checking).await).await;
            may_answer.notify_one();
        };
        futures::join!(futures::future::join_all(uploads), answers);
        eventually("all of them to be clear", async || are(FileState::Clear).await).await;
    });
}
