//! Devices that somebody has signed in with: known by a cookie, so that who is attacked can still sign in.
//!
//! Invariant: a device is known to one account, until its password is changed or half a year has passed. It opens nothing: the
//! password is asked all the same.

use crate::crypto::{Sealer, sha256};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::PersonRecord;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How long a device is known.
pub const DEVICE_FOR: Duration = Duration::from_secs(180 * 86_400);
/// Longest text that is looked at.
const MAX_CHARS: usize = 512;

#[derive(Serialize, Deserialize)]
struct Device {
    id: Uuid,
    since: UnixMillis,
}

/// What a device of somebody is to be known by.
pub fn remember(sealer: &Sealer, person: &PersonRecord, now: UnixMillis) -> Option<Phi<String>> {
    let device = serde_json::to_vec(&Device { id: Uuid::new_v4(), since: now }).ok()?;
    sealer.seal(&place(person), &device).ok().map(Phi::new)
}

/// Which device of somebody it is.
pub fn recognise(
    sealer: &Sealer,
    person: &PersonRecord,
    token: &Phi<String>,
    now: UnixMillis,
) -> Option<Uuid> {
    let token = Some(token.expose()).filter(|it| it.len() <= MAX_CHARS)?;
    let device: Device = serde_json::from_slice(&sealer.open(&place(person), token)?).ok()?;
    (now.since(device.since) < DEVICE_FOR).then_some(device.id)
}

fn place(person: &PersonRecord) -> String {
    let password = URL_SAFE_NO_PAD.encode(sha256(person.password_hash.expose().as_bytes()));
    format!("device|{}|{password}", person.person_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::{OrganisationId, PersonId};
    use crate::protocol::person::Role;
    use crate::store::people::Standing;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn a_device_is_known_to_one_account_and_one_password() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let ana = PersonRecord {
            person_id: PersonId(Uuid::from_u128(1)),
            organisation_id: OrganisationId::FIRST,
            display_name: "Ana Fictional".into(),
            email: "ana@clinic.invalid".into(),
            password_hash: "first".into(),
            role: Role::Patient,
            time_zone: "UTC".to_owned(),
            created_at: NOW,
            standing: Standing::default(),
        };
        let token = remember(&sealer, &ana, NOW).unwrap();
        let known = |who: &PersonRecord, at| recognise(&sealer, who, &token, at).is_some();
        assert!(known(&ana, NOW));
        assert!(!known(&ana, NOW.plus(DEVICE_FOR)), "after half a year");
        let changed = PersonRecord { password_hash: "second".into(), ..ana.clone() };
        assert!(!known(&changed, NOW), "with another password");
        let bo = PersonRecord { person_id: PersonId(Uuid::from_u128(2)), ..ana };
        assert!(!known(&bo, NOW), "to another account");
    }
}
