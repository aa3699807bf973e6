//! PAYMENTS: the provider who takes money, behind a trait, and how patiently it is asked.
//!
//! Owns: what a provider is ([`PaymentProvider`]), the one of the demo ([`sandbox`]), the shape of a real one over HTTP ([`http`]),
//! and the [`Till`], which asks with a deadline and a breaker. Invariants: no number of a card is ever here: the person pays on the
//! provider's own page; what the provider is told is a sum, our id and where to come back to, and nothing of the person or of the
//! appointment. Every call may be made again: it is known by our id or by the provider's.
//! Does not: decide (`domain::payment`), or save.

use crate::clock::Clock;
use crate::config::{PaymentKind, Payments};
use crate::domain::payment::Standing;
use crate::notifications::breaker::{Breaker, Passage};
use crate::notifications::read_secret;
use crate::protocol::ids::PaymentId;
use crate::protocol::phi::Phi;
use async_trait::async_trait;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub mod http;
pub mod sandbox;

/// How long one question may take. A person looks at the page meanwhile.
const DEADLINE: Duration = Duration::from_secs(8);

/// What somebody is to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Ours; the provider makes one intent of it, however often it is asked.
    pub payment_id: PaymentId,
    /// In the smallest unit.
    pub amount_minor: u32,
    /// ISO 4217.
    pub currency: String,
    /// Where the provider's page leads back to.
    pub return_url: String,
}

/// A payment as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its name there.
    pub provider_ref: String,
    /// Where the person pays.
    pub page_url: String,
    /// How it stands.
    pub standing: Standing,
    /// The sum that it is about.
    pub amount_minor: u32,
    /// ISO 4217.
    pub currency: String,
}

/// Why the provider did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It never will.
    Refused,
    /// It did not answer, or not now. Whether it was done is not known; asking again is harmless.
    Down,
}

/// Whoever takes money.
#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    /// The intent for an order; the same one for the same order.
    async fn begin(&self, order: &Order) -> Result<Intent, Failure>;
    /// How it stands.
    async fn read(&self, provider_ref: &str) -> Result<Intent, Failure>;
    /// Takes what is reserved. Nothing when it was taken before.
    async fn capture(&self, provider_ref: &str) -> Result<Intent, Failure>;
    /// Gives back what is reserved, and lets nobody pay any more. Nothing when it was done before.
    async fn void(&self, provider_ref: &str) -> Result<Intent, Failure>;
    /// Pays back what was taken. Nothing when it was done before.
    async fn refund(&self, provider_ref: &str) -> Result<Intent, Failure>;
}

/// What the settings open.
pub struct Opened {
    /// Who is asked.
    pub till: Till,
    /// The demo's provider, whose page the hub itself serves.
    pub sandbox: Option<Arc<sandbox::Sandbox>>,
    /// By which the provider signs its messages; without it none is believed.
    pub webhook_secret: Option<Phi<String>>,
}

/// The provider that the settings name; none by default.
///
/// # Errors
/// What is wrong with a setting, or a file that cannot be read.
pub fn open(
    settings: &Payments,
    public_url: &str,
    data_dir: &Path,
    clock: &Arc<dyn Clock>,
) -> io::Result<Option<Opened>> {
    let (provider, sandbox): (Arc<dyn PaymentProvider>, _) = match settings.provider {
        PaymentKind::None => return Ok(None),
        PaymentKind::Sandbox => {
            let sandbox = Arc::new(sandbox::Sandbox::open(data_dir, public_url)?);
            (Arc::clone(&sandbox) as Arc<dyn PaymentProvider>, Some(sandbox))
        }
        PaymentKind::Http => (Arc::new(http::Remote::open(settings)?), None),
    };
    let breaker = Mutex::new(Breaker::default());
    let till = Till { provider, breaker, clock: Arc::clone(clock) };
    let webhook_secret = match settings.webhook_secret_file.as_os_str().is_empty() {
        true => None,
        false => Some(read_secret(&settings.webhook_secret_file, "payments.webhook_secret_file")?),
    };
    Ok(Some(Opened { till, sandbox, webhook_secret }))
}

/// Asks the provider, within a deadline, and leaves it alone while it is down.
pub struct Till {
    provider: Arc<dyn PaymentProvider>,
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

/// What can be done with an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Only look.
    Read,
    /// See [`PaymentProvider::capture`].
    Capture,
    /// See [`PaymentProvider::void`].
    Void,
    /// See [`PaymentProvider::refund`].
    Refund,
}

impl Till {
    /// See [`PaymentProvider::begin`].
    ///
    /// # Errors
    /// As the provider, and `Down` when it is not asked at the moment.
    pub async fn begin(&self, order: &Order) -> Result<Intent, Failure> {
        self.ask(self.provider.begin(order)).await
    }

    /// Does it.
    ///
    /// # Errors
    /// As [`Till::begin`].
    pub async fn act(&self, act: Act, provider_ref: &str) -> Result<Intent, Failure> {
        let provider = &self.provider;
        match act {
            Act::Read => self.ask(provider.read(provider_ref)).await,
            Act::Capture => self.ask(provider.capture(provider_ref)).await,
            Act::Void => self.ask(provider.void(provider_ref)).await,
            Act::Refund => self.ask(provider.refund(provider_ref)).await,
        }
    }

    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, Failure>> + Send,
    ) -> Result<T, Failure> {
        let mut probe = self.may_pass()?;
        let answer = tokio::time::timeout(DEADLINE, question).await.unwrap_or(Err(Failure::Down));
        let now = self.clock.now();
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match &answer {
            Err(Failure::Down) => {
                breaker.failed(now);
            }
            Ok(_) | Err(Failure::Refused) => breaker.answered(),
        }
        if let Some(probe) = &mut probe {
            probe.has_told = true;
        }
        drop(breaker);
        answer
    }

    fn may_pass(&self) -> Result<Option<Probe<'_>>, Failure> {
        let now = self.clock.now();
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match breaker.passage(now) {
            Passage::Free => Ok(None),
            Passage::Probe => {
                breaker.probes();
                Ok(Some(Probe { till: self, has_told: false }))
            }
            Passage::Until(_) | Passage::Probing => Err(Failure::Down),
        }
    }
}

/// The one question that may be asked while the provider is left alone. Whoever asks may go away before there is an answer, as a
/// caller does whose connection is reset: then the next question is the probe.
struct Probe<'a> {
    till: &'a Till,
    has_told: bool,
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        if !self.has_told {
            let now = self.till.clock.now();
            let mut breaker = self.till.breaker.lock().unwrap_or_else(PoisonError::into_inner);
            breaker.told_nothing(now);
        }
    }
}
