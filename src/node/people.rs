//! Accounts, made and listed by administrators. Invariant: a password that somebody else has chosen is taken for a week.
//! Does not: change accounts (`staff`).

use crate::auth::password;
use crate::command::{Call, Execute, unsaved};
use crate::domain::identity::INVITED_FOR;
use crate::domain::names::{self, NOT_A_NAME};
use crate::node::Node;
use crate::protocol::fault::Fault;
use crate::protocol::ids::{OrganisationId, PersonId};
use crate::protocol::person::{CreatePerson, ListPeople, People, Person, PersonStatus, Suspension};
use crate::protocol::phi::Phi;
use crate::store::PersonRecord;
use crate::store::people::{Standing, Which};
use uuid::Uuid;

mod inviting;

/// What this is called, which a guesser knows as well.
const PROGRAM: &str = "bedside";
/// People in one list.
const MAX_LISTED: u32 = 500;
/// RFC 5321 bounds an address to 254 characters.
const MAX_EMAIL_CHARS: usize = 254;
/// Longest IANA zone name is shorter than 40.
const MAX_ZONE_CHARS: usize = 64;

impl Execute<CreatePerson> for Node {
    async fn execute(&self, call: Call, op: CreatePerson) -> Result<Person, Fault> {
        let of = call.principal()?.organisation;
        self.make_person(&call, of, op, Chosen::ByOthers).await
    }
}

/// Who has chosen the password of a new account, where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// Its owner.
    ByOwner,
    /// Somebody who knows it, then, and must not for long (OWASP ASVS 6.4.1).
    ByOthers,
}

impl Node {
    /// An account of an organisation, by an administrator or by who registers.
    pub(super) async fn make_person(
        &self,
        call: &Call,
        of: OrganisationId,
        op: CreatePerson,
        chosen: Chosen,
    ) -> Result<Person, Fault> {
        let name = checked_name(&op.display_name)?;
        let email = op.email.expose().trim().to_lowercase();
        if !is_address(&email) {
            return Err(Fault::invalid("email", "An e-mail address."));
        }
        if !op.role.may_have_account() {
            let why =
                "Accounts are for patients, clinicians, interpreters, administrators and support.";
            return Err(Fault::invalid("role", why));
        }
        must_be_zone(&op.time_zone)?;
        let home_region = self.home_of_new(op.home_region.as_deref())?;
        let is_invited = op.password.is_none();
        let password_hash = match op.password {
            Some(password) => {
                let about = self.about_account(&op.display_name, &op.email, of).await?;
                password::check_strength(&password, &about, false).await?;
                password::hash(password).await?
            }
            // No password has this hash.
            None => Phi::default(),
        };
        let is_short_lived = !is_invited && chosen == Chosen::ByOthers && !call.is_own();
        let record = PersonRecord {
            person_id: PersonId(Uuid::now_v7()),
            organisation_id: of,
            display_name: name,
            email: email.into(),
            password_hash,
            role: op.role,
            time_zone: op.time_zone,
            created_at: call.now,
            standing: Standing {
                home_region,
                invited_at: is_invited.then_some(call.now),
                password_until: is_short_lived.then(|| call.now.plus(INVITED_FOR)),
                ..Standing::default()
            },
        };
        let person = self.person_of(&record);
        let answered = call.answered(&person)?;
        let made = match is_invited {
            true => self.create_invited(record, answered).await,
            false => self.store.create_person(record, answered).await,
        };
        made.map_err(unsaved)?;
        self.clinic_memory.forget();
        Ok(person)
    }
}

impl Node {
    /// What a guesser would try first for an account of that organisation.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn about_account(
        &self,
        name: &Phi<String>,
        email: &Phi<String>,
        of: OrganisationId,
    ) -> Result<[Phi<String>; 5], Fault> {
        let all = self.store.organisations().await.map_err(unsaved)?;
        let own = all.into_iter().find(|it| it.organisation_id == of).map(|it| it.name);
        let [clinic, own, program] =
            [self.config.identity.clinic_name.clone(), own.unwrap_or_default(), PROGRAM.to_owned()];
        Ok([name.clone(), email.clone(), Phi::new(clinic), Phi::new(own), Phi::new(program)])
    }
}

impl Execute<ListPeople> for Node {
    async fn execute(&self, call: Call, op: ListPeople) -> Result<People, Fault> {
        let of = call.principal()?.organisation;
        let which = Which { role: op.role, status: op.status };
        let people = self.store.people(of, which, MAX_LISTED).await.map_err(unsaved)?;
        let people = people.iter().map(|it| self.person_of(it)).collect();
        Ok(People { people, regions: self.regions() })
    }
}

impl Node {
    pub(super) fn person_of(&self, record: &PersonRecord) -> Person {
        let suspended = record.standing.suspended.as_ref();
        Person {
            person_id: record.person_id,
            display_name: record.display_name.clone(),
            email: record.email.clone(),
            role: record.role,
            time_zone: record.time_zone.clone(),
            created_at: record.created_at,
            status: record.status(),
            status_since: match record.status() {
                PersonStatus::Active | PersonStatus::Elsewhere => None,
                PersonStatus::Suspended => suspended.map(|it| it.at),
                PersonStatus::Invited => record.standing.invited_at,
                PersonStatus::Erased => record.standing.erased_at,
            },
            suspension: suspended
                .filter(|_| record.status() == PersonStatus::Suspended)
                .map(|it| Suspension { reason: it.reason.clone(), by: it.by }),
            revision: record.standing.revision,
            home_region: self.home_shown(record),
        }
    }
}

/// What somebody is to be called.
///
/// # Errors
/// `invalid_value` of `display_name`.
pub(super) fn checked_name(name: &Phi<String>) -> Result<Phi<String>, Fault> {
    let name = names::checked(name.expose());
    name.map(Phi::from).ok_or_else(|| Fault::invalid("display_name", NOT_A_NAME))
}

/// One `@` with something on both sides, no blanks and no control characters; whether it exists, only a mail can tell.
pub(super) fn is_address(text: &str) -> bool {
    let has_parts = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    let is_plain = !text.chars().any(|it| it.is_whitespace() || it.is_control());
    has_parts && is_plain && text.chars().count() <= MAX_EMAIL_CHARS
}

/// Whether a text has the form of an IANA zone name; the browser that shows times knows which exist.
///
/// # Errors
/// `invalid_value` of `time_zone`.
pub(super) fn must_be_zone(zone: &str) -> Result<(), Fault> {
    let is_name = |it: char| it.is_ascii_alphanumeric() || "/_+-".contains(it);
    let is_zone = zone == "UTC" || (zone.contains('/') && zone.chars().all(is_name));
    if is_zone && zone.len() <= MAX_ZONE_CHARS {
        Ok(())
    } else {
        Err(Fault::invalid("time_zone", "An IANA name such as Europe/Berlin."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_zones() {
        for good in ["a@b", "ana@clinic.example", "ünïcode@bücher.example"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc:x"] {
            assert!(!is_address(bad), "{bad}");
        }
        assert!(must_be_zone("Europe/Berlin").is_ok() && must_be_zone("UTC").is_ok());
        assert_eq!(must_be_zone("+01:00").unwrap_err().field.as_deref(), Some("time_zone"));
    }
}
