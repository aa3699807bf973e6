//! Who may do what. 401, 403 and 404 are decided here and nowhere else.
//!
//! Owns: the reading of the catalogue's access column, and the first question of every object: may this caller know
//! that it exists? Default is no. What of a patient's record may be seen is decided in [`records`].

pub mod records;

use crate::protocol::fault::FaultCode;
use crate::protocol::ids::{AppointmentId, OrganisationId, ParticipantId, PersonId};
use crate::protocol::operation::Access;
use crate::protocol::person::Role;

/// Who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// An account.
    Person(PersonId),
    /// Somebody's part in one visit: whoever came by a join link.
    Participant(ParticipantId),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Who::Person(id) => write!(f, "person:{id}"),
            Who::Participant(id) => write!(f, "participant:{id}"),
        }
    }
}

/// A caller whose token was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub who: Who,
    /// In which role.
    pub role: Role,
    /// Of which organisation. Everybody is of one, for ever.
    pub organisation: OrganisationId,
    /// The only visit that exists for this caller, when the session came from a join link.
    pub only_visit: Option<AppointmentId>,
}

/// Whether a caller may call an operation at all.
///
/// # Errors
/// [`FaultCode::Unauthenticated`] or [`FaultCode::Forbidden`].
pub fn may_call(access: Access, caller: Option<&Principal>) -> Result<(), FaultCode> {
    if access == Access::Anyone {
        return Ok(());
    }
    let caller = caller.ok_or(FaultCode::Unauthenticated)?;
    let is_account = caller.only_visit.is_none();
    let may = match access {
        Access::Anyone | Access::AnySession => true,
        Access::SignedIn => caller.role != Role::Support,
        Access::Enrolling | Access::Account => is_account,
        Access::CareAccount => is_account && caller.role != Role::Support,
        Access::VisitParty => !matches!(caller.role, Role::Admin | Role::Support),
        Access::Clinician => caller.role == Role::Clinician,
        Access::ClinicianAccount => is_account && caller.role == Role::Clinician,
        Access::Staff => matches!(caller.role, Role::Clinician | Role::Admin),
        Access::Patient => is_account && caller.role == Role::Patient,
        Access::StaffAccount => {
            is_account && matches!(caller.role, Role::Clinician | Role::Interpreter | Role::Admin)
        }
        Access::Support => is_account && matches!(caller.role, Role::Support | Role::Admin),
        Access::Admin => is_account && caller.role == Role::Admin,
    };
    if may { Ok(()) } else { Err(FaultCode::Forbidden) }
}

/// Whether an operation is open to a session that can only enrol a second factor.
#[must_use]
pub fn is_for_enrolling(access: Access) -> bool {
    matches!(access, Access::Anyone | Access::AnySession | Access::Enrolling)
}

/// Whether a visit may exist for a caller, before it is looked up: a session from a join link knows one visit.
///
/// # Errors
/// [`FaultCode::NotFound`].
pub fn may_name_visit(caller: &Principal, visit: AppointmentId) -> Result<(), FaultCode> {
    match caller.only_visit {
        Some(own) if own != visit => Err(FaultCode::NotFound),
        _ => Ok(()),
    }
}

/// Whether something may exist for a caller: what is of another organisation does not, whoever asks. `house` is whose it is; what
/// is nobody's, or not there at all, is told of by whoever looks for it.
///
/// # Errors
/// [`FaultCode::NotFound`].
pub fn same_house(caller: &Principal, house: Option<OrganisationId>) -> Result<(), FaultCode> {
    match house {
        Some(house) if house != caller.organisation => Err(FaultCode::NotFound),
        _ => Ok(()),
    }
}

/// Whether people of a role have a calendar that can be booked.
pub fn has_schedule(role: Role) -> bool {
    matches!(role, Role::Clinician | Role::Interpreter)
}

/// Whether a caller may reserve time of a clinician, for a patient that they name. A clinician fills their own calendar and
/// answers for their own licence (an override is theirs to give); an administrator keeps everybody's. What a patient may
/// reserve is for themselves, with whomever.
///
/// # Errors
/// [`FaultCode::Forbidden`].
pub fn may_book_with(caller: &Principal, clinician: PersonId) -> Result<(), FaultCode> {
    match caller.role {
        Role::Patient | Role::Admin => Ok(()),
        Role::Clinician if caller.who == Who::Person(clinician) => Ok(()),
        _ => Err(FaultCode::Forbidden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use uuid::Uuid;

    fn caller(role: Role, only_visit: Option<u128>) -> Principal {
        Principal {
            who: Who::Person(PersonId(Uuid::from_u128(1))),
            role,
            organisation: OrganisationId::FIRST,
            only_visit: only_visit.map(|it| AppointmentId(Uuid::from_u128(it))),
        }
    }

    #[rstest]
    #[case(Access::SignedIn, None, Err(FaultCode::Unauthenticated))]
    #[case(Access::Anyone, None, Ok(()))]
    #[case(Access::Admin, Some(caller(Role::Clinician, None)), Err(FaultCode::Forbidden))]
    #[case(Access::Admin, Some(caller(Role::Admin, Some(7))), Err(FaultCode::Forbidden))]
    #[case(Access::Admin, Some(caller(Role::Admin, None)), Ok(()))]
    #[case(Access::VisitParty, Some(caller(Role::Admin, None)), Err(FaultCode::Forbidden))]
    #[case(Access::VisitParty, Some(caller(Role::Caregiver, Some(7))), Ok(()))]
    #[case(Access::Account, Some(caller(Role::Patient, Some(7))), Err(FaultCode::Forbidden))]
    #[case(Access::Enrolling, Some(caller(Role::Patient, Some(7))), Err(FaultCode::Forbidden))]
    #[case(Access::AnySession, Some(caller(Role::Patient, Some(7))), Ok(()))]
    #[case(Access::Staff, Some(caller(Role::Colleague, Some(7))), Err(FaultCode::Forbidden))]
    #[case(Access::ClinicianAccount, Some(caller(Role::Clinician, None)), Ok(()))]
    #[case(
        Access::ClinicianAccount,
        Some(caller(Role::Clinician, Some(7))),
        Err(FaultCode::Forbidden)
    )]
    #[case(Access::Support, Some(caller(Role::Support, None)), Ok(()))]
    #[case(Access::Support, Some(caller(Role::Admin, None)), Ok(()))]
    #[case(Access::Support, Some(caller(Role::Clinician, None)), Err(FaultCode::Forbidden))]
    #[case(Access::Account, Some(caller(Role::Support, None)), Ok(()))]
    #[case(Access::CareAccount, Some(caller(Role::Support, None)), Err(FaultCode::Forbidden))]
    #[case(Access::CareAccount, Some(caller(Role::Admin, None)), Ok(()))]
    #[case(Access::SignedIn, Some(caller(Role::Support, None)), Err(FaultCode::Forbidden))]
    #[case(Access::VisitParty, Some(caller(Role::Support, None)), Err(FaultCode::Forbidden))]
    #[case(Access::Staff, Some(caller(Role::Support, None)), Err(FaultCode::Forbidden))]
    #[case(Access::StaffAccount, Some(caller(Role::Support, None)), Err(FaultCode::Forbidden))]
    #[case(Access::Admin, Some(caller(Role::Support, None)), Err(FaultCode::Forbidden))]
    fn access_is_read_like_this(
        #[case] access: Access,
        #[case] caller: Option<Principal>,
        #[case] expected: Result<(), FaultCode>,
    ) {
        assert_eq!(may_call(access, caller.as_ref()), expected);
    }

    #[rstest]
    #[case(Role::Patient, 2, Ok(()))]
    #[case(Role::Admin, 2, Ok(()))]
    #[case(Role::Clinician, 1, Ok(()))]
    #[case(Role::Clinician, 2, Err(FaultCode::Forbidden))]
    #[case(Role::Interpreter, 1, Err(FaultCode::Forbidden))]
    #[case(Role::Caregiver, 1, Err(FaultCode::Forbidden))]
    #[case(Role::Colleague, 1, Err(FaultCode::Forbidden))]
    fn a_clinician_fills_their_own_calendar(
        #[case] role: Role,
        #[case] clinician: u128,
        #[case] expected: Result<(), FaultCode>,
    ) {
        let clinician = PersonId(Uuid::from_u128(clinician));
        assert_eq!(may_book_with(&caller(role, None), clinician), expected);
    }

    #[test]
    fn what_is_of_another_house_is_not_there_for_anybody() {
        let elsewhere = OrganisationId(Uuid::from_u128(7));
        for role in [Role::Patient, Role::Clinician, Role::Interpreter, Role::Admin] {
            let caller = caller(role, None);
            assert_eq!(same_house(&caller, Some(elsewhere)), Err(FaultCode::NotFound));
            assert_eq!(same_house(&caller, Some(OrganisationId::FIRST)), Ok(()));
            assert_eq!(same_house(&caller, None), Ok(()), "whoever looks for it tells");
        }
    }

    #[test]
    fn a_link_session_knows_its_own_visit_only() {
        let guest = caller(Role::Interpreter, Some(7));
        assert_eq!(may_name_visit(&guest, AppointmentId(Uuid::from_u128(7))), Ok(()));
        assert_eq!(
            may_name_visit(&guest, AppointmentId(Uuid::from_u128(8))),
            Err(FaultCode::NotFound)
        );
    }
}
