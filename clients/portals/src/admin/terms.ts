/** The terms of a service as they stand in the form, and what is wrong with them under the hub's own names. */
import type { ServiceTerms } from '@bedside/client';

export type TermsField =
  | 'name'
  | 'specialty'
  | 'duration_min'
  | 'buffer_before_min'
  | 'buffer_after_min'
  | 'alignment_interval_min'
  | 'alignment_offset_min'
  | 'min_notice_min'
  | 'horizon_days'
  | 'slot_capacity'
  | 'price'
  | 'currency';

export type NumberField = Exclude<TermsField, 'name' | 'specialty' | 'price' | 'currency'>;

/** Everything is a text while it is typed. */
export type TermsDraft = Record<TermsField, string> & { is_active: boolean };

const MINUTES_OF_DAY = 24 * 60;

const bounds: Record<NumberField, readonly [number, number]> = {
  duration_min: [5, 480],
  buffer_before_min: [0, 240],
  buffer_after_min: [0, 240],
  alignment_interval_min: [5, 480],
  alignment_offset_min: [0, 479],
  min_notice_min: [0, 43_200],
  horizon_days: [1, 366],
  slot_capacity: [1, 20],
};
export const NUMBERS = Object.keys(bounds) as NumberField[];

/** Names of fields inside the hub, where they are not those of the form. */
const inside: Readonly<Record<string, TermsField>> = {
  duration: 'duration_min',
  buffer_before: 'buffer_before_min',
  buffer_after: 'buffer_after_min',
  alignment_interval: 'alignment_interval_min',
  alignment_offset: 'alignment_offset_min',
  min_notice: 'min_notice_min',
  capacity: 'slot_capacity',
  amount_minor: 'price',
};

export const newTerms: TermsDraft = {
  name: '',
  specialty: '',
  duration_min: '30',
  buffer_before_min: '0',
  buffer_after_min: '0',
  alignment_interval_min: '30',
  alignment_offset_min: '0',
  min_notice_min: '60',
  horizon_days: '60',
  slot_capacity: '1',
  price: '',
  currency: 'EUR',
  is_active: true,
};

export function draftOf(terms: ServiceTerms): TermsDraft {
  const { price } = terms;
  return {
    name: terms.name,
    specialty: terms.specialty,
    duration_min: String(terms.duration_min),
    buffer_before_min: String(terms.buffer_before_min),
    buffer_after_min: String(terms.buffer_after_min),
    alignment_interval_min: String(terms.alignment_interval_min),
    alignment_offset_min: String(terms.alignment_offset_min),
    min_notice_min: String(terms.min_notice_min),
    horizon_days: String(terms.horizon_days),
    slot_capacity: String(terms.slot_capacity),
    price: price ? majorOf(price.amount_minor, price.currency) : '',
    currency: price?.currency ?? newTerms.currency,
    is_active: terms.is_active,
  };
}

export function termsFaults(draft: TermsDraft): Set<TermsField> {
  const faults = new Set<TermsField>();
  if (!isText(draft.name, 120)) faults.add('name');
  if (!isText(draft.specialty, 60)) faults.add('specialty');
  for (const field of NUMBERS) {
    const [least, most] = bounds[field];
    const value = whole(draft[field]);
    if (!(value >= least && value <= most)) faults.add(field);
  }
  if (whole(draft.alignment_offset_min) >= whole(draft.alignment_interval_min)) {
    faults.add('alignment_offset_min');
  }
  if (whole(draft.min_notice_min) >= whole(draft.horizon_days) * MINUTES_OF_DAY) {
    faults.add('min_notice_min');
  }
  if (draft.price.trim() === '') return faults;
  const currency = draft.currency.trim();
  if (!/^[A-Z]{3}$/.test(currency)) faults.add('currency');
  else if (minorOf(draft.price, currency) === null) faults.add('price');
  return faults;
}

/** Of a draft without faults. */
export function termsOf(draft: TermsDraft): ServiceTerms {
  const currency = draft.currency.trim();
  const amount_minor = draft.price.trim() === '' ? null : minorOf(draft.price, currency);
  return {
    name: draft.name.trim(),
    specialty: draft.specialty.trim().toLowerCase(),
    duration_min: whole(draft.duration_min),
    buffer_before_min: whole(draft.buffer_before_min),
    buffer_after_min: whole(draft.buffer_after_min),
    alignment_interval_min: whole(draft.alignment_interval_min),
    alignment_offset_min: whole(draft.alignment_offset_min),
    min_notice_min: whole(draft.min_notice_min),
    horizon_days: whole(draft.horizon_days),
    slot_capacity: whole(draft.slot_capacity),
    is_active: draft.is_active,
    ...(amount_minor === null ? {} : { price: { amount_minor, currency } }),
  };
}

/** The field of the form that the hub means. */
export function termsField(name: string | undefined): TermsField | null {
  const last = name?.split('.').at(-1) ?? '';
  const known = inside[last] ?? last;
  return known in newTerms && known !== 'is_active' ? (known as TermsField) : null;
}

/** The first times of a day at which an appointment can begin: `00:10, 00:40, 01:10`. */
export function firstBegins(draft: TermsDraft): string[] {
  const interval = whole(draft.alignment_interval_min);
  const offset = whole(draft.alignment_offset_min);
  if (!(interval >= 5) || !(offset >= 0 && offset < interval)) return [];
  const nine = 9 * 60;
  const first = Math.ceil((nine - offset) / interval) * interval + offset;
  return [0, 1, 2]
    .map((it) => first + it * interval)
    .filter((it) => it < MINUTES_OF_DAY)
    .map((it) => `${two(Math.floor(it / 60))}:${two(it % 60)}`);
}

/** `45.5` in euros as 4550; `null` when it is no amount of that currency. */
export function minorOf(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const found = /^(\d{1,8})(?:[.,](\d+))?$/.exec(text.trim());
  const fraction = found?.[2] ?? '';
  if (!found || fraction.length > digits) return null;
  const amount = Number(`${found[1]}${fraction.padEnd(digits, '0')}`);
  return amount > 0 && amount <= 100_000_000 ? amount : null;
}

export function majorOf(amount: number, currency: string): string {
  return (amount / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));
}

/** Digits after the point: 2 for euros, 0 for yen. */
function digitsOf(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

function whole(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}

function isText(text: string, most: number): boolean {
  return text.trim() !== '' && [...text.trim()].length <= most;
}

const two = (value: number) => String(value).padStart(2, '0');
