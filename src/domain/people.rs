//! What an administrator may change of somebody's account.
//!
//! Owns: which roles become which, and who stays an administrator. Invariants: a patient stays one and nobody becomes one, because a
//! record is its patient's; nobody changes their own role or home, suspends themselves or takes that back; whoever has appointments to come moves away with none; who decides is an administrator when it is decided; the last administrator of an organisation who can
//! sign in stays that; who was erased is left alone. Does not: count (the store does, under a lock), or know who asks.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::person::{PersonStatus, Role};

/// An account, as it is when it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Role.
    pub role: Role,
    /// Whether they can sign in.
    pub status: PersonStatus,
    /// It is the account of who asks.
    pub is_own: bool,
    /// Who asks is, at this moment, an administrator of the organisation who can sign in.
    pub is_asked_by_admin: bool,
    /// Appointments with them in whatever part that are neither cancelled nor over.
    pub ahead: u32,
    /// Other administrators of their organisation who can sign in.
    pub other_admins: u32,
}

/// What is to be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Name and time zone, and this role: the one that they have, or another.
    Become(Role),
    /// They cannot sign in any more.
    Suspend,
    /// They can again.
    Reinstate,
    /// Their data live in another region from now on.
    Move {
        /// They were kept here, and are not any more.
        leaves: bool,
    },
}

/// Why it is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Who asks is no administrator any more: somebody was quicker.
    NoAdmin,
    /// There is nobody any more.
    Erased,
    /// Guests of visits have no account.
    NoAccount,
    /// A patient stays a patient.
    Patient,
    /// Nobody becomes a patient.
    NoPatient,
    /// Of the own account.
    Own,
    /// Others count on them.
    Ahead,
    /// They have appointments here.
    Expected,
    /// Nobody could run the clinic.
    LastAdmin,
    /// It is done.
    Suspended,
    /// There is nothing to take back.
    NotSuspended,
}

/// Whether it may be done.
///
/// # Errors
/// Why not; the first reason in the order of [`Refusal`].
pub fn may(account: &Account, wish: Wish) -> Result<(), Refusal> {
    let not = |is: bool, why: Refusal| if is { Err(why) } else { Ok(()) };
    not(!account.is_asked_by_admin, Refusal::NoAdmin)?;
    not(account.status == PersonStatus::Erased, Refusal::Erased)?;
    let is_suspended = account.status == PersonStatus::Suspended;
    match wish {
        Wish::Become(role) if role == account.role => Ok(()),
        Wish::Become(role) => {
            not(!role.may_have_account(), Refusal::NoAccount)?;
            not(account.role == Role::Patient, Refusal::Patient)?;
            not(role == Role::Patient, Refusal::NoPatient)?;
            not(account.is_own, Refusal::Own)?;
            not(account.ahead > 0, Refusal::Ahead)?;
            not(is_last_admin(account), Refusal::LastAdmin)
        }
        Wish::Suspend => {
            not(account.is_own, Refusal::Own)?;
            not(is_last_admin(account), Refusal::LastAdmin)?;
            not(is_suspended, Refusal::Suspended)
        }
        Wish::Reinstate => {
            not(account.is_own, Refusal::Own)?;
            not(!is_suspended, Refusal::NotSuspended)
        }
        Wish::Move { leaves } => {
            not(account.is_own, Refusal::Own)?;
            not(leaves && account.ahead > 0, Refusal::Expected)?;
            not(leaves && is_last_admin(account), Refusal::LastAdmin)
        }
    }
}

/// Whoever is suspended runs nothing, and is none.
fn is_last_admin(account: &Account) -> bool {
    account.role == Role::Admin
        && account.status == PersonStatus::Active
        && account.other_admins == 0
}

impl From<Refusal> for Fault {
    fn from(why: Refusal) -> Self {
        let not_now = |why| Fault::new(FaultCode::NotAllowedNow).because(why);
        match why {
            Refusal::NoAdmin => FaultCode::SessionEnded.into(),
            Refusal::Erased => not_now("This person was erased."),
            Refusal::NoAccount => Fault::invalid("role", "Guests of a visit have no account."),
            Refusal::Patient => Fault::invalid("role", "A patient stays a patient."),
            Refusal::NoPatient => Fault::invalid(
                "role",
                "Nobody becomes a patient; patients have accounts of their own.",
            ),
            Refusal::Own => Fault::new(FaultCode::Forbidden)
                .because("Of one's own account another administrator decides."),
            Refusal::Ahead => not_now("There are appointments to come with them in this role."),
            Refusal::Expected => not_now("There are appointments to come with them here."),
            Refusal::LastAdmin => {
                not_now("Nobody else who can sign in is an administrator of this organisation.")
            }
            Refusal::Suspended => not_now("This account is suspended."),
            Refusal::NotSuspended => not_now("This account is not suspended."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const STAFF: [Role; 4] = [Role::Clinician, Role::Interpreter, Role::Admin, Role::Support];

    fn account(role: Role) -> Account {
        let status = PersonStatus::Active;
        let is_asked_by_admin = true;
        Account { role, status, is_own: false, is_asked_by_admin, ahead: 0, other_admins: 1 }
    }

    #[test]
    fn staff_change_among_each_other_and_patients_do_not() {
        for from in Role::ALL.into_iter().filter(|it| it.may_have_account()) {
            for to in Role::ALL {
                let expected = match (from, to) {
                    _ if from == to => Ok(()),
                    (_, Role::Caregiver | Role::Colleague) => Err(Refusal::NoAccount),
                    (Role::Patient, _) => Err(Refusal::Patient),
                    (_, Role::Patient) => Err(Refusal::NoPatient),
                    _ => Ok(()),
                };
                assert_eq!(may(&account(from), Wish::Become(to)), expected, "{from:?} {to:?}");
                assert_eq!(
                    expected.is_ok() && from != to,
                    STAFF.contains(&from) && STAFF.contains(&to) && from != to
                );
            }
        }
    }

    #[rstest]
    #[case::own_role(Account { is_own: true, ..account(Role::Admin) }, Wish::Become(Role::Support), Err(Refusal::Own))]
    #[case::own_name(Account { is_own: true, other_admins: 0, ..account(Role::Admin) }, Wish::Become(Role::Admin), Ok(()))]
    #[case::booked(Account { ahead: 1, ..account(Role::Clinician) }, Wish::Become(Role::Admin), Err(Refusal::Ahead))]
    #[case::booked_renamed(Account { ahead: 1, ..account(Role::Clinician) }, Wish::Become(Role::Clinician), Ok(()))]
    #[case::booked_interpreter(Account { ahead: 1, ..account(Role::Interpreter) }, Wish::Become(Role::Clinician), Err(Refusal::Ahead))]
    #[case::last(Account { other_admins: 0, ..account(Role::Admin) }, Wish::Become(Role::Support), Err(Refusal::LastAdmin))]
    #[case::last_suspended(Account { other_admins: 0, ..account(Role::Admin) }, Wish::Suspend, Err(Refusal::LastAdmin))]
    #[case::not_last(account(Role::Admin), Wish::Suspend, Ok(()))]
    #[case::last_of_others(Account { other_admins: 0, ..account(Role::Clinician) }, Wish::Suspend, Ok(()))]
    #[case::own(Account { is_own: true, ..account(Role::Admin) }, Wish::Suspend, Err(Refusal::Own))]
    #[case::own_reinstated(Account { is_own: true, status: PersonStatus::Suspended, ..account(Role::Admin) }, Wish::Reinstate, Err(Refusal::Own))]
    #[case::too_late(Account { is_asked_by_admin: false, ..account(Role::Support) }, Wish::Suspend, Err(Refusal::NoAdmin))]
    #[case::too_late_to_rename(Account { is_asked_by_admin: false, ..account(Role::Support) }, Wish::Become(Role::Support), Err(Refusal::NoAdmin))]
    #[case::booked_and_suspended(Account { ahead: 9, ..account(Role::Clinician) }, Wish::Suspend, Ok(()))]
    #[case::patient(account(Role::Patient), Wish::Suspend, Ok(()))]
    #[case::moves(account(Role::Patient), Wish::Move { leaves: true }, Ok(()))]
    #[case::moves_booked(Account { ahead: 1, ..account(Role::Patient) }, Wish::Move { leaves: true }, Err(Refusal::Expected))]
    #[case::moves_within(Account { ahead: 1, other_admins: 0, ..account(Role::Admin) }, Wish::Move { leaves: false }, Ok(()))]
    #[case::moves_last(Account { other_admins: 0, ..account(Role::Admin) }, Wish::Move { leaves: true }, Err(Refusal::LastAdmin))]
    #[case::moves_back(Account { status: PersonStatus::Elsewhere, ahead: 1, other_admins: 0, ..account(Role::Admin) }, Wish::Move { leaves: false }, Ok(()))]
    #[case::moves_own(Account { is_own: true, ..account(Role::Admin) }, Wish::Move { leaves: false }, Err(Refusal::Own))]
    #[case::not_suspended(account(Role::Patient), Wish::Reinstate, Err(Refusal::NotSuspended))]
    fn who_may_be_changed(
        #[case] account: Account,
        #[case] wish: Wish,
        #[case] expected: Result<(), Refusal>,
    ) {
        assert_eq!(may(&account, wish), expected);
    }

    #[test]
    fn who_is_suspended_can_be_renamed_and_come_back_and_is_no_last_administrator() {
        let gone =
            Account { status: PersonStatus::Suspended, other_admins: 0, ..account(Role::Admin) };
        assert_eq!(may(&gone, Wish::Suspend), Err(Refusal::Suspended));
        assert_eq!(may(&gone, Wish::Become(Role::Admin)), Ok(()));
        assert_eq!(may(&gone, Wish::Become(Role::Support)), Ok(()));
        assert_eq!(may(&gone, Wish::Reinstate), Ok(()));
    }

    #[test]
    fn who_was_erased_is_left_alone() {
        let gone = Account { status: PersonStatus::Erased, ..account(Role::Patient) };
        for wish in [
            Wish::Become(Role::Patient),
            Wish::Suspend,
            Wish::Reinstate,
            Wish::Move { leaves: true },
        ] {
            assert_eq!(may(&gone, wish), Err(Refusal::Erased), "{wish:?}");
        }
    }
}
