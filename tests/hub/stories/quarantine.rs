//! What the antivirus knows, as an administrator sees it: a name, a size, a reason; let go, or removed.

use crate::support::files::{CHUNK, EICAR, clamd_at};
use crate::support::people::told;
use crate::support::{Kind, eventually, tell_with};
use bedside::config::Config;
use bedside::protocol::fault::FaultCode;
use bedside::protocol::file::{
    DropQuarantined, FileFault, FileState, FileVariant, ListQuarantine, ReleaseQuarantined,
};
use bedside::protocol::ids::AuditId;
use rstest::rstest;

fn with_clamd(config: &mut Config) {
    config.files.clamd = format!("unix:{}/clamd.sock", config.data_dir.display());
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_the_antivirus_knows_is_let_go_or_removed(#[case] kind: Kind) {
    tell_with(kind, with_clamd, async |clinic| {
        let (mut ana, mut dr_b) = clinic.chat().await;
        let bad = EICAR.concat();
        // Sent while nothing answers, and then one that stays unsent.
        let mut sent = vec![];
        for name in ["wrong alarm.txt", "virus.txt"] {
            sent.push(ana.who.uploads(ana.id, name, bad.as_bytes()).await.file_id);
        }
        ana.sends("both", &sent).await.expect("may send");
        clamd_at(&clinic.data_dir().join("clamd.sock"));
        clinic.clock.advance(std::time::Duration::from_secs(60));
        clinic.node.look_at_files().await;
        for id in &sent {
            dr_b.sees_file(*id, FileState::Quarantined).await;
        }
        let ana_again = clinic.signs_in_again(&ana.who).await;
        let unsent = ana_again.uploads(ana.id, "third.txt", bad.as_bytes()).await.file_id;

        let admin = clinic.signs_in_again(&clinic.admin).await;
        let list = async |after, limit| {
            admin.calls(ListQuarantine { after, limit }).await.expect("may look")
        };
        let all = list(None, None).await;
        assert!(!all.has_more);
        let told_of: Vec<_> = all
            .files
            .iter()
            .map(|it| (it.file_id, it.name.as_ref().map(|it| it.expose().as_str()), it.is_sent))
            .collect();
        let expected = [
            (sent[0], Some("wrong alarm.txt"), true),
            (sent[1], Some("virus.txt"), true),
            (unsent, Some("third.txt"), false),
        ];
        assert_eq!(told_of, expected);
        let first = &all.files[0];
        assert_eq!((first.bytes, first.why), (68, FileFault::Infected));
        assert_eq!((first.conversation_id, first.uploader), (ana.id, ana.me()));
        let page = list(Some(sent[0]), Some(1)).await;
        assert_eq!((page.files[0].file_id, page.has_more), (sent[1], true));
        told(
            admin.calls(ListQuarantine { after: None, limit: Some(0) }).await,
            FaultCode::InvalidValue,
        );
        // Nobody else may, and the administrator gets not a byte of it.
        let clinician = clinic.signs_in_again(&dr_b.who).await;
        told(clinician.calls(ListQuarantine::default()).await, FaultCode::Forbidden);
        told(clinician.calls(ReleaseQuarantined { file_id: sent[0] }).await, FaultCode::Forbidden);
        told(admin.links(sent[0], FileVariant::Original).await, FaultCode::Forbidden);

        admin.calls(ReleaseQuarantined { file_id: sent[0] }).await.expect("may");
        dr_b.sees_file(sent[0], FileState::Clear).await;
        assert_eq!(clinician.downloads(sent[0], FileVariant::Original).await.body, bad.as_bytes());
        admin.calls(DropQuarantined { file_id: sent[1] }).await.expect("may");
        dr_b.sees_file(sent[1], FileState::Refused).await;
        admin.calls(DropQuarantined { file_id: unsent }).await.expect("may");
        if let Some(memory) = &clinic.memory {
            let rows = clinic.store.audit(1_000).await.expect("the log");
            let dropped = rows.iter().filter(|it| it.operation == "quarantine.remove");
            let done: Vec<_> = dropped.filter(|it| it.phase == "ok").collect();
            assert_eq!(done.len(), 2);
            let is_with = |it: &AuditId| memory.is_with_its_change(*it);
            assert!(done.iter().all(|it| is_with(&it.audit_id)), "whether it was sent or not");
        }
        for id in [sent[1], unsent] {
            let blob = clinic.store.file(id).await.unwrap().expect("told of").blob;
            eventually("its bytes to go", async || {
                clinic.node.look_at_files().await;
                clinic.blobs().get(blob, "original", 0).await.is_err()
            })
            .await;
        }
        assert!(list(None, None).await.files.is_empty());
        for id in [sent[0], sent[1], unsent] {
            told(admin.calls(ReleaseQuarantined { file_id: id }).await, FaultCode::NotFound);
            told(admin.calls(DropQuarantined { file_id: id }).await, FaultCode::NotFound);
        }
        assert!(bad.len() < CHUNK, "one piece each");
    });
}
