//! The same with ClamAV itself, where it is there.

use crate::support::files::{EICAR, picture};
use crate::support::people::told;
use crate::support::{Kind, eventually, tell_with};
use bedside::config::Config;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::file::{FileFault, FileState, FileVariant};
use image::ImageFormat;

/// Where it listens.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no configuration of the hub"
)]
fn clamd() -> Option<String> {
    std::env::var("BEDSIDE_TEST_CLAMD").ok().filter(|it| !it.is_empty())
}

fn with_clamav(config: &mut Config) {
    config.files.clamd = clamd().expect("asked before");
}

#[test]
fn clamav_knows_the_test_file_and_nothing_bad_of_others() {
    if clamd().is_none() {
        eprintln!(
            "left out: BEDSIDE_TEST_CLAMD is not set (export BEDSIDE_TEST_CLAMD=$(scripts/clamd.sh start))"
        );
        return;
    }
    tell_with(Kind::Sqlite, with_clamav, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let large = "The pain began on Monday. ".repeat(300_000);
        let mut ids = vec![];
        for (name, bytes, state, why) in [
            ("note.txt", b"three times a day".to_vec(), FileState::Clear, None),
            ("arm.png", picture(400, ImageFormat::Png), FileState::Clear, None),
            ("diary.txt", large.into_bytes(), FileState::Clear, None),
            (
                "invoice.txt",
                EICAR.concat().into_bytes(),
                FileState::Quarantined,
                Some(FileFault::Infected),
            ),
        ] {
            let id = ana.who.uploads(ana.id, name, &bytes).await.file_id;
            eventually("an answer", async || {
                let known = ana.who.reads_file(id).await.expect("hers");
                known.state != FileState::Checking
            })
            .await;
            let card = ana.who.reads_file(id).await.expect("hers");
            assert_eq!((card.state, card.why, card.scanned), (state, why, true), "{name}");
            ids.push(id);
        }
        let bad = ids.pop().expect("the last");
        told(ana.who.links(bad, FileVariant::Original).await, FaultCode::NotAllowedNow);
        told(ana.sends("look", &[bad]).await, FaultCode::InvalidValue);
        ana.sends("three", &ids).await.expect("may send");
        dr_b.sees_file(ids[2], FileState::Clear).await;
    });
}
