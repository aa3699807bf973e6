//! Services, hours, holds and claims as rows, and back.

use super::words::{count, from_json, millis, to_json, unreadable};
use crate::domain::schedule::{Claim, ClaimState, Exception, Kind, Service, Template};
use crate::protocol::ids::{
    AppointmentId, ExceptionId, HoldId, OrganisationId, PersonId, ServiceId, SlotId, TemplateId,
};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::HoldRecord;
use crate::store::{StoreError, Stored};
use entity::{availability_exception, availability_template, hold, service, slot};
use std::time::Duration;
use uuid::Uuid;

/// `slots.state` until the hold is booked or over.
pub(super) const HELD: &str = "held";
/// `slots.state` of an appointment's claim.
pub(super) const BUSY: &str = "busy";
/// `holds.state`: it can be booked until it expires.
pub(super) const OPEN: &str = "open";
/// `holds.state`: it was booked.
pub(super) const USED: &str = "used";
/// `holds.state`: it was given back.
pub(super) const RELEASED: &str = "released";
/// `holds.state`: it was too late, and that was noticed.
pub(super) const EXPIRED: &str = "expired";

fn to_millis(of: Duration) -> Stored<i64> {
    i64::try_from(of.as_millis()).map_err(|_| StoreError::Aborted)
}

fn duration(number: i64, column: &'static str) -> Stored<Duration> {
    let millis = u64::try_from(number).map_err(|_| unreadable("services", column))?;
    Ok(Duration::from_millis(millis))
}

/// A number that the domain keeps in fewer bits.
pub(super) fn small<T: TryFrom<i64>>(
    number: i64,
    table: &'static str,
    column: &'static str,
) -> Stored<T> {
    T::try_from(number).map_err(|_| unreadable(table, column))
}

pub(super) fn service_row(house: OrganisationId, of: Service) -> Stored<service::Model> {
    let (price_amount, price_currency) = of.price.unzip();
    Ok(service::Model {
        id: of.service_id.0,
        organisation_id: house.0,
        name: of.name,
        specialty: of.specialty,
        duration_ms: to_millis(of.duration)?,
        buffer_before_ms: to_millis(of.buffer_before)?,
        buffer_after_ms: to_millis(of.buffer_after)?,
        alignment_interval_ms: to_millis(of.alignment_interval)?,
        alignment_offset_ms: to_millis(of.alignment_offset)?,
        min_notice_ms: to_millis(of.min_notice)?,
        horizon_days: i64::from(of.horizon_days),
        capacity: i64::from(of.capacity),
        is_active: of.is_active,
        price_amount: price_amount.map(i64::from),
        price_currency,
        revision: i64::from(of.revision),
    })
}

pub(super) fn to_service(row: service::Model) -> Stored<Service> {
    let table = "services";
    let price = match (row.price_amount, row.price_currency) {
        (None, None) => None,
        (Some(amount), Some(currency)) => Some((count(amount, table, "price_amount")?, currency)),
        (Some(_), None) | (None, Some(_)) => return Err(unreadable(table, "price_currency")),
    };
    Ok(Service {
        service_id: ServiceId(row.id),
        name: row.name,
        specialty: row.specialty,
        duration: duration(row.duration_ms, "duration_ms")?,
        buffer_before: duration(row.buffer_before_ms, "buffer_before_ms")?,
        buffer_after: duration(row.buffer_after_ms, "buffer_after_ms")?,
        alignment_interval: duration(row.alignment_interval_ms, "alignment_interval_ms")?,
        alignment_offset: duration(row.alignment_offset_ms, "alignment_offset_ms")?,
        min_notice: duration(row.min_notice_ms, "min_notice_ms")?,
        horizon_days: small(row.horizon_days, table, "horizon_days")?,
        capacity: small(row.capacity, table, "capacity")?,
        is_active: row.is_active,
        price,
        revision: count(row.revision, table, "revision")?,
    })
}

pub(super) fn template_row(
    of: Template,
    practitioner: PersonId,
) -> Stored<availability_template::Model> {
    Ok(availability_template::Model {
        id: of.template_id.0,
        practitioner_id: practitioner.0,
        location: of.location,
        timezone: of.time_zone,
        recurrence: of.recurrence,
        starts_minute: i64::from(of.starts_minute),
        ends_minute: i64::from(of.ends_minute),
        valid_from: of.valid_from,
        valid_until: of.valid_until,
        except_dates: to_json(&of.except_dates)?,
        service_ids: to_json(&of.service_ids)?,
    })
}

pub(super) fn to_template(row: availability_template::Model) -> Stored<Template> {
    let table = "availability_templates";
    Ok(Template {
        template_id: TemplateId(row.id),
        location: row.location,
        time_zone: row.timezone,
        recurrence: row.recurrence,
        starts_minute: small(row.starts_minute, table, "starts_minute")?,
        ends_minute: small(row.ends_minute, table, "ends_minute")?,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        except_dates: from_json(&row.except_dates, table, "except_dates")?,
        service_ids: from_json(&row.service_ids, table, "service_ids")?,
    })
}

pub(super) fn exception_row(
    of: Exception,
    closes: Option<OrganisationId>,
) -> availability_exception::Model {
    let kind = match of.kind {
        Kind::Open => "open",
        Kind::Closed => "closed",
    };
    availability_exception::Model {
        id: of.exception_id.0,
        practitioner_id: of.practitioner_id.map(|it| it.0),
        organisation_id: closes.map(|it| it.0),
        kind: kind.to_owned(),
        timezone: of.time_zone,
        starts_local: of.starts_local,
        ends_local: of.ends_local,
        location: of.location,
        reason: of.reason,
    }
}

pub(super) fn to_exception(row: availability_exception::Model) -> Stored<Exception> {
    let kind = match row.kind.as_str() {
        "open" => Kind::Open,
        "closed" => Kind::Closed,
        _ => return Err(unreadable("availability_exceptions", "kind")),
    };
    Ok(Exception {
        exception_id: ExceptionId(row.id),
        practitioner_id: row.practitioner_id.map(PersonId),
        kind,
        time_zone: row.timezone,
        starts_local: row.starts_local,
        ends_local: row.ends_local,
        location: row.location,
        reason: row.reason,
    })
}

pub(super) fn hold_row(of: HoldRecord) -> hold::Model {
    hold::Model {
        id: of.hold_id.0,
        token_hash: of.token_hash,
        practitioner_id: of.practitioner_id.0,
        interpreter_id: of.interpreter_id.map(|it| it.0),
        patient_id: of.patient_id.0,
        held_by: of.held_by.0,
        service_id: of.service_id.0,
        jurisdiction: of.jurisdiction,
        licence_override: of.licence_override,
        created_at: of.created_at.0,
        expires_at: of.expires_at.0,
        state: OPEN.to_owned(),
    }
}

/// The record, and whether it can be booked at `at`.
pub(super) fn to_hold(row: hold::Model, at: UnixMillis) -> (HoldRecord, bool) {
    let is_good = row.state == OPEN && row.expires_at > at.0;
    let record = HoldRecord {
        hold_id: HoldId(row.id),
        token_hash: row.token_hash,
        practitioner_id: PersonId(row.practitioner_id),
        interpreter_id: row.interpreter_id.map(PersonId),
        patient_id: PersonId(row.patient_id),
        held_by: PersonId(row.held_by),
        service_id: ServiceId(row.service_id),
        jurisdiction: row.jurisdiction,
        licence_override: row.licence_override,
        created_at: UnixMillis(row.created_at),
        expires_at: UnixMillis(row.expires_at),
    };
    (record, is_good)
}

/// Who made a claim, and what it is: said by the change, never by the claim itself, so that they cannot disagree.
#[derive(Debug, Clone, Copy)]
pub(super) enum ClaimedBy {
    /// A hold that expires then.
    Hold(HoldId, UnixMillis),
    /// An appointment without a hold.
    Appointment(AppointmentId),
}

pub(super) fn slot_row(of: &Claim, by: ClaimedBy) -> slot::Model {
    let (hold, appointment, state, expires_at) = match by {
        ClaimedBy::Hold(hold, at) => (Some(hold.0), None, HELD, Some(at)),
        ClaimedBy::Appointment(appointment) => (None, Some(appointment.0), BUSY, None),
    };
    slot::Model {
        id: of.slot_id.0,
        practitioner_id: of.practitioner_id.0,
        starts_at: of.starts_at.0,
        ends_at: of.ends_at.0,
        busy_from: of.busy_from.0,
        busy_until: of.busy_until.0,
        group_id: of.group,
        seat: i64::from(of.seat),
        service_id: of.service_id.map(|it| it.0),
        hold_id: hold,
        appointment_id: appointment,
        state: state.to_owned(),
        expires_at: millis(expires_at),
    }
}

pub(super) fn to_claim(row: slot::Model) -> Stored<Claim> {
    let state = match (row.state.as_str(), row.appointment_id, row.expires_at) {
        (BUSY, Some(appointment), _) => ClaimState::Busy(AppointmentId(appointment)),
        (HELD, _, Some(at)) => ClaimState::Held { expires_at: UnixMillis(at) },
        _ => return Err(unreadable("slots", "state")),
    };
    Ok(Claim {
        slot_id: SlotId(row.id),
        practitioner_id: PersonId(row.practitioner_id),
        starts_at: UnixMillis(row.starts_at),
        ends_at: UnixMillis(row.ends_at),
        busy_from: UnixMillis(row.busy_from),
        busy_until: UnixMillis(row.busy_until),
        group: row.group_id,
        seat: small(row.seat, "slots", "seat")?,
        service_id: row.service_id.map(ServiceId),
        hold_id: HoldId(row.hold_id.unwrap_or(Uuid::nil())),
        state,
    })
}
