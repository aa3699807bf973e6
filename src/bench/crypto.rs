//! What sealing costs: fields of records, pieces of files, chunks of backups.
//!
//! One thread, warm. A field of a few bytes costs what a call costs (a nonce of the system's generator, the place that it is bound to,
//! base64), whatever its length: `per_second` is its figure. Large values cost what AES-GCM costs: `mb_per_s`.

use super::figures::rounded;
use crate::crypto::archive::BackupKey;
use crate::crypto::{Field, Of, Vault};
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long each is measured.
const FOR: Duration = Duration::from_millis(700);
/// Values between two looks at the clock.
const BETWEEN: u32 = 16;
const FIELDS: [usize; 4] = [16, 1_024, 65_536, 1_048_576];

/// Measures all of it.
pub(super) async fn measure() -> Result<Value> {
    let vault = Vault::ephemeral()?;
    let person = Uuid::now_v7();
    let (key, _) = vault.new_subject(person, &Of(Uuid::now_v7())).await?;
    let at = Field { table: "patient_profiles", column: "phone", row: person, revision: 1 };
    let mut fields = Vec::new();
    let mut best = 0.0_f64;
    for bytes in FIELDS {
        let text = "x".repeat(bytes);
        let sealed = key.seal_field(at, Some(&text))?;
        let seal = rate(bytes, || key.seal_field(at, Some(&text)).map(drop))?;
        let open = rate(bytes, || key.open_field(at, &sealed).map(drop).map_err(Error::other))?;
        best = best.max(seal.1);
        fields.push(json!({
            "bytes": bytes,
            "seal_per_second": rounded(seal.0),
            "seal_mb_per_s": rounded(seal.1),
            "open_per_second": rounded(open.0),
            "open_mb_per_s": rounded(open.1),
        }));
    }
    let folder = std::env::temp_dir().join(format!("bedside-bench-{person}"));
    let backup = BackupKey::make(&folder);
    let _removed = std::fs::remove_file(&folder);
    let archive = backup?.of(&BackupKey::new_salt()?)?;
    let chunk = vec![7_u8; 1_048_576];
    let chunks = rate(chunk.len(), || archive.seal(1, false, &chunk).map(drop))?;
    Ok(json!({
        "mb_per_s": rounded(best),
        "fields": fields,
        "backup_mb_per_s": rounded(chunks.1),
    }))
}

/// Values and megabytes a second.
fn rate(bytes: usize, mut work: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    work()?;
    let (began, mut done) = (Instant::now(), 0_u32);
    while began.elapsed() < FOR {
        for _ in 0..BETWEEN {
            work()?;
        }
        done = done.saturating_add(BETWEEN);
    }
    let per_second = f64::from(done) / began.elapsed().as_secs_f64();
    let megabytes = u32::try_from(bytes).map_err(Error::other)?;
    Ok((per_second, per_second * f64::from(megabytes) / 1e6))
}
