import type { PatientProfile, Practitioner, ServiceCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { type Trouble, useAction } from '../parts/trouble.ts';

/** What can be booked and with whom. */
export interface Directory {
  services: readonly ServiceCard[];
  clinicians: readonly Practitioner[];
  profile: PatientProfile;
}

export interface DirectoryHere {
  /** `null` until it came. */
  directory: Directory | null;
  trouble: Trouble | null;
  reload: () => void;
}

export function useDirectory(): DirectoryHere {
  const bedside = useBedside();
  const [directory, setDirectory] = useState<Directory | null>(null);
  const { run, trouble } = useAction(async () => {
    const [services, listed, own] = await Promise.all([
      bedside.call('service.list', {}),
      bedside.call('practitioner.list', { role: 'clinician' }),
      bedside.call('profile.read', {}),
    ]);
    setDirectory({
      services: services.services.filter((it) => it.terms.is_active),
      clinicians: listed.practitioners,
      profile: own.profile,
    });
  });
  useEffect(() => void run(), [run]);
  return { directory, trouble, reload: () => void run() };
}

/** Services under their specialties, both by name. */
export function bySpecialty(
  services: readonly ServiceCard[],
  language: string,
): { specialty: string; services: ServiceCard[] }[] {
  const { compare } = new Intl.Collator(language);
  const groups = new Map<string, ServiceCard[]>();
  for (const it of services) {
    groups.set(it.terms.specialty, [...(groups.get(it.terms.specialty) ?? []), it]);
  }
  return [...groups.entries()]
    .sort(([one], [other]) => compare(one, other))
    .map(([specialty, list]) => ({
      specialty,
      services: list.sort((one, other) => compare(one.terms.name, other.terms.name)),
    }));
}

/** Every value once, in the order of the language. */
export function distinct(values: readonly string[], language: string): string[] {
  return [...new Set(values)].sort(new Intl.Collator(language).compare);
}

/** `45,00 €`. */
export function priceText(
  price: { amount_minor: number; currency: string },
  language: string,
): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency: price.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(price.amount_minor / 10 ** digits);
}
