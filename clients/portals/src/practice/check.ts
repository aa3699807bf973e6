/** What is wrong with a practitioner's profile as it stands in the form, under the hub's own names. */
import type { Licence, PractitionerProfile } from '@bedside/client';
import { isDate } from '../calendar/days.ts';

export type ProfileField = keyof PractitionerProfile;
export type ProfileFaults = Partial<Record<ProfileField, true>>;
export type LicenceField = 'jurisdiction' | 'number' | 'valid_until';

const MAX_ABOUT = 2_000;

/** `a, b,, c ` as three entries, each once. */
export function listOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,;\n]/)
        .map((it) => it.trim())
        .filter((it) => it !== ''),
    ),
  ];
}

export function profileFaults(profile: PractitionerProfile): ProfileFaults {
  const faults: ProfileFaults = {};
  const { specialties, languages, insurers, about } = profile;
  if (specialties.length > 10 || specialties.some((it) => [...it].length > 60)) {
    faults.specialties = true;
  }
  if (languages.length > 10 || !languages.every(isLanguage)) faults.languages = true;
  if (insurers.length > 60 || insurers.some((it) => [...it].length > 120)) faults.insurers = true;
  if ([...about].length > MAX_ABOUT) faults.about = true;
  if (!isWhole(profile.experience_years, 0, 80)) faults.experience_years = true;
  if (!isWhole(profile.weight, 1, 100)) faults.weight = true;
  if (profile.service_ids.length > 50) faults.service_ids = true;
  if (profile.licences.length > 60 || profile.licences.some((it) => licenceFaults(it).length > 0)) {
    faults.licences = true;
  }
  return faults;
}

export function licenceFaults(licence: Licence): LicenceField[] {
  const faults: LicenceField[] = [];
  if (!/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(licence.jurisdiction)) faults.push('jurisdiction');
  const number = licence.number.trim();
  if (number === '' || [...number].length > 60) faults.push('number');
  if (licence.valid_until !== undefined && !isDate(licence.valid_until)) faults.push('valid_until');
  return faults;
}

/** BCP 47, as browsers read it. */
function isLanguage(code: string): boolean {
  try {
    return Intl.getCanonicalLocales(code).length === 1;
  } catch {
    return false;
  }
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
