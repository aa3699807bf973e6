import type { PatientProfile } from '@bedside/client';

/** A profile as it stands in the form: an empty text for what was not told. */
export type Details = Record<keyof PatientProfile, string>;
export type DetailsFault = 'birth_date' | 'phone';

const FIELDS = [
  'birth_date',
  'gender',
  'phone',
  'jurisdiction',
  'language',
  'insurer',
  'insurance_number',
  'emergency_contact',
] as const satisfies readonly (keyof PatientProfile)[];

export function detailsOf(profile: PatientProfile): Details {
  return Object.fromEntries(FIELDS.map((it) => [it, profile[it] ?? ''])) as Details;
}

/** What the hub is told: texts without spaces around them, nothing for what is empty. */
export function profileOf(details: Details): PatientProfile {
  const told = FIELDS.map((it) => [it, it === 'phone' ? bare(details[it]) : details[it].trim()]);
  return Object.fromEntries(told.filter(([, text]) => text !== '')) as PatientProfile;
}

/** A number as people write it, as E.164 wants it: `+49 (30) 12-34` is `+49301234`. */
function bare(phone: string): string {
  return phone.replace(/[\s().\-/]/g, '').replace(/^00/, '+');
}

/** What cannot be right. `today` as `YYYY-MM-DD`. */
export function faultsIn(details: Details, today: string): DetailsFault[] {
  const faults: DetailsFault[] = [];
  const { birth_date } = details;
  if (birth_date !== '' && (birth_date > today || birth_date < '1880-01-01')) {
    faults.push('birth_date');
  }
  const phone = bare(details.phone);
  if (phone !== '' && !/^\+[1-9]\d{6,14}$/.test(phone)) faults.push('phone');
  return faults;
}

/** Somebody saved meanwhile: what was typed here stays, the rest is theirs. */
export function merge(base: Details, typed: Details, theirs: Details): Details {
  return Object.fromEntries(
    FIELDS.map((it) => [it, typed[it] === base[it] ? theirs[it] : typed[it]]),
  ) as Details;
}

export function isSame(one: Details, other: Details): boolean {
  return FIELDS.every((it) => one[it] === other[it]);
}
