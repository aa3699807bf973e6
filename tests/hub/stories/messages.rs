//! What a node does with the notices of a booking when nothing is configured: mails are files, and the inbox is filled.

use crate::support::{Clinic, Kind, eventually, tell};
use bedside::clock::Clock as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

const TWO_DAYS: Duration = Duration::from_secs(48 * 60 * 60);

async fn without_a_mail_server_mails_are_files(clinic: &mut Clinic) {
    let ana = clinic.patient("Ana Fictional").await;
    let dr_b = clinic.clinician("Dr. Bo Fictional").await;
    let now = clinic.clock.now();
    let starts_at = now.plus(TWO_DAYS);
    let booked = clinic.books_at(&ana, &dr_b, starts_at).await;
    let patient = ana.person_id.unwrap();

    let outbox = clinic.data_dir().join("outbox");
    let files = || {
        let folder = std::fs::read_dir(&outbox).into_iter().flatten();
        let paths = folder.map(|it| it.unwrap().path());
        paths.filter(|it| it.extension().is_some_and(|it| it == "eml")).collect::<Vec<_>>()
    };
    eventually("both mails", async || files().len() == 2).await;
    for path in files() {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("Subject: Your appointment is booked"), "{text}");
        assert!(text.contains("method=REQUEST"), "{text}");
    }
    let inbox = async || clinic.store.inbox(patient, 10).await.unwrap();
    eventually("the inbox", async || inbox().await.len() == 1).await;
    assert_eq!(inbox().await[0].notice.appointment_id, Some(booked.id));
    eventually("the metrics", async || {
        let metrics = clinic.metrics().await;
        metrics
            .contains("bedside_notices_total{channel=\"email\",kind=\"booked\",outcome=\"sent\"}")
            && metrics.contains("bedside_notices_due")
    })
    .await;
}

#[test]
fn memory_without_a_mail_server_mails_are_files() {
    tell(Kind::Memory, without_a_mail_server_mails_are_files);
}

#[test]
fn sqlite_without_a_mail_server_mails_are_files() {
    tell(Kind::Sqlite, without_a_mail_server_mails_are_files);
}
