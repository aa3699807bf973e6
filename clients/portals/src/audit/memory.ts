/**
 * What this browser first saw of the log, so that a later one can be held against it. A key, a number and a hash: nothing
 * about anybody. Storage can be refused; then nothing is compared.
 */
import type { AuditCheckpoint, AuditEntry, Bedside } from '@bedside/client';
import type { Continuation, LogHead, WhyNot } from '@bedside/client/audit';

export interface Seen extends LogHead {
  key: string;
  /** The signed note itself, for whoever wants to compare by other means. */
  note: string;
  /** When it was signed. */
  at: number;
}

const KEY = 'bedside.audit.first';

export function firstSeen(): Seen | null {
  try {
    const it = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Seen> | null;
    const isWhole =
      typeof it?.origin === 'string' &&
      typeof it.root === 'string' &&
      typeof it.key === 'string' &&
      typeof it.note === 'string' &&
      Number.isSafeInteger(it.size) &&
      Number.isSafeInteger(it.at);
    return isWhole ? (it as Seen) : null;
  } catch {
    return null;
  }
}

export function keepSeen(seen: Seen): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(seen));
  } catch {
    // Then the next one is the first again.
  }
}

export type Compared = 'first' | Continuation | 'other_key';

export async function compare(seen: Seen | null, now: LogHead, key: string): Promise<Compared> {
  if (!seen) return 'first';
  if (seen.key !== key) return 'other_key';
  const { continuation } = await import('@bedside/client/audit');
  return continuation(seen, now);
}

/** What is to be called out, if anything. */
export type Alarm = 'shorter' | 'rewritten' | 'continued_otherwise' | 'other_log' | 'other_key';

export function alarmOf(compared: Compared): Alarm | null {
  switch (compared) {
    case 'first':
    case 'same':
    case 'grown':
      return null;
    default:
      return compared;
  }
}

/** The checkpoint of now, opened; the log's own verdict on itself is not asked for. */
export async function readHead(
  bedside: Bedside,
): Promise<{ checkpoint: AuditCheckpoint; seen: Seen } | { whyNot: WhyNot }> {
  const { openCheckpoint } = await import('@bedside/client/audit');
  const checkpoint = await bedside.call('audit.checkpoint', {});
  const opened = await openCheckpoint(checkpoint.note, checkpoint.key);
  if ('whyNot' in opened) return opened;
  const { key, note, at } = checkpoint;
  return { checkpoint, seen: { ...opened.head, key, note, at } };
}

/** Entries are signed within seconds; a busy log may be some minutes behind. */
const BEFORE_MS = 10 * 60_000;

/**
 * Whether the log still begins with what was seen: the entry that was the last one then is proven to be in the log of now, and
 * the way to the root leads past the root of then. `null` when that entry is not found or cannot be proven.
 */
export async function isContained(
  bedside: Bedside,
  seen: Seen,
  key: string,
): Promise<boolean | null> {
  if (seen.size === 0) return true;
  const { verifyEntry } = await import('@bedside/client/audit');
  const last = await findEntry(bedside, seen.size - 1, seen.at);
  if (!last) return null;
  const proof = await bedside.call('audit.prove', { audit_id: last.audit_id });
  const verdict = await verifyEntry(last, proof, key);
  return verdict.isProven ? verdict.rootThen === seen.root : null;
}

async function findEntry(
  bedside: Bedside,
  entry: number,
  at: number,
): Promise<AuditEntry | undefined> {
  const around = { from: Math.max(0, at - BEFORE_MS), until: at + 1, limit: 200 };
  // What was begun is listed by itself only.
  for (const outcome of [{}, { outcome: 'begin' }]) {
    const { records } = await bedside.call('audit.search', { ...around, ...outcome });
    const found = records.find((it) => it.entry === entry);
    if (found) return found;
  }
  return undefined;
}
