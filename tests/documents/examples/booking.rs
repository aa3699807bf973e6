//! Services, schedules, bookings and notices.

use super::{at, person, text, uuid, visit};
use crate::golden::Golden;
use bedside::protocol::all::*;
use bedside::protocol::ids::*;

fn service() -> ServiceId {
    ServiceId(uuid(0xd1))
}

fn doctor() -> PersonId {
    PersonId(uuid(0xc2))
}

fn terms() -> ServiceTerms {
    ServiceTerms {
        name: "Skin consultation".into(),
        specialty: "dermatology".into(),
        duration_min: 20,
        buffer_before_min: 0,
        buffer_after_min: 5,
        alignment_interval_min: 15,
        alignment_offset_min: 0,
        min_notice_min: 120,
        horizon_days: 60,
        slot_capacity: 1,
        is_active: true,
        price: Some(Price { amount_minor: 4_500, currency: "EUR".into() }),
    }
}

pub(super) fn practice() -> Vec<Golden> {
    let card = ServiceCard { service_id: service(), terms: terms(), revision: 1 };
    let profile = PractitionerProfile {
        specialties: vec!["dermatology".into()],
        languages: vec!["de".into(), "en".into()],
        licences: vec![Licence {
            jurisdiction: "DE".into(),
            number: "DEMO-1".into(),
            valid_until: Some("2032-12-31".into()),
        }],
        insurers: vec!["demo mutual".into()],
        about: "Plainly fictional.".into(),
        experience_years: 12,
        weight: 10,
        service_ids: vec![service()],
    };
    let practitioner = Practitioner {
        person_id: doctor(),
        display_name: text("Dr. Placeholder"),
        role: Role::Clinician,
        time_zone: "Europe/Berlin".into(),
        profile: profile.clone(),
        revision: 2,
    };
    let own = PatientProfile {
        birth_date: Some(text("1950-02-28")),
        phone: Some(text("+49301234567")),
        jurisdiction: Some("DE-BE".into()),
        ..PatientProfile::default()
    };
    vec![
        Golden::new("list services", ListServices {}),
        Golden::new("services", Services { services: vec![card.clone()] }),
        Golden::new("create a service", CreateService { terms: terms() }),
        Golden::new("service", card),
        Golden::new(
            "update a service",
            UpdateService { service_id: service(), revision: 1, terms: terms() },
        ),
        Golden::new(
            "list practitioners",
            ListPractitioners { specialty: Some("dermatology".into()), ..Default::default() },
        ),
        Golden::new("practitioner", practitioner.clone()),
        Golden::new("practitioners", Practitioners { practitioners: vec![practitioner] }),
        Golden::new(
            "update a practitioner",
            UpdatePractitioner { person_id: doctor(), revision: 1, profile },
        ),
        Golden::new("read a profile", ReadProfile {}),
        Golden::new("profile", OwnProfile { profile: own.clone(), revision: 1 }),
        Golden::new("update a profile", UpdateProfile { revision: 0, profile: own }),
        Golden::new(
            "register",
            RegisterPatient {
                home_region: None,
                display_name: text("Pat Placeholder"),
                email: text("pat@clinic.example"),
                password: text("fifteen letters and more"),
                time_zone: "Europe/Berlin".into(),
                organisation: None,
            },
        ),
    ]
}

pub(super) fn entry() -> CalendarEntry {
    CalendarEntry {
        slot_id: SlotId(uuid(0xd4)),
        kind: EntryKind::Held,
        starts_at: at(0),
        ends_at: at(20),
        busy_from: at(0),
        busy_until: at(25),
        expires_at: Some(at(5)),
        appointment_id: None,
        service_id: Some(service()),
        seat: 0,
    }
}

pub(super) fn schedules() -> Vec<Golden> {
    let practitioner_id = doctor();
    let template_id = TemplateId(uuid(0xd2));
    let exception_id = ExceptionId(uuid(0xd3));
    let terms = TemplateTerms {
        location: "Demo clinic, room 2".into(),
        time_zone: "Europe/Berlin".into(),
        recurrence: "FREQ=WEEKLY;BYDAY=MO,TU".into(),
        starts: "09:00".into(),
        ends: "12:30".into(),
        valid_from: "2031-01-01".into(),
        valid_until: None,
        except_dates: vec!["2031-04-14".into()],
        service_ids: vec![],
    };
    let closed = ExceptionTerms {
        kind: ExceptionKind::Closed,
        time_zone: "Europe/Berlin".into(),
        starts: "2031-12-24T00:00".into(),
        ends: "2031-12-27T00:00".into(),
        location: String::new(),
        reason: "Holidays".into(),
    };
    let template = TemplateCard { template_id, terms: terms.clone() };
    let exception = ExceptionCard { exception_id, is_closure: false, terms: closed.clone() };
    let hours = Hours { templates: vec![template.clone()], exceptions: vec![exception.clone()] };
    let open = OpenHours {
        from: at(0),
        until: at(210),
        location: "Demo clinic, room 2".into(),
        time_zone: "Europe/Berlin".into(),
    };
    let task = TaskCard {
        task_id: TaskId(uuid(0xd5)),
        kind: TaskKind::ZoneChanged,
        appointment_id: visit(),
        created_at: at(0),
    };
    vec![
        Golden::new("read a schedule", ReadSchedule { practitioner_id }),
        Golden::new("hours", hours),
        Golden::new("save a template", SaveTemplate { practitioner_id, template_id: None, terms }),
        Golden::new("template", template),
        Golden::new("remove a template", RemoveTemplate { practitioner_id, template_id }),
        Golden::new(
            "save an exception",
            SaveException {
                practitioner_id,
                exception_id: Some(exception_id),
                terms: closed.clone(),
            },
        ),
        Golden::new("exception", exception.clone()),
        Golden::new("remove an exception", RemoveException { practitioner_id, exception_id }),
        Golden::new("list closures", ListClosures {}),
        Golden::new("closures", Closures { closures: vec![exception] }),
        Golden::new("save a closure", SaveClosure { exception_id: None, terms: closed }),
        Golden::new("remove a closure", RemoveClosure { exception_id }),
        Golden::new(
            "read a calendar",
            ReadCalendar { practitioner_id, from: at(0), until: at(24 * 60) },
        ),
        Golden::new("calendar", Calendar { entries: vec![entry()], open: vec![open] }),
        Golden::new("list tasks", ListTasks {}),
        Golden::new("tasks", Tasks { tasks: vec![task] }),
        Golden::new("finish a task", FinishTask { task_id: TaskId(uuid(0xd5)) }),
    ]
}

pub(super) fn bookings() -> Vec<Golden> {
    let slot = OpenSlot {
        clinician_id: doctor(),
        clinician_name: text("Dr. Placeholder"),
        service_id: service(),
        starts_at: at(0),
        ends_at: at(20),
        time_zone: "Europe/Berlin".into(),
        local_start: "2031-03-04T10:00+01:00[Europe/Berlin]".into(),
        location: "Demo clinic, room 2".into(),
        seats_left: 1,
    };
    let held = HeldSlot {
        starts_at: at(0),
        ends_at: at(20),
        local_start: "2031-03-04T10:00+01:00[Europe/Berlin]".into(),
    };
    let waits = WaitlistCard {
        waitlist_id: WaitlistId(uuid(0xd6)),
        service_id: service(),
        clinician_id: Some(doctor()),
        from: at(0),
        until: at(24 * 60),
        offered_at: None,
    };
    vec![
        Golden::new(
            "search a day",
            SearchSlots {
                clinician_id: Some(doctor()),
                date: Some("2031-03-04".into()),
                ..SearchSlots::default()
            },
        ),
        Golden::new("open slots", OpenSlots { slots: vec![slot], has_more: true }),
        Golden::new(
            "hold a slot",
            HoldSlot {
                clinician_id: doctor(),
                service_id: service(),
                starts_at: at(0),
                patient_id: None,
                interpreter_id: None,
                interpreter_language: Some("uk".into()),
                jurisdiction: Some("DE".into()),
                licence_override: None,
                repeat: Some(Repeat { every_weeks: 2, count: 6 }),
                moves: None,
            },
        ),
        Golden::new(
            "held time",
            Hold {
                hold_id: HoldId(uuid(0xd7)),
                hold_token: text("not-a-real-hold-token"),
                expires_at: at(5),
                slots: vec![held],
                interpreter_id: Some(person()),
                price: None,
                needs_payment: false,
            },
        ),
        Golden::new("release a hold", ReleaseHold { hold_token: text("not-a-real-hold-token") }),
        Golden::new(
            "book a held slot",
            CreateAppointment {
                hold_token: text("not-a-real-hold-token"),
                reason: Some(text("A rash, fictional")),
                patient_may_invite: true,
            },
        ),
        Golden::new(
            "move an appointment",
            MoveAppointment { appointment_id: visit(), hold_token: text("not-a-real-hold-token") },
        ),
        Golden::new("read the history", ReadHistory { appointment_id: visit() }),
        Golden::new(
            "history",
            History {
                lines: vec![HistoryLine {
                    version: 1,
                    what: HistoryKind::Booked,
                    at: at(0),
                    by: Some(person()),
                    starts_at: at(60),
                    ends_at: at(80),
                }],
            },
        ),
        Golden::new("read a calendar file", ReadCalendarFile { appointment_id: visit() }),
        Golden::new(
            "calendar file",
            CalendarFile {
                file_name: "appointment.ics".into(),
                text: text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
            },
        ),
        Golden::new(
            "join the waitlist",
            JoinWaitlist {
                service_id: service(),
                clinician_id: None,
                from: at(0),
                until: at(24 * 60),
            },
        ),
        Golden::new("place in the waitlist", waits.clone()),
        Golden::new("leave the waitlist", LeaveWaitlist { waitlist_id: waits.waitlist_id }),
        Golden::new("list the waitlist", ListWaitlist {}),
        Golden::new("waitlist", Waitlist { entries: vec![waits] }),
    ]
}

pub(super) fn notices() -> Vec<Golden> {
    let notice_id = NoticeId(uuid(0xd8));
    let message = InboxMessage {
        notice_id,
        topic: NoticeTopic::Booked,
        appointment_id: Some(visit()),
        text: text("Your appointment is booked."),
        at: at(0),
        read_at: None,
    };
    let dead = DeadNotice {
        notice_id,
        person_id: person(),
        matter: NoticeMatter::Appointment,
        topic: Some(NoticeTopic::DayBefore),
        channel: NoticeChannel::Email,
        appointment_id: Some(visit()),
        attempts: 12,
        failure: "refused".into(),
        at: Some(at(0)),
    };
    let wanted = NoticePreferences { email: true, sms: false, reminders: true };
    vec![
        Golden::new("list the inbox", ListInbox {}),
        Golden::new("inbox", Inbox { messages: vec![message] }),
        Golden::new("mark as read", MarkRead { notice_id }),
        Golden::new("read preferences", ReadPreferences {}),
        Golden::new("preferences", wanted),
        Golden::new("update preferences", UpdatePreferences { preferences: wanted }),
        Golden::new("list dead notices", ListDeadNotices {}),
        Golden::new("dead notices", DeadNotices { notices: vec![dead] }),
        Golden::new("retry a notice", RetryNotice { notice_id }),
    ]
}

/// Paying.
pub(super) fn payments() -> Vec<Golden> {
    let payment_id = PaymentId(uuid(0xd9));
    let payment = Payment {
        payment_id,
        patient_id: person(),
        state: PaymentState::Pending,
        price: Price { amount_minor: 4_500, currency: "EUR".to_owned() },
        page_url: Some(text("https://pay.example/not-a-real-page")),
        held_until: Some(at(10)),
        appointment_id: None,
        created_at: at(0),
    };
    let paid = Payment {
        state: PaymentState::Captured,
        page_url: None,
        held_until: None,
        appointment_id: Some(visit()),
        ..payment.clone()
    };
    vec![
        Golden::new(
            "begin a payment",
            BeginPayment {
                hold_token: text("not-a-real-hold-token"),
                reason: Some(text("A rash, fictional")),
            },
        ),
        Golden::new("payment", payment),
        Golden::new("read a payment", ReadPayment { payment_id }),
        Golden::new("confirm a payment", ConfirmPayment { payment_id }),
        Golden::new("list payments", ListPayments {}),
        Golden::new("payments", Payments { payments: vec![paid] }),
    ]
}
