//! Files: begun, looked at, linked, taken back.

use super::{at, text, uuid};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::ids::*;

/// A picture that was checked.
pub(super) fn picture() -> FileCard {
    FileCard {
        file_id: FileId(uuid(0x1c1)),
        name: text("left arm.jpg"),
        content_type: "image/jpeg".into(),
        bytes: 1_482_113,
        state: FileState::Clear,
        why: None,
        scanned: true,
        width: Some(4_032),
        height: Some(3_024),
        has_preview: true,
    }
}

fn refused() -> FileCard {
    FileCard {
        content_type: "application/octet-stream".into(),
        state: FileState::Refused,
        why: Some(FileFault::TypeMismatch),
        scanned: false,
        width: None,
        height: None,
        has_preview: false,
        ..picture()
    }
}

fn quarantined() -> QuarantinedFile {
    QuarantinedFile {
        file_id: picture().file_id,
        conversation_id: ConversationId(uuid(0x1a1)),
        uploader: MemberId(uuid(0x1b1)),
        name: Some(text("invoice.txt")),
        bytes: 68,
        why: FileFault::Infected,
        created_at: at(3),
        is_sent: true,
    }
}

pub(super) fn calls() -> Vec<Golden> {
    let file_id = picture().file_id;
    let begin = BeginFile {
        conversation_id: ConversationId(uuid(0x1a1)),
        name: text("left arm.jpg"),
        bytes: 1_482_113,
        content_type: Some("image/jpeg".into()),
        overriding: None,
    };
    let overriding = Some(Override { reason: OverrideReason::FalseAlarm });
    vec![
        Golden::new("begin a file", begin.clone()),
        Golden::new(
            "begin a file although the hub warned",
            BeginFile { content_type: None, overriding, ..begin },
        ),
        Golden::new("begun file", BegunFile { file_id, chunk_bytes: 262_144, expires_at: at(60) }),
        Golden::new("read a file", ReadFile { file_id }),
        Golden::new("file", picture()),
        Golden::new("file that was refused", refused()),
        Golden::new("link a file", LinkFile { file_id, variant: FileVariant::Thumbnail }),
        Golden::new(
            "file link",
            FileLink {
                url: text(
                    "/v1/files/00000000-0000-0000-0000-0000000001c1/thumbnail?token=not-a-token",
                ),
                expires_at: at(1),
            },
        ),
        Golden::new("remove a file", RemoveFile { file_id }),
        Golden::new("list what is quarantined", ListQuarantine::default()),
        Golden::new(
            "list more of what is quarantined",
            ListQuarantine { after: Some(file_id), limit: Some(10) },
        ),
        Golden::new("quarantine", Quarantine { files: vec![quarantined()], has_more: false }),
        Golden::new("release a file", ReleaseQuarantined { file_id }),
        Golden::new("remove a file for good", DropQuarantined { file_id }),
    ]
}
