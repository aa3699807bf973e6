/** Hours as a person would say them. */
import type { ExceptionTerms, ServiceId, TemplateTerms } from '@bedside/client';
import { addDays } from '../calendar/days.ts';
import type { Strings } from '../strings/index.ts';
import { dateInWords, listed, ruleInWords } from './rule.ts';

/** `Every Monday and Tuesday 09:00–12:30, Europe/Berlin, from 1 January 2027` */
export function templateInWords(
  terms: TemplateTerms,
  language: string,
  words: Strings['hours']['rules'],
  serviceName: (id: ServiceId) => string,
): string {
  const services = terms.service_ids ?? [];
  const except = terms.except_dates ?? [];
  const date = (text: string) => dateInWords(text, language);
  const rule = ruleInWords(terms.recurrence, terms.valid_from, language, words);
  const parts = [
    `${rule} ${terms.starts}–${terms.ends}`,
    zoneInWords(terms.time_zone),
    terms.valid_from === terms.valid_until
      ? words.on(date(terms.valid_from))
      : words.from(date(terms.valid_from)),
    terms.valid_until && terms.valid_from !== terms.valid_until
      ? words.until(date(terms.valid_until))
      : null,
    except.length > 0 ? words.except(listed(except.map(date), language)) : null,
    services.length > 0 ? words.for(listed(services.map(serviceName), language)) : null,
  ];
  return parts.filter((it) => it !== null).join(', ');
}

/** `24 December 2026 to 1 January 2027`, or with times and zone where they are not whole days. */
export function exceptionInWords(terms: ExceptionTerms, language: string): string {
  const [first = '', begin = ''] = terms.starts.split('T');
  const [last = '', end = ''] = terms.ends.split('T');
  const date = (text: string) => dateInWords(text, language);
  const zone = zoneInWords(terms.time_zone);
  if (begin === '00:00' && end === '00:00') {
    const lastDay = last > first ? addDays(last, -1) : first;
    return lastDay === first
      ? `${date(first)}, ${zone}`
      : `${date(first)} – ${date(lastDay)}, ${zone}`;
  }
  if (first === last) return `${date(first)} ${begin}–${end}, ${zone}`;
  return `${date(first)} ${begin} – ${date(last)} ${end}, ${zone}`;
}

/** `America/New York`: as it is spoken, and still what everybody looks up. */
export function zoneInWords(zone: string): string {
  return zone.replaceAll('_', ' ');
}
