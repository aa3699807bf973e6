//! Who needs which proof, for how long it holds, and how long who guesses has to wait.
//!
//! Invariant: pure; told the time. Does not: know a secret, or compare one.

use crate::protocol::factor::ProofKind;
use crate::protocol::person::{PersonStatus, Role};
use crate::protocol::time::UnixMillis;
use std::time::Duration;

/// Between the two steps of a sign-in, or between a question and its proof: long enough to find the telephone.
pub const CHALLENGE_FOR: Duration = Duration::from_secs(3 * 60);
/// Between the making of a secret and its first code: an app is installed meanwhile.
pub const ENROL_WITHIN: Duration = Duration::from_secs(15 * 60);
/// Factors of one account: a telephone, a tablet, some keys.
pub const MAX_FACTORS: u32 = 10;
/// Recovery codes at a time.
pub const RECOVERY_CODES: usize = 10;

/// How long a link is good by which somebody chooses a new password: long enough for a slow mail, and no longer than a mailbox is likely
/// to be left open. NIST SP 800-63B-4 §4.2 lets what is sent by e-mail to recover an
/// account be good for 24 hours at most.
pub const RESET_FOR: Duration = Duration::from_secs(30 * 60);
/// How long an invitation is good: who is new may not look before the week is over. As long is a password taken that somebody else has
/// chosen.
pub const INVITED_FOR: Duration = Duration::from_secs(7 * 86_400);
/// Links of one account within a day: more than anybody needs who finds the mail, and not enough to fill a mailbox.
pub const LINKS_A_DAY: u32 = 5;
/// The day that they are counted in.
pub const LINKS_COUNTED_FOR: Duration = Duration::from_secs(86_400);

/// For what a link sets a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Somebody has forgotten theirs.
    Reset,
    /// Somebody was invited, and has none yet.
    Invitation,
}

impl LinkKind {
    /// As in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LinkKind::Reset => "reset",
            LinkKind::Invitation => "invitation",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [LinkKind::Reset, LinkKind::Invitation].into_iter().find(|it| it.as_str() == text)
    }

    /// How long one is good.
    #[must_use]
    pub const fn lasts(self) -> Duration {
        match self {
            LinkKind::Reset => RESET_FOR,
            LinkKind::Invitation => INVITED_FOR,
        }
    }

    /// Whether a link of this kind is for an account that is so: whoever cannot sign in otherwise does not by a link either.
    #[must_use]
    pub fn is_for(self, status: PersonStatus) -> bool {
        status
            == match self {
                LinkKind::Reset => PersonStatus::Active,
                LinkKind::Invitation => PersonStatus::Invited,
            }
    }
}

/// Whether people of a role must have a second factor where the clinic asks for one: whoever sees more than their own.
#[must_use]
pub fn needs_factor(role: Role) -> bool {
    matches!(role, Role::Clinician | Role::Admin | Role::Support)
}

/// How long a session may be left alone: a quarter of an hour for whoever sees more than their own, an hour otherwise (NIST SP
/// 800-63B-4 AAL2), and as long as its visit for whoever came by a link.
#[must_use]
pub fn idle_after(role: Role, is_account: bool) -> Option<Duration> {
    let minutes = match role {
        _ if !is_account => return None,
        Role::Clinician | Role::Admin | Role::Support => 15,
        _ => 60,
    };
    Some(Duration::from_secs(minutes * 60))
}

/// Whether a proof is of late.
#[must_use]
pub fn is_fresh(proved_at: Option<UnixMillis>, max_age: Duration, now: UnixMillis) -> bool {
    proved_at.is_some_and(|at| now.since(at) < max_age)
}

/// What proves an account, best first. The password does only where there is no factor: whoever has one is not taken for who
/// they are by less. Nor does it where it alone is not enough.
#[must_use]
pub fn methods(
    factors: &[ProofKind],
    recovery_codes_left: u32,
    password_is_enough: bool,
) -> Vec<ProofKind> {
    let has = |kind| factors.contains(&kind);
    if factors.is_empty() {
        return if password_is_enough { vec![ProofKind::Password] } else { vec![] };
    }
    [
        (ProofKind::Passkey, has(ProofKind::Passkey)),
        (ProofKind::Totp, has(ProofKind::Totp)),
        (ProofKind::Recovery, recovery_codes_left > 0),
    ]
    .into_iter()
    .filter_map(|(kind, is_there)| is_there.then_some(kind))
    .collect()
}

/// How failures in a row slow the next try down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Failures that cost nothing.
    pub free: u32,
    /// The wait doubles from a second up to this.
    pub longest: Duration,
    /// From so many failures on it is [`SHUT_FOR`].
    pub most: u32,
    /// Failures that are older than this are forgotten.
    pub forget_after: Duration,
    /// A leaky bucket: one failure is forgotten every so often, and whoever has used up what is free waits for the next to be.
    /// Nothing doubles then. For what many share, whose successes and failures mix.
    pub drains_every: Option<Duration>,
}

/// What an account is left alone for after the most failures that there may be (NIST SP 800-63B-4: 100).
pub const SHUT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const MONTH: Duration = Duration::from_secs(30 * 86_400);

/// Passwords of one account, from devices that are not known.
pub const OF_ACCOUNT: Backoff =
    Backoff { free: 10, longest: HOUR, most: 100, forget_after: MONTH, drains_every: None };
/// Passwords from one device that somebody has signed in with.
pub const OF_DEVICE: Backoff =
    Backoff { free: 10, longest: HOUR, most: 50, forget_after: HOUR, drains_every: None };
/// Passwords from one address: a clinic has one for all, so it never waits longer than a minute.
pub const OF_SOURCE: Backoff = Backoff {
    free: 60,
    longest: MINUTE,
    most: u32::MAX,
    forget_after: HOUR,
    drains_every: Some(MINUTE),
};
/// Codes of one account. A million codes, three of them good at a time.
pub const OF_CODES: Backoff =
    Backoff { free: 5, longest: HOUR, most: 100, forget_after: MONTH, drains_every: None };

/// Links that were asked for of one address, whether or not it has an account. Nothing gives one back but a link that is used.
pub const OF_RESETS: Backoff = Backoff {
    free: 5,
    longest: HOUR,
    most: u32::MAX,
    forget_after: Duration::from_secs(86_400),
    drains_every: None,
};

/// Failures in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was; of a leaky bucket, up to when it has drained.
    pub last_at: UnixMillis,
}

impl Backoff {
    /// Those that count at this moment.
    #[must_use]
    pub fn counted(&self, failures: Option<Failures>, now: UnixMillis) -> u32 {
        let counts = failures.filter(|it| now.since(it.last_at) < self.forget_after);
        counts.map_or(0, |it| it.count.saturating_sub(self.drained(it, now)))
    }

    /// Whole failures that have drained since.
    fn drained(&self, failures: Failures, now: UnixMillis) -> u32 {
        let Some(every) = self.drains_every else { return 0 };
        let drops = now.since(failures.last_at).as_millis().checked_div(every.as_millis());
        drops.and_then(|it| u32::try_from(it).ok()).unwrap_or(u32::MAX)
    }

    /// With one try more. A bucket that is not empty goes on draining from where it was: neither the try nor its success
    /// costs whoever shares it any time.
    #[must_use]
    pub fn tried(&self, failures: Option<Failures>, now: UnixMillis) -> Failures {
        let counted = self.counted(failures, now);
        let drained_to = |it: Failures| {
            let every = self.drains_every.filter(|_| counted > 0)?;
            Some(it.last_at.plus(every.saturating_mul(self.drained(it, now))))
        };
        let last_at = failures.and_then(drained_to).unwrap_or(now);
        Failures { count: counted.saturating_add(1), last_at }
    }

    /// How long the next try has to wait; nothing when it may come.
    #[must_use]
    pub fn wait(&self, failures: Option<Failures>, now: UnixMillis) -> Option<Duration> {
        let count = self.counted(failures, now);
        let at = failures?.last_at;
        let doublings = count.checked_sub(self.free)?;
        if let Some(every) = self.drains_every {
            let drops = failures?.count.saturating_sub(self.free).saturating_add(1);
            return every
                .saturating_mul(drops)
                .checked_sub(now.since(at))
                .filter(|it| !it.is_zero());
        }
        let whole = if count >= self.most {
            SHUT_FOR
        } else {
            let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
            Duration::from_secs(seconds).min(self.longest)
        };
        whole.checked_sub(now.since(at)).filter(|it| !it.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[rstest]
    #[case(Role::Patient, false, Some(60))]
    #[case(Role::Interpreter, false, Some(60))]
    #[case(Role::Clinician, true, Some(15))]
    #[case(Role::Admin, true, Some(15))]
    #[case(Role::Support, true, Some(15))]
    fn who_sees_more_than_their_own_proves_more(
        #[case] role: Role,
        #[case] needs: bool,
        #[case] idle_minutes: Option<u64>,
    ) {
        assert_eq!(needs_factor(role), needs);
        assert_eq!(idle_after(role, true), idle_minutes.map(|it| SECOND * 60 * it as u32));
        assert_eq!(idle_after(role, false), None, "a link is as good as its visit");
    }

    #[test]
    fn a_password_proves_only_where_there_is_nothing_better() {
        use ProofKind::{Passkey, Password, Recovery, Totp};
        assert_eq!(methods(&[], 10, true), [Password]);
        assert!(methods(&[], 10, false).is_empty());
        assert_eq!(methods(&[Totp], 10, true), [Totp, Recovery]);
        assert_eq!(methods(&[Totp, Passkey, Passkey], 0, false), [Passkey, Totp]);
    }

    #[test]
    fn a_link_is_for_an_account_that_is_so_and_no_other() {
        use PersonStatus::{Active, Elsewhere, Erased, Invited, Suspended};
        for status in [Active, Suspended, Erased, Elsewhere, Invited] {
            assert_eq!(LinkKind::Reset.is_for(status), status == Active, "{status:?}");
            assert_eq!(LinkKind::Invitation.is_for(status), status == Invited, "{status:?}");
        }
        for kind in [LinkKind::Reset, LinkKind::Invitation] {
            assert_eq!(LinkKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(LinkKind::parse("session"), None);
        assert!(LinkKind::Reset.lasts() <= SECOND * 86_400, "NIST SP 800-63B-4");
    }

    #[test]
    fn a_proof_ages() {
        let max = SECOND * 600;
        assert!(!is_fresh(None, max, NOW));
        assert!(is_fresh(Some(NOW), max, NOW.plus(max).minus(Duration::from_millis(1))));
        assert!(!is_fresh(Some(NOW), max, NOW.plus(max)));
    }

    #[test]
    fn what_many_share_drains_and_gives_a_success_back() {
        let mut shared = None;
        for n in 0..60 {
            assert_eq!(OF_SOURCE.wait(shared, NOW), None, "{n}");
            shared = Some(OF_SOURCE.tried(shared, NOW));
        }
        assert_eq!(OF_SOURCE.wait(shared, NOW.plus(SECOND * 20)), Some(SECOND * 40));
        // A failure every minute from now on: each comes without a wait, and no later than that.
        for minute in 1..500 {
            let now = NOW.plus(MINUTE * minute);
            assert_eq!(OF_SOURCE.wait(shared, now), None, "{minute}");
            shared = Some(OF_SOURCE.tried(shared, now));
            assert_eq!(OF_SOURCE.wait(shared, now), Some(MINUTE), "{minute}");
        }
        // One that comes in between goes on where it was: what was half drained stays so.
        let half = Failures { count: 5, last_at: NOW };
        let after = OF_SOURCE.tried(Some(half), NOW.plus(SECOND * 90));
        assert_eq!(after, Failures { count: 5, last_at: NOW.plus(MINUTE) });
        let empty = OF_SOURCE.tried(Some(half), NOW.plus(SECOND * 310));
        assert_eq!(empty, Failures { count: 1, last_at: NOW.plus(SECOND * 310) });
        assert_eq!(OF_ACCOUNT.counted(Some(half), NOW.plus(HOUR)), 5, "in a row is in a row");
    }

    #[test]
    fn the_wait_doubles_and_ends() {
        let failed = |count| Some(Failures { count, last_at: NOW });
        assert_eq!(OF_ACCOUNT.wait(None, NOW), None);
        assert_eq!(OF_ACCOUNT.wait(failed(9), NOW), None);
        for (count, seconds) in [(10, 1), (11, 2), (15, 32), (21, 2_048), (22, 3_600), (99, 3_600)]
        {
            assert_eq!(OF_ACCOUNT.wait(failed(count), NOW), Some(SECOND * seconds), "{count}");
        }
        assert_eq!(OF_ACCOUNT.wait(failed(100), NOW), Some(SHUT_FOR));
        assert_eq!(OF_ACCOUNT.wait(failed(15), NOW.plus(SECOND * 30)), Some(SECOND * 2));
        assert_eq!(OF_ACCOUNT.wait(failed(15), NOW.plus(SECOND * 32)), None);
        assert_eq!(OF_SOURCE.wait(failed(9_000), NOW.plus(HOUR)), None, "forgotten");
    }

    proptest! {
        #[test]
        fn more_failures_never_wait_less(count in 0_u32..200, seconds in 0_u64..4_000) {
            for rule in [OF_ACCOUNT, OF_DEVICE, OF_SOURCE, OF_CODES, OF_RESETS] {
                let wait = |count| {
                    rule.wait(Some(Failures { count, last_at: NOW }), NOW.plus(Duration::from_secs(seconds)))
                };
                prop_assert!(wait(count).unwrap_or_default() <= wait(count + 1).unwrap_or_default());
            }
        }
    }
}
