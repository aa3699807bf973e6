import type {
  AppointmentCard,
  CalendarEntry,
  ExceptionCard,
  ExceptionId,
  ExceptionTerms,
  NoticeId,
  OpenHours,
  Practitioner,
  PractitionerProfile,
  ServiceCard,
  ServiceId,
  ServiceTerms,
  SlotId,
  TaskId,
  TemplateCard,
  TemplateId,
  TemplateTerms,
} from '@bedside/client';
import { CLINICIAN, card, personId, ZONE } from './samples.ts';

/** Plainly fictional services, hours and calendars, for tests and for looking at screens. */

const id = <T extends string>(number: number) =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as T;

export const serviceId = (number: number) => id<ServiceId>(500 + number);
export const slotId = (number: number) => id<SlotId>(600 + number);
export const templateId = (number: number) => id<TemplateId>(700 + number);
export const exceptionId = (number: number) => id<ExceptionId>(800 + number);
export const taskId = (number: number) => id<TaskId>(900 + number);
export const noticeId = (number: number) => id<NoticeId>(1000 + number);

export function service(number: number, over: Partial<ServiceTerms> = {}): ServiceCard {
  return {
    service_id: serviceId(number),
    revision: 1,
    terms: {
      name: 'First visit',
      specialty: 'dermatology',
      duration_min: 30,
      buffer_before_min: 0,
      buffer_after_min: 10,
      alignment_interval_min: 30,
      alignment_offset_min: 0,
      min_notice_min: 60,
      horizon_days: 60,
      slot_capacity: 1,
      is_active: true,
      ...over,
    },
  };
}

export function practitioner(
  number = 2,
  display_name: string = CLINICIAN.display_name,
  over: Partial<PractitionerProfile> = {},
): Practitioner {
  return {
    person_id: personId(number),
    display_name,
    role: 'clinician',
    time_zone: ZONE,
    revision: 3,
    profile: {
      specialties: ['dermatology'],
      languages: ['en', 'de'],
      licences: [{ jurisdiction: 'DE', number: '12-3456' }],
      insurers: ['Example Mutual'],
      about: 'Skin, hair and nails. Fictional.',
      experience_years: 12,
      weight: 10,
      service_ids: [serviceId(1)],
      ...over,
    },
  };
}

export function template(number: number, over: Partial<TemplateTerms> = {}): TemplateCard {
  return {
    template_id: templateId(number),
    terms: {
      location: 'Practice',
      time_zone: ZONE,
      recurrence: 'FREQ=WEEKLY;BYDAY=MO,TU',
      starts: '09:00',
      ends: '12:30',
      valid_from: '2027-01-01',
      except_dates: [],
      service_ids: [],
      ...over,
    },
  };
}

export function exception(
  number: number,
  over: Partial<ExceptionTerms> = {},
  is_closure = false,
): ExceptionCard {
  return {
    exception_id: exceptionId(number),
    is_closure,
    terms: {
      kind: 'closed',
      time_zone: ZONE,
      starts: '2027-12-24T00:00',
      ends: '2028-01-02T00:00',
      location: '',
      reason: '',
      ...over,
    },
  };
}

/** The entry of an appointment, with ten minutes kept free after it. */
export function booked(number: number, of: AppointmentCard = card()): CalendarEntry {
  return {
    slot_id: slotId(number),
    kind: 'booked',
    starts_at: of.starts_at,
    ends_at: of.ends_at,
    busy_from: of.starts_at,
    busy_until: of.ends_at + 10 * 60_000,
    appointment_id: of.appointment_id,
    ...(of.service_id ? { service_id: of.service_id } : {}),
    seat: 0,
  };
}

export function held(number: number, starts_at: number, expires_at: number): CalendarEntry {
  const ends_at = starts_at + 30 * 60_000;
  return {
    slot_id: slotId(number),
    kind: 'held',
    starts_at,
    ends_at,
    busy_from: starts_at,
    busy_until: ends_at + 10 * 60_000,
    expires_at,
    service_id: serviceId(1),
    seat: 0,
  };
}

export function open(from: number, until: number, over: Partial<OpenHours> = {}): OpenHours {
  return { from, until, location: 'Practice', time_zone: ZONE, ...over };
}
