import type { AuditCaller, AuditEntry } from '@bedside/client';
import type { Strings } from '../strings/index.ts';

/** What was done, for behind a name. */
export function deedOf(operation: string, { audit }: Strings): string {
  return audit.deeds[operation] ?? audit.unknownDeed(operation);
}

/** The same for the begin of a line. */
export function deedTitle(operation: string, strings: Strings): string {
  const text = deedOf(operation, strings);
  return text.charAt(0).toLocaleUpperCase(strings.language) + text.slice(1);
}

/** Who it was, in a word that is always there. */
export function callerName(caller: AuditCaller | undefined, { audit }: Strings): string {
  if (!caller) return audit.nobody;
  if (caller.display_name) return caller.display_name;
  return caller.participant_id ? audit.guest : audit.goneAccount;
}

export type Ending = 'done' | 'begun' | 'refused';

export function endingOf({ outcome }: Pick<AuditEntry, 'outcome'>): Ending {
  return outcome === 'ok' ? 'done' : outcome === 'begin' ? 'begun' : 'refused';
}

/** What the caller was told, when it was refused. */
export function refusalOf(outcome: string, { faults }: Strings): string | null {
  return (faults as Record<string, { title: string } | undefined>)[outcome]?.title ?? null;
}
