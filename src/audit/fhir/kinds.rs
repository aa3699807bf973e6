//! What kind of event each operation is: THE TABLE of kinds, and the codes of each kind.
//!
//! Codes are those of FHIR (`audit-event-type`, `restful-interaction`) and of DICOM PS3.16 (CID 400 to 403). A new operation has a row
//! here, or a test fails.

use super::super::followed::Followed;
use super::super::uncalled::{REFUSED, UNCALLED};
use serde_json::{Value, json};

/// Code system of DICOM.
pub const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
/// Code system of families of events.
pub const FAMILY: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
/// Code system of what is done over REST.
pub const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";

/// A code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Whose.
    pub system: &'static str,
    /// Which.
    pub code: &'static str,
    /// For people.
    pub display: &'static str,
}

impl Code {
    /// As `Coding`.
    pub fn json(self) -> Value {
        json!({ "system": self.system, "code": self.code, "display": self.display })
    }
}

/// What was done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// One thing was read.
    Read,
    /// Things were looked for.
    Search,
    /// Something was made.
    Create,
    /// Something was changed.
    Update,
    /// Something was taken away.
    Delete,
}

/// What kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody did something with a record, or with anything else that the hub keeps.
    With(Rest),
    /// Something was done that changes nothing that is kept: something live, or the first step of what does.
    Act,
    /// Somebody showed who they are, or tried to.
    SignIn,
    /// A sign-in was ended.
    SignOut,
    /// How somebody signs in was changed.
    Credentials,
    /// A record was opened in an emergency.
    Emergency,
    /// A record was taken out as a whole.
    Export,
    /// The log was looked at.
    Log(Rest),
    /// The log was handed on to another key, by whoever has the machine.
    Key,
    /// The hub did something by itself.
    Own,
}

/// How a kind is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// `AuditEvent.type`.
    pub family: Code,
    /// `AuditEvent.subtype`.
    pub subtype: Code,
    /// `AuditEvent.action`.
    pub action: &'static str,
}

const REST: Code = Code { system: FAMILY, code: "rest", display: "RESTful Operation" };

const fn dicom(code: &'static str, display: &'static str) -> Code {
    Code { system: DCM, code, display }
}

const fn interaction(code: &'static str) -> Code {
    Code { system: INTERACTION, code, display: code }
}

impl Rest {
    const fn subtype(self) -> Code {
        interaction(match self {
            Rest::Read => "read",
            Rest::Search => "search",
            Rest::Create => "create",
            Rest::Update => "update",
            Rest::Delete => "delete",
        })
    }

    const fn action(self) -> &'static str {
        match self {
            Rest::Read => "R",
            // As BALP has it: a query is executed.
            Rest::Search => "E",
            Rest::Create => "C",
            Rest::Update => "U",
            Rest::Delete => "D",
        }
    }
}

impl Kind {
    /// Its codes.
    pub const fn coded(self) -> Type {
        let (family, subtype, action) = match self {
            Kind::With(it) => (REST, it.subtype(), it.action()),
            Kind::Act => (REST, interaction("operation"), "E"),
            Kind::SignIn => (dicom("110114", "User Authentication"), dicom("110122", "Login"), "E"),
            Kind::SignOut => {
                (dicom("110114", "User Authentication"), dicom("110123", "Logout"), "E")
            }
            Kind::Credentials => (
                dicom("110113", "Security Alert"),
                dicom("110137", "User Security Attributes Changed"),
                "U",
            ),
            Kind::Emergency => (
                dicom("110113", "Security Alert"),
                dicom("110127", "Emergency Override Started"),
                "E",
            ),
            Kind::Export => (dicom("110106", "Export"), Rest::Read.subtype(), "R"),
            Kind::Key => {
                (dicom("110113", "Security Alert"), dicom("110129", "Security Configuration"), "U")
            }
            Kind::Own => (dicom("110100", "Application Activity"), interaction("operation"), "E"),
            Kind::Log(it) => (dicom("110101", "Audit Log Used"), it.subtype(), "R"),
        };
        Type { family, subtype, action }
    }

    /// The profile that a success of this kind follows, without the beginning that all have.
    pub const fn profile(self, has_patient: bool) -> Option<&'static str> {
        match (self, has_patient) {
            (Kind::With(Rest::Read), true) => Some("PatientRead"),
            (Kind::With(Rest::Read), false) => Some("Read"),
            (Kind::With(Rest::Search), true) => Some("PatientQuery"),
            (Kind::With(Rest::Search), false) => Some("Query"),
            (Kind::With(Rest::Create), true) => Some("PatientCreate"),
            (Kind::With(Rest::Create), false) => Some("Create"),
            (Kind::With(Rest::Update), true) => Some("PatientUpdate"),
            (Kind::With(Rest::Update), false) => Some("Update"),
            (Kind::With(Rest::Delete), true) => Some("PatientDelete"),
            (Kind::With(Rest::Delete), false) => Some("Delete"),
            _ => None,
        }
    }
}

/// The kind of an operation; `None` when there is no such operation.
pub fn of(operation: &str) -> Option<Kind> {
    if let Some(topic) = Followed::ALL.into_iter().find(|it| it.name() == operation) {
        return Some(topic.kind());
    }
    if let Some((_, kind)) = UNCALLED.iter().chain(&REFUSED).find(|it| it.0 == operation) {
        return Some(*kind);
    }
    let row = KINDS.iter().find(|(_, names)| names.contains(&operation));
    row.map(|(kind, _)| *kind)
}

/// THE TABLE of kinds.
pub(super) const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::With(Rest::Read),
        &[
            "me.read",
            "profile.read",
            "sharing.read",
            "patient.read",
            "record.read_erasure",
            "record.read_certificate",
            "schedule.read",
            "schedule.calendar",
            "appointment.read_history",
            "appointment.read_calendar_file",
            "payment.read",
            "preferences.read",
            "appointment.read",
            "visit.read",
            "visit.read_attendance",
            "conversation.read",
            "message.read_delivery",
            "file.read",
            "file.link",
            "out_of_office.read",
            "support.read_sign_in",
            "node.read_state",
        ],
    ),
    (
        Kind::With(Rest::Search),
        &[
            "provider.list",
            "identity.list",
            "factor.list",
            "session.list",
            "person.list",
            "consent.list",
            "sharing.list_versions",
            "patient.list_visits",
            "patient.list_conversations",
            "patient.list_messages",
            "emergency.list",
            "emergency.list_reviews",
            "audit.list_reports",
            "record.list_erasures",
            "record.list_holds",
            "practitioner.list",
            "service.list",
            "closure.list",
            "slot.search",
            "payment.list",
            "waitlist.list",
            "inbox.list",
            "notice.list_dead",
            "task.list",
            "report.read_usage",
            "appointment.list",
            "conversation.list",
            "message.list",
            "message.search",
            "quarantine.list",
            "support.list_people",
            "support.list_notices",
        ],
    ),
    (
        Kind::With(Rest::Create),
        &[
            "person.create",
            "person.register",
            "consent.give",
            "audit.save_report",
            "record.ask_erasure",
            "record.hold",
            "service.create",
            "slot.hold",
            "appointment.create",
            "appointment.place",
            "payment.begin",
            "waitlist.join",
            "video.create_join_token",
            "visit.invite",
            "conversation.open",
            "message.send",
            "file.begin",
        ],
    ),
    (
        Kind::With(Rest::Update),
        &[
            "person.update",
            "person.suspend",
            "person.reinstate",
            "profile.update",
            "consent.withdraw",
            "sharing.update",
            "emergency.review",
            "practitioner.update",
            "service.update",
            "schedule.save_template",
            "schedule.save_exception",
            "closure.save",
            "appointment.move",
            "payment.confirm",
            "inbox.mark_read",
            "preferences.update",
            "notice.retry",
            "task.finish",
            "appointment.cancel",
            "visit.enter",
            "visit.leave",
            "visit.admit",
            "visit.hold",
            "visit.mute",
            "visit.revoke",
            "visit.end",
            "visit.mark_no_show",
            "visit.report_device",
            "conversation.assign",
            "conversation.resolve",
            "conversation.mark",
            "message.edit",
            "quarantine.release",
            "out_of_office.update",
        ],
    ),
    (
        Kind::With(Rest::Delete),
        &[
            "record.erase",
            "record.lift_hold",
            "audit.remove_report",
            "schedule.remove_template",
            "schedule.remove_exception",
            "closure.remove",
            "slot.release",
            "waitlist.leave",
            "message.delete",
            "file.remove",
            "quarantine.remove",
        ],
    ),
    (
        Kind::Act,
        &[
            "media.join",
            "media.restart",
            "media.set_sources",
            "media.set_view",
            "media.report",
            "conversation.type",
            "presence.set",
            "auth.refresh",
            "auth.begin_passkey",
            "auth.begin_step_up",
            "identity.begin_link",
            "factor.begin_totp",
            "factor.begin_passkey",
        ],
    ),
    (
        Kind::SignIn,
        &[
            "auth.sign_in",
            "auth.verify_factor",
            "auth.sign_in_passkey",
            "auth.step_up",
            "auth.finish_provider",
            "video.create_session",
        ],
    ),
    (Kind::SignOut, &["auth.sign_out", "session.end", "session.end_others", "session.end_all"]),
    (
        Kind::Credentials,
        &[
            "auth.change_password",
            "auth.ask_reset",
            "auth.reset_password",
            "person.invite",
            "identity.link",
            "identity.unlink",
            "factor.confirm_totp",
            "factor.add_passkey",
            "factor.remove",
            "factor.renew_recovery",
            "person.reset_factors",
        ],
    ),
    (Kind::Emergency, &["emergency.open"]),
    (Kind::Export, &["record.export"]),
    (
        Kind::Log(Rest::Search),
        &["emergency.list_uses", "audit.search", "audit.export", "audit.own", "audit.sign_ins"],
    ),
    (Kind::Log(Rest::Read), &["audit.checkpoint", "audit.prove", "audit.read_event"]),
];
