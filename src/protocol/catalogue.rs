//! THE TABLE of operations: a row an operation. Routes, dispatch, documents, TypeScript and the access matrix derive
//! from it; there is no other list of operations.
//!
//! Columns: name · params → output · access · effect · pace · status of success · seconds that a proof may be old · REST method and path · how REST is
//! served (`generic` from the table, or `cookie`: the same door, with a hand-written shell that moves the refresh token
//! between cookie and call).

use crate::protocol::appointment::*;
use crate::protocol::audit::*;
use crate::protocol::audit_report::*;
use crate::protocol::auth::*;
use crate::protocol::booking::*;
use crate::protocol::chart::*;
use crate::protocol::conversation::*;
use crate::protocol::delivery::*;
use crate::protocol::emergency::*;
use crate::protocol::factor::*;
use crate::protocol::file::*;
use crate::protocol::media::*;
use crate::protocol::notice::*;
use crate::protocol::operation::{Access, Effect, Operation, Pace};
use crate::protocol::payment::*;
use crate::protocol::person::*;
use crate::protocol::practice::*;
use crate::protocol::provider::*;
use crate::protocol::record::*;
use crate::protocol::report::*;
use crate::protocol::schedule::*;
use crate::protocol::session::*;
use crate::protocol::sharing::*;
use crate::protocol::support::*;
use crate::protocol::visit::*;
use schemars::{Schema, SchemaGenerator};

/// Gives the table to a macro: `$then! { row; row; … }`.
#[macro_export]
#[doc(hidden)]
macro_rules! for_each_operation {
    ($then:ident) => {
        $then! {
            "auth.sign_in" SignIn => SignInAnswer, Anyone Write Credential 200 0, POST "/v1/auth/login" cookie;
            "auth.refresh" Refresh => SignedIn, Anyone Write Credential 200 0, POST "/v1/auth/refresh" cookie;
            "auth.sign_out" SignOut => Done, AnySession Write Normal 200 0, POST "/v1/auth/logout" cookie;
            "auth.verify_factor" VerifyFactor => SignedIn, Anyone Write Credential 200 0, POST "/v1/auth/factor" cookie;
            "auth.begin_passkey" BeginPasskeySignIn => PasskeySignIn, Anyone Live Credential 200 0, POST "/v1/auth/passkey/begin" generic;
            "auth.sign_in_passkey" SignInPasskey => SignedIn, Anyone Write Credential 200 0, POST "/v1/auth/passkey" cookie;
            "auth.begin_step_up" BeginStepUp => FactorChallenge, Enrolling Live Credential 200 0, POST "/v1/auth/step-up/begin" generic;
            "auth.step_up" StepUp => SteppedUp, Enrolling Live Credential 200 0, POST "/v1/auth/step-up" generic;
            "auth.change_password" ChangePassword => Done, Account Write Credential 200 600, POST "/v1/auth/password" generic;
            "auth.ask_reset" AskReset => Done, Anyone Write Credential 200 0, POST "/v1/auth/password/ask" generic;
            "auth.reset_password" ResetPassword => Done, Anyone Write Credential 200 0, POST "/v1/auth/password/reset" generic;
            "auth.finish_provider" FinishProvider => SignInAnswer, Anyone Write Credential 200 0, POST "/v1/auth/provider" cookie;
            "provider.list" ListProviders => Providers, Anyone Read Normal 200 0, GET "/v1/providers" generic;
            "identity.list" ListIdentities => Identities, Account Read Normal 200 0, GET "/v1/identities" generic;
            "identity.begin_link" BeginLink => LinkBegun, Account Live Credential 200 600, POST "/v1/auth/identities/begin" cookie;
            "identity.link" LinkIdentity => IdentityCard, Account Live Credential 200 600, POST "/v1/auth/identities" cookie;
            "identity.unlink" UnlinkIdentity => Done, Account Write Normal 200 600, DELETE "/v1/identities/{identity_id}" generic;
            "factor.list" ListFactors => Factors, Enrolling Read Normal 200 0, GET "/v1/factors" generic;
            "factor.begin_totp" BeginTotp => TotpSecret, Enrolling Live Credential 200 600, POST "/v1/factors/totp" generic;
            "factor.confirm_totp" ConfirmTotp => FactorAdded, Enrolling Live Credential 200 600, POST "/v1/factors/totp/confirm" generic;
            "factor.begin_passkey" BeginPasskey => PasskeyBegun, Enrolling Live Credential 200 600, POST "/v1/factors/passkey/begin" generic;
            "factor.add_passkey" AddPasskey => FactorAdded, Enrolling Live Credential 200 600, POST "/v1/factors/passkey" generic;
            "factor.remove" RemoveFactor => Done, Account Write Normal 200 600, DELETE "/v1/factors/{factor_id}" generic;
            "factor.renew_recovery" RenewRecovery => RecoveryCodes, Account Live Credential 200 600, POST "/v1/factors/recovery" generic;
            "session.list" ListSessions => SessionCards, Account Read Normal 200 0, GET "/v1/sessions" generic;
            "session.end" EndSession => SessionsEnded, Account Write Normal 200 900, POST "/v1/sessions/{session_id}/end" generic;
            "session.end_others" EndOtherSessions => SessionsEnded, Account Live Normal 200 900, POST "/v1/sessions/end-others" generic;
            "session.end_all" EndAllSessions => SessionsEnded, Support Write Normal 200 900, POST "/v1/people/{person_id}/sessions/end" generic;
            "me.read" ReadMe => Me, AnySession Read Normal 200 0, GET "/v1/me" generic;
            "person.create" CreatePerson => Person, Admin Write Normal 201 900, POST "/v1/people" generic;
            "person.invite" InvitePerson => Done, Admin Write Normal 200 900, POST "/v1/people/{person_id}/invite" generic;
            "person.update" UpdatePerson => Person, Admin Write Normal 200 900, PUT "/v1/people/{person_id}" generic;
            "person.suspend" SuspendPerson => PersonSuspended, Admin Write Normal 200 600, POST "/v1/people/{person_id}/suspend" generic;
            "person.reinstate" ReinstatePerson => Person, Admin Write Normal 200 600, POST "/v1/people/{person_id}/reinstate" generic;
            "person.reset_factors" ResetFactors => Done, Admin Write Normal 200 600, POST "/v1/people/{person_id}/factors/reset" generic;
            "person.list" ListPeople => People, Admin Read Normal 200 0, GET "/v1/people" generic;
            "person.register" RegisterPatient => Person, Anyone Write Credential 201 0, POST "/v1/people/register" generic;
            "profile.read" ReadProfile => OwnProfile, Patient Read Normal 200 0, GET "/v1/profile" generic;
            "profile.update" UpdateProfile => OwnProfile, Patient Write Normal 200 0, PUT "/v1/profile" generic;
            "consent.list" ListConsents => Consents, SignedIn Read Normal 200 0, GET "/v1/consents" generic;
            "consent.give" GiveConsent => ConsentCard, SignedIn Write Normal 200 0, POST "/v1/consents" generic;
            "consent.withdraw" WithdrawConsent => ConsentCard, SignedIn Write Normal 200 0, POST "/v1/consents/withdraw" generic;
            "sharing.read" ReadSharing => SharingState, Patient Read Normal 200 0, GET "/v1/sharing" generic;
            "sharing.update" UpdateSharing => SharingState, Patient Write Normal 200 0, PUT "/v1/sharing" generic;
            "sharing.list_versions" ListSharingVersions => SharingVersions, Patient Read Normal 200 0, GET "/v1/sharing/versions" generic;
            "patient.read" ReadPatient => PatientChart, ClinicianAccount Read Normal 200 0, GET "/v1/patients/{patient_id}" generic;
            "patient.list_visits" ListPatientVisits => Appointments, ClinicianAccount Read Normal 200 0, GET "/v1/patients/{patient_id}/visits" generic;
            "patient.list_conversations" ListPatientConversations => PatientConversations, ClinicianAccount Read Normal 200 0, GET "/v1/patients/{patient_id}/chat" generic;
            "patient.list_messages" ListPatientMessages => Messages, ClinicianAccount Read Normal 200 0, GET "/v1/patients/{patient_id}/chat/{conversation_id}/messages" generic;
            "emergency.open" OpenEmergency => EmergencyCard, ClinicianAccount Write Normal 201 600, POST "/v1/patients/{patient_id}/emergency" generic;
            "emergency.list" ListEmergencies => Emergencies, ClinicianAccount Read Normal 200 0, GET "/v1/emergencies" generic;
            "emergency.list_reviews" ListEmergencyReviews => EmergencyReviews, Admin Read Normal 200 0, GET "/v1/emergencies/reviews" generic;
            "emergency.list_uses" ListEmergencyUses => EmergencyUses, Admin Read Normal 200 0, GET "/v1/emergencies/{grant_id}/uses" generic;
            "emergency.review" ReviewEmergency => EmergencyReview, Admin Write Normal 200 0, POST "/v1/emergencies/{grant_id}/review" generic;
            "record.export" ExportRecord => RecordExport, Patient Read Normal 200 600, GET "/v1/record/export" generic;
            "record.ask_erasure" AskErasure => ErasureCard, Patient Write Normal 200 0, POST "/v1/record/erasure" generic;
            "record.read_erasure" ReadOwnErasure => OwnErasure, Patient Read Normal 200 0, GET "/v1/record/erasure" generic;
            "record.list_erasures" ListErasures => Erasures, Admin Read Normal 200 0, GET "/v1/erasures" generic;
            "record.erase" EraseRecord => ErasureCertificate, Admin Write Normal 200 600, POST "/v1/erasures/{erasure_id}/carry-out" generic;
            "record.read_certificate" ReadCertificate => ErasureCertificate, Admin Read Normal 200 0, GET "/v1/erasures/{erasure_id}/certificate" generic;
            "record.list_holds" ListLegalHolds => LegalHolds, Admin Read Normal 200 0, GET "/v1/legal-holds" generic;
            "record.hold" SetLegalHold => LegalHold, Admin Write Normal 200 0, POST "/v1/legal-holds" generic;
            "record.lift_hold" LiftLegalHold => Done, Admin Write Normal 200 600, POST "/v1/legal-holds/{hold_id}/lift" generic;
            "report.read_usage" ReadUsage => UsageReport, Admin Read Normal 200 0, GET "/v1/reports/usage" generic;
            "practitioner.list" ListPractitioners => Practitioners, Account Read Normal 200 0, GET "/v1/practitioners" generic;
            "practitioner.update" UpdatePractitioner => Practitioner, StaffAccount Write Normal 200 0, PUT "/v1/practitioners/{person_id}" generic;
            "service.list" ListServices => Services, Account Read Normal 200 0, GET "/v1/services" generic;
            "service.create" CreateService => ServiceCard, Admin Write Normal 201 0, POST "/v1/services" generic;
            "service.update" UpdateService => ServiceCard, Admin Write Normal 200 0, PUT "/v1/services/{service_id}" generic;
            "schedule.read" ReadSchedule => Hours, StaffAccount Read Normal 200 0, GET "/v1/schedules/{practitioner_id}" generic;
            "schedule.calendar" ReadCalendar => Calendar, StaffAccount Read Normal 200 0, GET "/v1/schedules/{practitioner_id}/calendar" generic;
            "schedule.save_template" SaveTemplate => TemplateCard, StaffAccount Write Normal 200 0, PUT "/v1/schedules/{practitioner_id}/templates" generic;
            "schedule.remove_template" RemoveTemplate => Done, StaffAccount Write Normal 200 0, DELETE "/v1/schedules/{practitioner_id}/templates/{template_id}" generic;
            "schedule.save_exception" SaveException => ExceptionCard, StaffAccount Write Normal 200 0, PUT "/v1/schedules/{practitioner_id}/exceptions" generic;
            "schedule.remove_exception" RemoveException => Done, StaffAccount Write Normal 200 0, DELETE "/v1/schedules/{practitioner_id}/exceptions/{exception_id}" generic;
            "closure.list" ListClosures => Closures, StaffAccount Read Normal 200 0, GET "/v1/closures" generic;
            "closure.save" SaveClosure => ExceptionCard, Admin Write Normal 200 0, PUT "/v1/closures" generic;
            "closure.remove" RemoveClosure => Done, Admin Write Normal 200 0, DELETE "/v1/closures/{exception_id}" generic;
            "slot.search" SearchSlots => OpenSlots, CareAccount Read Normal 200 0, GET "/v1/slots" generic;
            "slot.hold" HoldSlot => Hold, CareAccount Write Normal 201 0, POST "/v1/holds" generic;
            "slot.release" ReleaseHold => Done, CareAccount Write Normal 200 0, POST "/v1/holds/release" generic;
            "appointment.create" CreateAppointment => AppointmentCard, CareAccount Write Normal 201 0, POST "/v1/appointments" generic;
            "appointment.place" PlaceAppointment => AppointmentCard, Admin Write Normal 201 0, POST "/v1/schedules/{clinician_id}/appointments" generic;
            "appointment.move" MoveAppointment => AppointmentCard, CareAccount Write Normal 200 0, PATCH "/v1/appointments/{appointment_id}" generic;
            "appointment.read_history" ReadHistory => History, CareAccount Read Normal 200 0, GET "/v1/appointments/{appointment_id}/history" generic;
            "appointment.read_calendar_file" ReadCalendarFile => CalendarFile, CareAccount Read Normal 200 0, GET "/v1/appointments/{appointment_id}/calendar-file" generic;
            "payment.begin" BeginPayment => Payment, CareAccount Write Normal 200 0, POST "/v1/payments" generic;
            "payment.read" ReadPayment => Payment, CareAccount Read Normal 200 0, GET "/v1/payments/{payment_id}" generic;
            "payment.confirm" ConfirmPayment => AppointmentCard, CareAccount Write Normal 200 0, POST "/v1/payments/{payment_id}/confirm" generic;
            "payment.list" ListPayments => Payments, Admin Read Normal 200 0, GET "/v1/payments" generic;
            "waitlist.join" JoinWaitlist => WaitlistCard, Patient Write Normal 201 0, POST "/v1/waitlist" generic;
            "waitlist.leave" LeaveWaitlist => Done, Patient Write Normal 200 0, DELETE "/v1/waitlist/{waitlist_id}" generic;
            "waitlist.list" ListWaitlist => Waitlist, Patient Read Normal 200 0, GET "/v1/waitlist" generic;
            "inbox.list" ListInbox => Inbox, Account Read Normal 200 0, GET "/v1/inbox" generic;
            "inbox.mark_read" MarkRead => Done, Account Write Normal 200 0, POST "/v1/inbox/{notice_id}/read" generic;
            "preferences.read" ReadPreferences => NoticePreferences, Account Read Normal 200 0, GET "/v1/preferences" generic;
            "preferences.update" UpdatePreferences => NoticePreferences, Account Write Normal 200 0, PUT "/v1/preferences" generic;
            "notice.list_dead" ListDeadNotices => DeadNotices, Support Read Normal 200 0, GET "/v1/notices/dead" generic;
            "notice.retry" RetryNotice => Done, Support Write Normal 200 0, POST "/v1/notices/{notice_id}/retry" generic;
            "task.list" ListTasks => Tasks, Admin Read Normal 200 0, GET "/v1/tasks" generic;
            "task.finish" FinishTask => Done, Admin Write Normal 200 0, POST "/v1/tasks/{task_id}/finish" generic;
            "appointment.list" ListAppointments => Appointments, CareAccount Read Normal 200 0, GET "/v1/appointments" generic;
            "appointment.read" ReadAppointment => AppointmentCard, SignedIn Read Normal 200 0, GET "/v1/appointments/{appointment_id}" generic;
            "appointment.cancel" CancelAppointment => AppointmentCard, SignedIn Write Normal 200 0, POST "/v1/appointments/{appointment_id}/cancel" generic;
            "video.create_join_token" CreateJoinToken => JoinToken, SignedIn Write Credential 201 0, POST "/v1/video/join-token" generic;
            "video.create_session" CreateVideoSession => VideoSession, Anyone Write Credential 201 0, POST "/v1/video/sessions" cookie;
            "visit.read" ReadVisit => VisitView, SignedIn Read Normal 200 0, GET "/v1/visits/{appointment_id}" generic;
            "visit.enter" EnterVisit => VisitView, VisitParty Write Normal 200 0, POST "/v1/visits/{appointment_id}/enter" generic;
            "visit.leave" LeaveVisit => VisitView, VisitParty Write Normal 200 0, POST "/v1/visits/{appointment_id}/leave" generic;
            "visit.admit" AdmitParticipant => VisitView, Clinician Write Normal 200 0, POST "/v1/visits/{appointment_id}/participants/{participant_id}/admit" generic;
            "visit.hold" HoldParticipant => VisitView, Clinician Write Normal 200 0, POST "/v1/visits/{appointment_id}/participants/{participant_id}/hold" generic;
            "visit.mute" MuteParticipant => VisitView, Clinician Live Normal 200 0, POST "/v1/visits/{appointment_id}/participants/{participant_id}/mute" generic;
            "visit.invite" InviteGuest => InvitedGuest, VisitParty Write Credential 201 0, POST "/v1/visits/{appointment_id}/guests" generic;
            "visit.revoke" RevokeGuest => VisitView, VisitParty Write Normal 200 0, POST "/v1/visits/{appointment_id}/participants/{participant_id}/revoke" generic;
            "visit.end" EndVisit => VisitView, Clinician Write Normal 200 0, POST "/v1/visits/{appointment_id}/end" generic;
            "visit.mark_no_show" MarkNoShow => VisitView, Clinician Write Normal 200 0, POST "/v1/visits/{appointment_id}/no-show" generic;
            "visit.report_device" ReportDevice => VisitView, VisitParty Write Normal 200 0, POST "/v1/visits/{appointment_id}/device-check" generic;
            "visit.read_attendance" ReadAttendance => Attendance, Staff Read Normal 200 0, GET "/v1/visits/{appointment_id}/attendance" generic;
            "media.join" JoinMedia => MediaAnswer, VisitParty Live Normal 200 0, POST "/v1/visits/{appointment_id}/media" generic;
            "media.restart" RestartMedia => MediaAnswer, VisitParty Live Normal 200 0, POST "/v1/visits/{appointment_id}/media/restart" generic;
            "media.set_sources" SetSources => Done, VisitParty Live Frequent 200 0, POST "/v1/visits/{appointment_id}/media/sources" generic;
            "media.set_view" SetView => Done, VisitParty Live Frequent 200 0, POST "/v1/visits/{appointment_id}/media/view" generic;
            "media.report" ReportQuality => Done, VisitParty Live Frequent 200 0, POST "/v1/visits/{appointment_id}/media/quality" generic;
            "conversation.open" OpenConversation => ConversationCard, VisitParty Write Normal 201 0, POST "/v1/chat" generic;
            "conversation.list" ListConversations => Conversations, VisitParty Read Normal 200 0, GET "/v1/chat" generic;
            "conversation.read" ReadConversation => ConversationView, VisitParty Read Normal 200 0, GET "/v1/chat/{conversation_id}" generic;
            "conversation.assign" AssignConversation => ConversationView, Clinician Write Normal 200 0, POST "/v1/chat/{conversation_id}/assign" generic;
            "conversation.resolve" ResolveConversation => ConversationView, Clinician Write Normal 200 0, POST "/v1/chat/{conversation_id}/resolve" generic;
            "conversation.mark" MarkConversation => Done, VisitParty Live Frequent 200 0, POST "/v1/chat/{conversation_id}/marks" generic;
            "conversation.type" SignalTyping => Done, VisitParty Live Frequent 200 0, POST "/v1/chat/{conversation_id}/typing" generic;
            "message.send" SendMessage => SentMessage, VisitParty Write Normal 201 0, POST "/v1/chat/{conversation_id}/messages" generic;
            "message.list" ListMessages => Messages, VisitParty Read Normal 200 0, GET "/v1/chat/{conversation_id}/messages" generic;
            "message.read_delivery" ReadDelivery => Delivery, VisitParty Read Normal 200 0, GET "/v1/chat/{conversation_id}/messages/{message_id}/delivery" generic;
            "message.edit" EditMessage => Message, VisitParty Write Normal 200 0, PATCH "/v1/chat/{conversation_id}/messages/{message_id}" generic;
            "message.delete" DeleteMessage => Message, VisitParty Write Normal 200 0, DELETE "/v1/chat/{conversation_id}/messages/{message_id}" generic;
            "message.search" SearchMessages => FoundMessages, VisitParty Live Normal 200 0, POST "/v1/chat/search" generic;
            "file.begin" BeginFile => BegunFile, VisitParty Write Normal 201 0, POST "/v1/files" generic;
            "file.read" ReadFile => FileCard, VisitParty Read Normal 200 0, GET "/v1/files/{file_id}" generic;
            "file.link" LinkFile => FileLink, VisitParty Live Normal 200 0, POST "/v1/files/{file_id}/link" generic;
            "file.remove" RemoveFile => Done, VisitParty Write Normal 200 0, DELETE "/v1/files/{file_id}" generic;
            "quarantine.list" ListQuarantine => Quarantine, Admin Read Normal 200 0, GET "/v1/quarantine" generic;
            "quarantine.release" ReleaseQuarantined => Done, Admin Live Normal 200 600, POST "/v1/quarantine/{file_id}/release" generic;
            "quarantine.remove" DropQuarantined => Done, Admin Live Normal 200 600, DELETE "/v1/quarantine/{file_id}" generic;
            "out_of_office.read" ReadOutOfOffice => OutOfOffice, Clinician Read Normal 200 0, GET "/v1/out-of-office" generic;
            "out_of_office.update" UpdateOutOfOffice => OutOfOffice, Clinician Write Normal 200 0, PUT "/v1/out-of-office" generic;
            "audit.search" SearchAudit => AuditRecords, Admin Read Normal 200 0, GET "/v1/audit" generic;
            "audit.export" ExportAudit => AuditFile, Admin Read Normal 200 600, GET "/v1/audit/export" generic;
            "audit.own" ListOwnAccess => OwnAccess, Patient Read Normal 200 0, GET "/v1/audit/own" generic;
            "audit.sign_ins" ListSignIns => SignIns, Account Read Normal 200 0, GET "/v1/audit/sign-ins" generic;
            "audit.checkpoint" ReadAuditCheckpoint => AuditCheckpoint, Account Read Normal 200 0, GET "/v1/audit/checkpoint" generic;
            "audit.prove" ProveAudit => AuditProof, Account Read Normal 200 0, GET "/v1/audit/{audit_id}/proof" generic;
            "audit.read_event" ReadAuditEvent => AuditEvents, Admin Read Normal 200 0, GET "/v1/audit/{audit_id}/event" generic;
            "audit.list_reports" ListAuditReports => AuditReports, Admin Read Normal 200 0, GET "/v1/audit/reports" generic;
            "audit.save_report" SaveAuditReport => AuditReport, Admin Write Normal 200 0, POST "/v1/audit/reports" generic;
            "audit.remove_report" RemoveAuditReport => Done, Admin Write Normal 200 0, DELETE "/v1/audit/reports/{report_id}" generic;
            "support.list_people" ListSupported => SupportedPeople, Support Read Normal 200 0, GET "/v1/support/people" generic;
            "support.read_sign_in" ReadSignInState => SignInState, Support Read Normal 200 0, GET "/v1/support/people/{person_id}/sign-in" generic;
            "support.list_notices" ListSentNotices => SentNotices, Support Read Normal 200 0, GET "/v1/support/people/{person_id}/notices" generic;
            "node.read_state" ReadNodeState => NodeState, Support Read Normal 200 0, GET "/v1/node" generic;
            "presence.set" SetPresence => Done, VisitParty Live Frequent 200 0, POST "/v1/presence" generic;
        }
    };
}
pub use crate::for_each_operation;

/// One row, for whoever reads the table as data.
pub struct Row {
    /// Name.
    pub name: &'static str,
    /// Who.
    pub access: Access,
    /// What it does.
    pub effect: Effect,
    /// How often.
    pub pace: Pace,
    /// HTTP status of success.
    pub success: u16,
    /// Seconds that a proof of who it is may be old; zero where none is asked for.
    pub fresh: u32,
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{field}`s.
    pub path: &'static str,
    /// Name of the params type.
    pub params_type: &'static str,
    /// Name of the output type.
    pub output_type: &'static str,
    /// Schema of the params.
    pub params: fn(&mut SchemaGenerator) -> Schema,
    /// Schema of the output.
    pub output: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! declare {
    ($($name:literal $params:ident => $output:ident, $access:ident $effect:ident $pace:ident $success:literal $fresh:literal, $method:ident $path:literal $how:ident;)+) => {
        $(impl Operation for $params {
            const NAME: &'static str = $name;
            const ACCESS: Access = Access::$access;
            const EFFECT: Effect = Effect::$effect;
            const PACE: Pace = Pace::$pace;
            const SUCCESS: u16 = $success;
            const FRESH: u32 = $fresh;
            type Output = $output;
        })+

        /// The table as data.
        pub const CATALOGUE: &[Row] = &[$(Row {
            name: $name,
            access: Access::$access,
            effect: Effect::$effect,
            pace: Pace::$pace,
            success: $success,
            fresh: $fresh,
            method: stringify!($method),
            path: $path,
            params_type: stringify!($params),
            output_type: stringify!($output),
            params: |generator| generator.subschema_for::<$params>(),
            output: |generator| generator.subschema_for::<$output>(),
        }),+];
    };
}
for_each_operation!(declare);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_routes_are_unique() {
        let names: BTreeSet<_> = CATALOGUE.iter().map(|it| it.name).collect();
        let routes: BTreeSet<_> = CATALOGUE.iter().map(|it| (it.method, it.path)).collect();
        assert_eq!(names.len(), CATALOGUE.len());
        assert_eq!(routes.len(), CATALOGUE.len());
    }

    #[test]
    fn reads_are_gets_and_nothing_else_is() {
        for row in CATALOGUE {
            assert_eq!(row.effect == Effect::Read, row.method == "GET", "{}", row.name);
        }
    }
}
