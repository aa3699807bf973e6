//! The text of a PDF counts like that of a message; what could not be read is said, and follows the settings.

use crate::support::files::slow_clamd_at;
use crate::support::paper::{FIRST, FONT, Paper, letter};
use crate::support::people::told;
use crate::support::{Clinic, Kind, tell, tell_with};
use bedside::config::{Config, DlpAction};
use bedside::protocol::conversation::SendMessage;
use bedside::protocol::fault::{Fault, FaultCode};
use bedside::protocol::file::{DetectorKind, FileFault, FileState, Override, OverrideReason};
use rstest::rstest;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

const CARD: &str = "my card is 4111 1111 1111 1111";

/// The same card as places in a font, packed, as programs of offices write it.
fn from_an_office() -> Vec<u8> {
    let font = "<</Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 20 0 R>>";
    let codes = "<0001> <000A> <0030> endbfrange <0020> <0020> endbfchar";
    let shown = "[<0005000200020002> -300 <0002000200020002> -300 <0002000200020002> 40 <0020>]";
    Paper::empty(1)
        .object(FONT, font)
        .packed(20, "", codes.as_bytes())
        .page(FIRST, FIRST + 1)
        .packed(
            FIRST + 1,
            "",
            format!("BT /F1 11 Tf {shown} TJ <0002000200020002> Tj ET").as_bytes(),
        )
        .bytes()
}

/// A page that is a picture, as scanners make it.
fn scanned() -> Vec<u8> {
    let page = "<</Type /Page /Resources <</XObject <</Im1 20 0 R>>>> /Contents 11 0 R>>";
    let picture = "/Subtype /Image /Width 1 /Height 1 /Filter /DCTDecode";
    Paper::of(&["q 595 0 0 842 0 0 cm /Im1 Do Q"])
        .object(FIRST, page)
        .stream(20, picture, b"\xFF\xD8\xFF\xD9")
        .bytes()
}

fn what(fault: &Fault) -> (FaultCode, Vec<(DetectorKind, u32)>) {
    (fault.code, fault.findings.iter().map(|it| (it.kind, it.count)).collect())
}

async fn overridden(clinic: &Clinic) -> Vec<String> {
    let audit = clinic.store.audit(200).await.unwrap();
    let rows = audit.into_iter().filter(|it| it.phase == "overridden");
    rows.filter_map(|it| it.target).collect()
}

/// Ana sends her bill: she is warned as for a text, and it is recorded that she meant it. So is her doctor.
#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
fn a_number_in_a_pdf_is_warned_of_like_one_in_a_text(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let card = vec![(DetectorKind::PaymentCard, 1)];
        for bytes in [letter(CARD), from_an_office()] {
            let file = ana.who.uploads(ana.id, "bill.pdf", &bytes).await;
            assert_eq!(file.state, FileState::Clear, "whoever sends it is asked");
            let fault = ana.sends("here", &[file.file_id]).await.expect_err("warned");
            assert_eq!(what(&fault), (FaultCode::ContentWarned, card.clone()));
            let overriding = Some(Override { reason: OverrideReason::OwnData });
            let op =
                SendMessage { files: vec![file.file_id], overriding, ..ana.message("my bill") };
            ana.who.calls(op).await.expect("with a reason");
            dr_b.sees_file(file.file_id, FileState::Clear).await;
        }
        let file = dr_b.who.uploads(dr_b.id, "bill.pdf", &letter(CARD)).await;
        told(dr_b.sends("yours?", &[file.file_id]).await, FaultCode::ContentWarned);
        assert_eq!(overridden(clinic).await, ["payment_card*1 because:own_data"; 2]);
        let metrics = clinic.metrics().await;
        assert!(metrics.contains("bedside_documents_read_total{outcome=\"read\"}"));
    });
}

#[test]
fn what_is_blocked_in_a_text_is_blocked_in_a_pdf() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, _) = clinic.chat().await;
        let key = letter("-----BEGIN PRIVATE KEY-----");
        let file = ana.who.uploads(ana.id, "key.pdf", &key).await;
        assert_eq!((file.state, file.why), (FileState::Refused, Some(FileFault::Sensitive)));
        told(ana.sends("?", &[file.file_id]).await, FaultCode::InvalidValue);
        let fine = ana.who.uploads(ana.id, "letter.pdf", &letter("All is well.")).await;
        ana.sends("read this", &[fine.file_id]).await.expect("nothing was found");
    });
}

/// By itself that a scan cannot be read keeps nobody from sending it; a clinic may want it otherwise, for each side.
#[test]
fn what_cannot_be_read_follows_the_settings() {
    tell(Kind::Memory, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let file = ana.who.uploads(ana.id, "scan.pdf", &scanned()).await;
        ana.sends("my letter", &[file.file_id]).await.expect("allowed");
        dr_b.sees_file(file.file_id, FileState::Clear).await;
        let metrics = clinic.metrics().await;
        assert!(metrics.contains("bedside_documents_read_total{outcome=\"picture\"}"));
        assert!(metrics.contains("bedside_findings_total{kind=\"unread\",outcome=\"allowed\"}"));
    });
    let strict = |config: &mut Config| {
        (config.dlp.patient.unread, config.dlp.clinic.unread) = (DlpAction::Warn, DlpAction::Block);
    };
    tell_with(Kind::Sqlite, strict, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let file = ana.who.uploads(ana.id, "scan.pdf", &scanned()).await;
        let fault = ana.sends("my letter", &[file.file_id]).await.expect_err("warned");
        assert_eq!(what(&fault), (FaultCode::ContentWarned, vec![(DetectorKind::Unread, 1)]));
        let overriding = Some(Override { reason: OverrideReason::NeededForCare });
        let op = SendMessage { files: vec![file.file_id], overriding, ..ana.message("my letter") };
        ana.who.calls(op).await.expect("with a reason");
        dr_b.sees_file(file.file_id, FileState::Clear).await;
        assert_eq!(overridden(clinic).await, ["unread*1 because:needed_for_care"]);
        let file = dr_b.who.uploads(dr_b.id, "scan.pdf", &scanned()).await;
        assert_eq!((file.state, file.why), (FileState::Refused, Some(FileFault::Sensitive)));
    });
}

/// Nobody was there to give a reason.
#[test]
fn what_is_sent_before_it_was_read_does_not_pass_unwarned() {
    let with_clamd = |config: &mut Config| {
        config.files.clamd = format!("unix:{}/clamd.sock", config.data_dir.display());
    };
    tell_with(Kind::Memory, with_clamd, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let file = ana.who.uploads(ana.id, "bill.pdf", &letter(CARD)).await;
        assert_eq!(file.state, FileState::Checking, "no antivirus answers");
        let (asked, may_answer) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (ask, answer) = (Rc::clone(&asked), Rc::clone(&may_answer));
        slow_clamd_at(&clinic.data_dir().join("clamd.sock"), async move || {
            ask.notify_one();
            answer.notified().await;
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
    });
}
