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

/** Operations that no client calls. */
const UNCALLED = new Set([
  'audit.rotate_key',
  'data.check',
  'settings.change',
  'user.create_admin',
  'organisation.add',
  'keys.rotate',
  'keys.rewrap',
  'keys.rotate_tokens',
  'keys.seal',
  'backup.make',
  'backup.restore',
  'conversation.expire',
  'audit.archive',
]);

/** Who it was, in a word that is always there. */
export function callerName(
  { caller, operation }: { caller?: AuditCaller | undefined; operation: string },
  { audit }: Strings,
): string {
  if (!caller) return UNCALLED.has(operation) ? audit.machine : audit.nobody;
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
