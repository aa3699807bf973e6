//! A provider that takes no money: for the demo and for tests.
//!
//! Owns: intents as files in `sandbox-payments/` of the data folder, and the page on which one chooses what the card would have
//! said. Invariants: it is plainly fictional and says so; there is no field to type anything into; it outlives a restart, as a
//! real provider does. Does not: know people or appointments.

use super::{Failure, Intent, Order, PaymentProvider};
use crate::crypto::{new_token, sha256};
use crate::domain::payment::Standing;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Bytes of a reference: what a token has, and no path.
const REF: std::ops::RangeInclusive<usize> = 40..=64;

/// An intent as its file has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    amount_minor: u32,
    currency: String,
    return_url: String,
    standing: Word,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Open,
    Declined,
    Authorised,
    Captured,
    Voided,
    Refunded,
}

/// The provider.
pub struct Sandbox {
    folder: PathBuf,
    public_url: String,
    /// One at a time: a file is read, changed and written.
    turn: Mutex<()>,
}

impl Sandbox {
    /// Opens its folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(data_dir: &Path, public_url: &str) -> io::Result<Self> {
        let folder = data_dir.join("sandbox-payments");
        std::fs::create_dir_all(&folder)?;
        Ok(Sandbox { folder, public_url: public_url.to_owned(), turn: Mutex::new(()) })
    }

    /// The page of an intent, as HTML.
    pub fn page(&self, provider_ref: &str) -> Option<String> {
        let kept = self.look(provider_ref)?;
        let sum = sum_of(&kept);
        let (title, body) = match kept.standing {
            Word::Open | Word::Declined => ("Sandbox payment", choices(provider_ref, &kept)),
            Word::Authorised => ("The sum is reserved", String::new()),
            Word::Captured => ("Paid", String::new()),
            Word::Voided => ("Nothing was taken", String::new()),
            Word::Refunded => ("Paid back", String::new()),
        };
        Some(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title}</title></head><body><main><h1>{title}</h1>\
             <p>This is a fictional payment provider. No money moves, and nothing is asked of you.</p>\
             <p>{sum}</p>{body}<p><a href=\"{}\">Back to the clinic</a></p></main></body></html>",
            kept.return_url
        ))
    }

    /// Somebody chose on the page: where they go back to.
    pub fn choose(&self, provider_ref: &str, choice: &str) -> Option<String> {
        let standing = match choice {
            "approve" => Word::Authorised,
            "decline" => Word::Declined,
            _ => return None,
        };
        let kept = self.change(provider_ref, |it| {
            if matches!(it.standing, Word::Open | Word::Declined) {
                it.standing = standing;
            }
        });
        kept.ok().map(|it| it.return_url)
    }

    fn path(&self, provider_ref: &str) -> Option<PathBuf> {
        let is_plain =
            provider_ref.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it));
        let is_ref = REF.contains(&provider_ref.len()) && is_plain;
        is_ref.then(|| self.folder.join(format!("{provider_ref}.json")))
    }

    fn look(&self, provider_ref: &str) -> Option<Kept> {
        let text = std::fs::read(self.path(provider_ref)?).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn change(&self, provider_ref: &str, change: impl FnOnce(&mut Kept)) -> Result<Kept, Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = self.look(provider_ref).ok_or(Failure::Refused)?;
        change(&mut kept);
        self.write(provider_ref, &kept)?;
        Ok(kept)
    }

    fn write(&self, provider_ref: &str, kept: &Kept) -> Result<(), Failure> {
        let path = self.path(provider_ref).ok_or(Failure::Refused)?;
        let text = serde_json::to_vec(kept).map_err(|_| Failure::Refused)?;
        let half = path.with_extension("new");
        let written = std::fs::write(&half, text).and_then(|()| std::fs::rename(&half, &path));
        written.map_err(|_| Failure::Down)
    }

    fn intent(&self, provider_ref: &str, kept: &Kept) -> Intent {
        Intent {
            provider_ref: provider_ref.to_owned(),
            page_url: format!("{}/sandbox-pay/{provider_ref}", self.public_url),
            standing: match kept.standing {
                Word::Open => Standing::Open,
                Word::Declined => Standing::Declined,
                Word::Authorised => Standing::Authorised,
                Word::Captured => Standing::Captured,
                Word::Voided => Standing::Voided,
                Word::Refunded => Standing::Refunded,
            },
            amount_minor: kept.amount_minor,
            currency: kept.currency.clone(),
        }
    }

    /// From one of these to that one; nothing when it is that one already.
    fn turns(&self, provider_ref: &str, from: &[Word], to: Word) -> Result<Intent, Failure> {
        let mut is_done = false;
        let kept = self.change(provider_ref, |it| {
            is_done = it.standing == to || from.contains(&it.standing);
            if is_done {
                it.standing = to;
            }
        })?;
        if is_done { Ok(self.intent(provider_ref, &kept)) } else { Err(Failure::Refused) }
    }
}

fn sum_of(kept: &Kept) -> String {
    format!("{}.{:02} {}", kept.amount_minor / 100, kept.amount_minor % 100, kept.currency)
}

fn choices(provider_ref: &str, kept: &Kept) -> String {
    let button = |what: &str, says: &str| {
        format!(
            "<form method=\"post\" action=\"/sandbox-pay/{provider_ref}/{what}\">\
             <button>{says}</button></form>"
        )
    };
    let told = match kept.standing {
        Word::Declined => "<p role=\"status\">The card was declined. Nothing was taken.</p>",
        _ => "",
    };
    format!(
        "{told}{}{}",
        button("approve", "Pay with a card that is good"),
        button("decline", "Pay with a card that is declined")
    )
}

#[async_trait]
impl PaymentProvider for Sandbox {
    async fn begin(&self, order: &Order) -> Result<Intent, Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // The same order is the same intent: a small file says which.
        let index = self.folder.join(format!("{}.order", order.payment_id));
        if let Ok(known) = std::fs::read_to_string(&index)
            && let Some(kept) = self.look(&known)
        {
            return Ok(self.intent(&known, &kept));
        }
        let secret = new_token().map_err(|_| Failure::Down)?;
        let provider_ref: String = sha256(secret.expose().as_bytes())
            .iter()
            .take(24)
            .map(|it| format!("{it:02x}"))
            .collect();
        let kept = Kept {
            amount_minor: order.amount_minor,
            currency: order.currency.clone(),
            return_url: order.return_url.clone(),
            standing: Word::Open,
        };
        self.write(&provider_ref, &kept)?;
        std::fs::write(index, &provider_ref).map_err(|_| Failure::Down)?;
        Ok(self.intent(&provider_ref, &kept))
    }

    async fn read(&self, provider_ref: &str) -> Result<Intent, Failure> {
        let kept = self.look(provider_ref).ok_or(Failure::Refused)?;
        Ok(self.intent(provider_ref, &kept))
    }

    async fn capture(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.turns(provider_ref, &[Word::Authorised], Word::Captured)
    }

    async fn void(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.turns(provider_ref, &[Word::Open, Word::Declined, Word::Authorised], Word::Voided)
    }

    async fn refund(&self, provider_ref: &str) -> Result<Intent, Failure> {
        self.turns(provider_ref, &[Word::Captured], Word::Refunded)
    }
}
