//! Consents, exports, erasures and legal holds.

use super::{at, person, text, uuid};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::ids::*;

pub(super) fn calls() -> Vec<Golden> {
    let card = ConsentCard {
        kind: ConsentKind::Telehealth,
        jurisdiction: "DE".into(),
        version: "2026-1".into(),
        state: ConsentState::Given,
        at: Some(at(0)),
        is_required: true,
    };
    let missing = ConsentCard {
        kind: ConsentKind::Analytics,
        state: ConsentState::Missing,
        at: None,
        is_required: false,
        ..card.clone()
    };
    let erasure_id = ErasureId(uuid(0xe1));
    let hold_id = LegalHoldId(uuid(0xe2));
    let asked = ErasureCard {
        erasure_id,
        person_id: person(),
        scope: ErasureScope::Everything,
        asked_at: at(0),
        state: ErasureState::Asked,
        done_at: None,
        is_held: true,
        not_before: Some(at(60)),
        conversations: Some(4),
        left_out: None,
    };
    let talks = ErasureCard {
        erasure_id: ErasureId(uuid(0xe3)),
        scope: ErasureScope::Conversations,
        state: ErasureState::Done,
        done_at: Some(at(30)),
        is_held: false,
        not_before: None,
        conversations: None,
        left_out: Some(1),
        ..asked.clone()
    };
    let hold = LegalHold {
        hold_id,
        person_id: person(),
        reason: text("A letter of the court"),
        set_at: at(0),
        set_by: PersonId(uuid(0xc3)),
        lifted_at: None,
    };
    vec![
        Golden::new("list consents", ListConsents { jurisdiction: Some("DE".into()) }),
        Golden::new("consents", Consents { consents: vec![card.clone(), missing] }),
        Golden::new(
            "give a consent",
            GiveConsent {
                kind: ConsentKind::Telehealth,
                jurisdiction: "DE".into(),
                version: "2026-1".into(),
            },
        ),
        Golden::new("consent", card),
        Golden::new(
            "withdraw a consent",
            WithdrawConsent { kind: ConsentKind::Sharing, jurisdiction: String::new() },
        ),
        Golden::new("export a record", ExportRecord {}),
        Golden::new(
            "record",
            RecordExport {
                fhir: text("{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[]}"),
                access: vec![AccessLine {
                    at: at(0),
                    caller: Some(format!("person:{}", person())),
                    role: Some(Role::Patient),
                    operation: "profile.read".into(),
                    phase: "ok".into(),
                }],
                is_cut: false,
                made_at: at(1),
            },
        ),
        Golden::new("ask for an erasure", AskErasure::default()),
        Golden::new(
            "ask for an erasure of conversations",
            AskErasure { scope: ErasureScope::Conversations },
        ),
        Golden::new("erasure", asked.clone()),
        Golden::new("erasure of conversations", talks.clone()),
        Golden::new("read one's erasure", ReadOwnErasure {}),
        Golden::new(
            "one's erasure",
            OwnErasure { erasure: Some(asked.clone()), conversations: Some(talks.clone()) },
        ),
        Golden::new("no erasure of one's own", OwnErasure { erasure: None, conversations: None }),
        Golden::new("list erasures", ListErasures {}),
        Golden::new("erasures", Erasures { erasures: vec![asked, talks] }),
        Golden::new("erase a record", EraseRecord { erasure_id }),
        Golden::new("read a certificate", ReadCertificate { erasure_id }),
        Golden::new(
            "certificate",
            ErasureCertificate {
                erasure_id,
                text: "{\"erasure_id\":\"…\"}".into(),
                signature: "c2lnbmF0dXJl".into(),
                public_key: "cHVibGlj".into(),
            },
        ),
        Golden::new("list legal holds", ListLegalHolds {}),
        Golden::new("legal holds", LegalHolds { holds: vec![hold.clone()] }),
        Golden::new(
            "set a legal hold",
            SetLegalHold { person_id: person(), reason: text("A letter of the court") },
        ),
        Golden::new("legal hold", hold),
        Golden::new(
            "lift a legal hold",
            LiftLegalHold { hold_id, reason: text("The court has decided") },
        ),
    ]
}
