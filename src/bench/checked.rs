//! What the door adds to an operation: the token is verified, its session asked for, limits, policy, organisation and what is proven are looked
//! at, and both rows of the audit log are made and kept.
//!
//! The store is the one in memory, so its own time is next to nothing, and so is the operation: a patient reads an appointment of
//! theirs. All of that is in the figure, which makes it an upper bound of what the door costs. The log of the process is not written.

use crate::bench::auth::{from, people, sign_in};
use crate::bench::door::{Door, said};
use crate::bench::figures::Spans;
use crate::bench::practice::{MINUTES, Practice};
use crate::clock::{Clock as _, SystemClock};
use crate::command::{Call, call};
use crate::config::Config;
use crate::http::Site as _;
use crate::protocol::all::*;
use crate::protocol::ids::{AppointmentId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use serde_json::{Value, json};
use std::io::{Error, Result};
use std::time::{Duration, Instant};

/// What one patient calls: fewer than their limit lets through at once.
const CALLS_EACH: u32 = 50;
/// Of these, before anything is measured.
const WARM: u32 = 5;
const CLINICIANS: usize = 4;

/// What was measured.
pub(super) struct Checked {
    known: Spans,
    whole: Spans,
}

impl Checked {
    /// Of a whole operation.
    pub(super) fn p95_us(&self) -> Value {
        self.whole.microseconds().get("p95").cloned().unwrap_or_default()
    }

    /// Microseconds: of the token alone, and of the whole operation with it.
    pub(super) fn figures(&self) -> Value {
        json!({
            "token_us": self.known.microseconds(),
            "operation_us": self.whole.microseconds(),
            "operations": self.whole.len(),
        })
    }
}

/// Measures it, one call after the other.
pub(super) async fn measure(config: Config) -> Result<Checked> {
    let door = Door::open_in_memory(config).await?;
    let practice = Practice::made(&door, CLINICIANS, 0, ("00:00", "24:00")).await?;
    let mut patients = vec![];
    for (number, (who, email)) in (0_u32..).zip(people(&door).await?) {
        let appointment_id = booked(&door, &practice, who, number).await?;
        let signed = sign_in(&door, email, number).await?;
        patients.push((signed.access_token, appointment_id));
    }
    let mut checked = Checked { known: Spans::default(), whole: Spans::default() };
    for turn in 0..CALLS_EACH {
        for (token, appointment_id) in &patients {
            let (known, whole) = reads(&door, token, *appointment_id).await?;
            if turn >= WARM {
                checked.known.push(known);
                checked.whole.push(whole);
            }
        }
    }
    Ok(checked)
}

async fn reads(
    door: &Door,
    token: &Phi<String>,
    appointment_id: AppointmentId,
) -> Result<(Duration, Duration)> {
    let began = Instant::now();
    let caller = door.node().authenticate(token.clone()).await.map_err(|it| said(&it.into()))?;
    let known = began.elapsed();
    let by = Call::new(Some(caller), SystemClock.now(), from(0).address);
    let op = ReadAppointment { appointment_id };
    call(door.node().as_ref(), by, op).await.map_err(|it| said(&it))?;
    Ok((known, began.elapsed()))
}

/// Each patient another time.
async fn booked(
    door: &Door,
    practice: &Practice,
    who: PersonId,
    number: u32,
) -> Result<AppointmentId> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let first = (SystemClock.now().0.div_euclid(DAY_MS) + 2) * DAY_MS;
    let starts_at = UnixMillis(first + i64::from(number) * i64::from(MINUTES) * 60 * 1_000);
    let clinicians = practice.clinicians.iter().cycle();
    let clinician = clinicians.skip(usize::try_from(number).unwrap_or_default()).copied().next();
    let clinician = clinician.ok_or_else(|| Error::other("nobody to book"))?;
    let hold = door.calls(who, Role::Patient, practice.wish(clinician, starts_at)).await;
    let hold = hold.map_err(|it| said(&it))?;
    let op =
        CreateAppointment { hold_token: hold.hold_token, reason: None, patient_may_invite: false };
    let card = door.calls(who, Role::Patient, op).await.map_err(|it| said(&it))?;
    Ok(card.appointment_id)
}
