//! Faults on demand: what the memory store does wrong, once, when a test asks for it.

use crate::store::{DEADLINE, StoreError, Stored};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// A method that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// `create_person`, `create_invited`
    CreatePerson,
    /// `change_person`
    ChangePerson,
    /// `create_organisation`
    CreateOrganisation,
    /// `open_session`
    OpenSession,
    /// `rotate`
    Rotate,
    /// `end_session`
    EndSession,
    /// `create_visit`
    CreateVisit,
    /// `visits`, which reads
    Visits,
    /// `claim_visit`
    ClaimVisit,
    /// `commit_visit`
    CommitVisit,
    /// `create_link`
    CreateLink,
    /// `use_link`
    UseLink,
    /// `record_quality`
    RecordQuality,
    /// `save_service`
    SaveService,
    /// `save_practitioner`
    SavePractitioner,
    /// `save_patient`
    SavePatient,
    /// `claim_schedule`
    ClaimSchedule,
    /// `commit_schedule`
    CommitSchedule,
    /// `expire_holds`
    ExpireHolds,
    /// `save_closure`
    SaveClosure,
    /// `remove_closure`
    RemoveClosure,
    /// `join_waitlist`
    JoinWaitlist,
    /// `leave_waitlist`
    LeaveWaitlist,
    /// `begin_payment`
    BeginPayment,
    /// `save_payment`
    SavePayment,
    /// `free_place`
    FreePlace,
    /// `postpone_place`
    PostponePlace,
    /// `offer_place`
    OfferPlace,
    /// `raise_task`
    RaiseTask,
    /// `finish_task`
    FinishTask,
    /// `renew_derived`
    RenewDerived,
    /// `keep_answer`
    KeepAnswer,
    /// `append_audit`
    AppendAudit,
    /// `add_notices`
    AddNotices,
    /// `take_due`
    TakeDue,
    /// `settle`
    Settle,
    /// `mark_read`
    MarkRead,
    /// `revive`
    Revive,
    /// `save_preferences`
    SavePreferences,
    /// `open_conversation`
    OpenConversation,
    /// `claim_conversation`
    ClaimConversation,
    /// `append_log`
    AppendLog,
    /// `save_marks`
    SaveMarks,
    /// `rewrap_key`
    RewrapKey,
    /// `renew_key`
    RenewKey,
    /// `destroy_key`
    DestroyKey,
    /// `save_away`
    SaveAway,
    /// `begin_file`
    BeginFile,
    /// `add_chunk`
    AddChunk,
    /// `save_file`
    SaveFile,
    /// `take_due_files`
    TakeDueFiles,
    /// `forget_file`
    ForgetFile,
    /// `begin_factor`, `confirm_factor`, `add_factor`, `remove_factor`, `reset_factors`, `replace_recovery`
    SaveFactor,
    /// `use_factor`, `use_recovery`
    UseFactor,
    /// `spend_challenge`
    SpendChallenge,
    /// `ask_link`, `invite`
    SaveLink,
    /// `open_link`
    OpenLink,
    /// `attempt`, `forgive`
    CountTry,
    /// `link_identity`, `unlink_identity`
    LinkIdentity,
    /// `touch_sessions`
    TouchSessions,
    /// `prove_session`
    ProveSession,
    /// `change_password`, `set_password`
    ChangePassword,
    /// `open_subject`
    OpenSubject,
    /// `seal_patient`
    SealPatient,
    /// `rewrap_subject`
    RewrapSubject,
    /// `save_consent`
    SaveConsent,
    /// `set_legal_hold`
    SetLegalHold,
    /// `lift_legal_hold`
    LiftLegalHold,
    /// `ask_erasure`
    AskErasure,
    /// `erase`
    Erase,
    /// `erase_talks`
    EraseTalks,
    /// `save_report`
    SaveReport,
    /// `remove_report`
    RemoveReport,
    /// `save_sharing`
    SaveSharing,
    /// `open_grant`
    OpenGrant,
    /// `review_grant`
    ReviewGrant,
    /// `forget_answers`
    ForgetAnswers,
    /// `forget_sessions`
    ForgetSessions,
}

/// How it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Told as `Aborted`; nothing is saved.
    Aborted,
    /// Told as `Ambiguous`; nothing is saved.
    AmbiguousNotSaved,
    /// Told as `Ambiguous`; all of it is saved.
    AmbiguousSaved,
    /// Panics in the caller's task; nothing is saved.
    Panic,
    /// Panics in the caller's task; all of it is saved.
    PanicSaved,
    /// Gives no answer until the deadline, and is then told as `Ambiguous`, as a database that hangs would be; nothing is
    /// saved. Follows tokio's clock, so a test with paused time waits for nothing.
    Hang,
}

/// The faults that were asked for, by method, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<BTreeMap<Point, VecDeque<Failure>>>);

impl Faults {
    pub(super) fn are_none(&self) -> bool {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.values().all(VecDeque::is_empty)
    }

    pub(super) fn push(&self, point: Point, failure: Failure) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(point).or_default().push_back(failure);
    }

    /// Runs `write` as a healthy store would, or fails as asked.
    pub(super) async fn apply<T>(
        &self,
        point: Point,
        write: impl FnOnce() -> Stored<T>,
    ) -> Stored<T> {
        match self.next(point) {
            None => write(),
            Some(Failure::Aborted) => Err(StoreError::Aborted),
            Some(Failure::AmbiguousNotSaved) => Err(StoreError::Ambiguous),
            Some(Failure::AmbiguousSaved) => write().and(Err(StoreError::Ambiguous)),
            Some(Failure::Panic) => asked_to_panic(point),
            Some(Failure::PanicSaved) => write().and_then(|_| asked_to_panic(point)),
            Some(Failure::Hang) => {
                tokio::time::sleep(DEADLINE).await;
                Err(StoreError::Ambiguous)
            }
        }
    }

    fn next(&self, point: Point) -> Option<Failure> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get_mut(&point)?.pop_front()
    }
}

#[expect(clippy::panic, reason = "this is the fault that the test asked for")]
fn asked_to_panic(point: Point) -> ! {
    panic!("the store was asked to panic in {point:?}")
}
