//! Answers by idempotency key: kept with what they answer, sealed, and found again.
//!
//! Invariants: an answer is opened where it was kept and nowhere else (caller, operation, key); the same key with other params
//! is refused; what was done and cannot be told any more is told as done. Does not: keep anything by itself, the
//! transaction of the change does that.

use super::{Call, Execute, Hub, unsaved};
use crate::crypto::{Keys, Sealer, sha256};
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::frame::MAX_KEY_BYTES;
use crate::protocol::operation::{Effect, Operation};
use crate::store::Answered;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// What is needed to keep an answer for its key.
#[derive(Debug, Clone)]
pub(super) struct AnswerTo {
    caller: String,
    operation: &'static str,
    key: String,
    params_hash: Vec<u8>,
    keys: Arc<Keys>,
}

impl Call {
    /// The answer, sealed, to be kept in the transaction that makes it true. `None` when the call had no key.
    ///
    /// # Errors
    /// [`FaultCode::Internal`] when it cannot be sealed.
    pub fn answered<T: Serialize>(&self, output: &T) -> Result<Option<Answered>, Fault> {
        let Some(to) = &self.answer_to else { return Ok(None) };
        let plain = serde_json::to_vec(output).map_err(|_| FaultCode::Internal)?;
        let sealed = to.keys.sealer.seal(&to.place(), &plain).map_err(|_| FaultCode::Internal)?;
        Ok(Some(Answered {
            caller: to.caller.clone(),
            operation: to.operation,
            key: to.key.clone(),
            params_hash: to.params_hash.clone(),
            output: Value::String(sealed),
            at: self.now,
        }))
    }
}

impl AnswerTo {
    fn place(&self) -> String {
        format!("answer/{}/{}/{}", self.caller, self.operation, self.key)
    }

    fn open<T: serde::de::DeserializeOwned>(&self, sealer: &Sealer, kept: &Value) -> Option<T> {
        let plain = sealer.open(&self.place(), kept.as_str()?)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// What is needed to keep the answer to this call, or to find the one that its key was given.
pub(super) fn answer_to<H, O>(
    hub: &H,
    call: &Call,
    params: &Value,
) -> Result<Option<AnswerTo>, Fault>
where
    H: Hub,
    O: Operation,
{
    let (Some(key), Some(caller)) = (call.key.as_ref(), call.caller.as_ref()) else {
        return Ok(None);
    };
    if O::EFFECT != Effect::Write {
        return Ok(None);
    }
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Err(Fault::invalid("key", "An idempotency key has 1 to 64 bytes."));
    }
    // Under a key of the hub: short params, such as a message of one word, could be guessed from a plain hash.
    let text = serde_json::to_string(params).map_err(|_| FaultCode::Internal)?;
    let of_params = hub.keys().sealer.derive_token(&["params of a call", O::NAME, &text]);
    Ok(Some(AnswerTo {
        caller: caller.principal.who.to_string(),
        operation: O::NAME,
        key: key.clone(),
        params_hash: sha256(of_params.expose().as_bytes()),
        keys: Arc::clone(hub.keys()),
    }))
}

/// The answer that was given for this key, or `None` when there is none. Also while the call is on its way: who asks again
/// because an answer was late may find the first call still at work; once that is done, what it did stands in the way of
/// the second (the hold is used), and a refusal would say that nothing was done.
pub(super) async fn kept<H, O>(hub: &H, call: &Call) -> Result<Option<O::Output>, Fault>
where
    H: Hub + Execute<O>,
    O: Operation,
{
    let Some(to) = &call.answer_to else { return Ok(None) };
    let before = hub.ledger().answered(&to.caller, O::NAME, &to.key).await.map_err(unsaved)?;
    let Some(before) = before else { return Ok(None) };
    // It stands beside what it answers: whatever keeps it from being told, that was done. Under a key that is gone other params cannot be told
    // from the same ones, and no client of ours asks for something else with a key that it has used.
    let Some(opened) = to.open::<Value>(&hub.keys().sealer, &before.output) else {
        return Err(Fault::new(FaultCode::Internal).applied());
    };
    if before.params_hash != to.params_hash {
        return Err(FaultCode::KeyReused.into());
    }
    metrics::counter!("bedside_replays_total", "operation" => O::NAME).increment(1);
    let Ok(kept) = serde_json::from_value(opened) else {
        return Err(Fault::new(FaultCode::Internal).applied());
    };
    hub.told_again(call, kept).await.map(Some).map_err(Fault::applied)
}
