//! What one person's key does: it seals what is known of them, field by field.
//!
//! Invariants: a field opens in its table, column, row and revision only, by the key of the person whose it is. A field that says
//! nothing is sealed too: nobody sees which ones are filled in, and one that was taken out is missed. Destroying the key makes all of it
//! unreadable, wherever copies of the rows are.
//! Does not: know which fields there are (`records::profile`).

use super::conversation::{first_that_opens, subkey};
use super::place::Tenant;
use super::vault::{KEY_BYTES, KEY_ID_LETTERS, NamedKey, NotOpened, hex};
use crate::protocol::phi::Phi;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use std::io;
use uuid::Uuid;

/// How a sealed field begins, so that it is told from one that was written before fields were sealed.
pub const SEALED: &str = "~1.";
/// First byte of a field that says nothing, and of one that says something.
const NOTHING: u8 = 0;
const TEXT: u8 = 1;

/// Where a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub row: Uuid,
    /// The row's revision: one that is put back to an earlier state does not open at the later one.
    pub revision: u32,
}

/// The key of one person.
pub struct SubjectKey {
    tenant: Tenant,
    fields: NamedKey,
}

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey")
    }
}

impl SubjectKey {
    /// From the data key.
    pub(super) fn new(tenant: Tenant, data: &[u8]) -> io::Result<Self> {
        if data.len() != KEY_BYTES {
            return Err(io::Error::other("a data key has 32 bytes"));
        }
        let prk = Salt::new(HKDF_SHA256, b"bedside subject v1").extract(data);
        let id = hex(&subkey::<{ KEY_ID_LETTERS / 2 }>(&prk, b"key id of fields")?);
        let fields = NamedKey::new(id, &subkey::<KEY_BYTES>(&prk, b"fields")?)?;
        Ok(SubjectKey { tenant, fields })
    }

    /// Seals a field, or that it says nothing.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_field(&self, at: Field, text: Option<&str>) -> io::Result<String> {
        let plain = match text {
            None => vec![NOTHING],
            Some(text) => [&[TEXT], text.as_bytes()].concat(),
        };
        Ok(format!("{SEALED}{}", self.fields.seal(&bound(self.tenant, at), &plain)?))
    }

    /// What a field says.
    ///
    /// # Errors
    /// When it was not sealed for this place and revision by this key.
    pub fn open_field(&self, at: Field, sealed: &str) -> Result<Option<Phi<String>>, NotOpened> {
        let sealed = sealed.strip_prefix(SEALED).ok_or(NotOpened::Damaged)?;
        // A program of before bound no organisation; the key itself is of one.
        let places = [self.tenant, Tenant::BEFORE].map(|it| bound(it, at));
        let plain = first_that_opens(places, |it| self.fields.open(it, sealed))?;
        match plain.split_first() {
            Some((&NOTHING, [])) => Ok(None),
            Some((&TEXT, text)) => {
                let text = std::str::from_utf8(text).map_err(|_| NotOpened::Damaged)?;
                Ok(Some(Phi::new(text.to_owned())))
            }
            _ => Err(NotOpened::Damaged),
        }
    }
}

fn bound(tenant: Tenant, at: Field) -> String {
    tenant.place(at.table, at.column, &format!("{}/{}", at.row, at.revision))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use std::collections::HashSet;

    const PHONE: Field =
        Field { table: "patient_profiles", column: "phone", row: Uuid::from_u128(1), revision: 3 };

    fn key(seed: u8) -> SubjectKey {
        of_house(seed, 30)
    }

    fn of_house(seed: u8, house: u128) -> SubjectKey {
        SubjectKey::new(Tenant::of(Uuid::from_u128(house)), &[seed; KEY_BYTES]).unwrap()
    }

    #[test]
    fn a_field_opens_in_its_place_only() {
        let key = key(7);
        let sealed = key.seal_field(PHONE, Some("+15555550100")).unwrap();
        assert_eq!(key.open_field(PHONE, &sealed).unwrap(), Some("+15555550100".into()));
        assert!(sealed.starts_with(SEALED) && !sealed.contains("5555"));
        for (name, elsewhere) in [
            ("another column", Field { column: "gender", ..PHONE }),
            ("another table", Field { table: "users", ..PHONE }),
            ("another row", Field { row: Uuid::from_u128(2), ..PHONE }),
            ("rolled back", Field { revision: 4, ..PHONE }),
        ] {
            assert_eq!(key.open_field(elsewhere, &sealed), Err(NotOpened::Damaged), "{name}");
        }
        assert_eq!(self::key(8).open_field(PHONE, &sealed), Err(NotOpened::UnknownKey));
        let elsewhere = of_house(7, 31).open_field(PHONE, &sealed);
        assert_eq!(elsewhere, Err(NotOpened::Damaged), "of another organisation");
        let before = key.fields.seal(&bound(Tenant::BEFORE, PHONE), &[NOTHING]).unwrap();
        assert_eq!(key.open_field(PHONE, &format!("{SEALED}{before}")), Ok(None), "of before");
    }

    #[test]
    fn what_was_cut_off_or_changed_does_not_open() {
        let key = key(7);
        let sealed = key.seal_field(PHONE, Some("+15555550100")).unwrap();
        for n in 0..sealed.len() {
            assert!(key.open_field(PHONE, &sealed[..n]).is_err(), "{n}");
            let mut changed = sealed.clone().into_bytes();
            changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
            assert!(key.open_field(PHONE, &String::from_utf8(changed).unwrap()).is_err(), "{n}");
        }
        assert_eq!(key.open_field(PHONE, "+15555550100"), Err(NotOpened::Damaged), "never sealed");
    }

    #[test]
    fn nothing_is_sealed_as_well_and_is_no_empty_text() {
        let key = key(7);
        let (nothing, empty) =
            (key.seal_field(PHONE, None).unwrap(), key.seal_field(PHONE, Some("")).unwrap());
        assert_eq!(key.open_field(PHONE, &nothing).unwrap(), None);
        assert_eq!(key.open_field(PHONE, &empty).unwrap(), Some("".into()));
        assert_eq!(nothing.len(), empty.len());
    }

    /// Random nonces of 96 bits: 10^5 of one key meet with a probability of 6 in 10^20.
    #[test]
    fn a_hundred_thousand_seals_repeat_no_nonce() {
        let key = key(7);
        let mut seen = HashSet::new();
        for _ in 0..100_000 {
            let sealed = key.seal_field(PHONE, Some("same")).unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(sealed.rsplit_once('.').unwrap().1).unwrap();
            assert!(seen.insert(<[u8; 12]>::try_from(&bytes[..12]).unwrap()));
        }
    }
}
