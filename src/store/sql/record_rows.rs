//! Rows of consents, legal holds and erasures, read.

use super::words::{count, from_word, to_word};
use crate::protocol::ids::{ErasureId, LegalHoldId, PersonId};
use crate::protocol::record::ErasureScope;
use crate::protocol::time::UnixMillis;
use crate::store::Stored;
use crate::store::records::{CertificateRecord, ConsentRecord, ErasureRecord, LegalHoldRecord};
use entity::{consent, erasure, legal_hold};
use sea_orm::{ColumnTrait as _, EntityTrait, QueryFilter as _, Select};

pub(super) fn to_consent(row: consent::Model) -> Stored<ConsentRecord> {
    Ok(ConsentRecord {
        consent_id: row.id,
        person_id: PersonId(row.user_id),
        kind: from_word(row.kind, "consents", "kind")?,
        jurisdiction: row.jurisdiction,
        version: row.version,
        is_given: row.is_given,
        at: UnixMillis(row.at),
    })
}

pub(super) fn to_hold(row: legal_hold::Model) -> LegalHoldRecord {
    LegalHoldRecord {
        hold_id: LegalHoldId(row.id),
        person_id: PersonId(row.user_id),
        reason: row.reason.into(),
        set_by: PersonId(row.set_by),
        set_at: UnixMillis(row.set_at),
        lifted_at: row.lifted_at.map(UnixMillis),
    }
}

pub(super) fn to_erasure(row: erasure::Model) -> Stored<ErasureRecord> {
    let parts = row.certificate.zip(row.signature).zip(row.public_key);
    let certificate = parts.map(|((text, signature), public_key)| CertificateRecord {
        text,
        signature,
        public_key,
    });
    let left_out = row.left_out.map(|it| count(it, "erasures", "left_out"));
    Ok(ErasureRecord {
        erasure_id: ErasureId(row.id),
        person_id: PersonId(row.user_id),
        scope: from_word(row.scope, "erasures", "scope")?,
        asked_at: UnixMillis(row.asked_at),
        done: row.done_at.map(UnixMillis).zip(certificate),
        left_out: left_out.transpose()?,
    })
}

/// What somebody asked for.
pub(super) fn asked_for(of: PersonId, scope: ErasureScope) -> Stored<Select<erasure::Entity>> {
    let is_wanted = erasure::Column::Scope.eq(to_word(&scope)?);
    Ok(erasure::Entity::find().filter(erasure::Column::UserId.eq(of.0)).filter(is_wanted))
}

/// What somebody asked for and nobody carried out.
pub(super) fn waiting(of: PersonId, scope: ErasureScope) -> Stored<Select<erasure::Entity>> {
    Ok(asked_for(of, scope)?.filter(erasure::Column::DoneAt.is_null()))
}
