/**
 * TIMES THAT CAN BE BOOKED, searched again whenever what can be booked with one of the clinicians changed.
 *
 * Invariants: at most one search is under way; whatever is told while it runs is followed by another one, so that the
 * last answer is newer than the last change; after `stop` nobody is told anything. A time that is shown can still be
 * gone: only holding it tells.
 */
import type { Bedside } from './bedside.js';
import { Alarm, type Clock, systemClock } from './clock.js';
import { asError } from './errors.js';
import type { Fault, OpenSlot, PersonId, SearchSlots } from './protocol.gen.js';

/** What can be booked, as far as is known. */
export interface SlotsNow {
  /** In the order that was asked for; `null` before the first answer. */
  readonly slots: readonly OpenSlot[] | null;
  /** There are more than were asked for. */
  readonly hasMore: boolean;
  /** Why the last search failed; what is shown is older then. */
  readonly fault: Fault | null;
}

/** How a search is followed. */
export interface FollowSlotsOptions {
  /** Stops it. */
  signal?: AbortSignal;
  /** Clinicians to listen to although none of their times was found yet. */
  clinicians?: readonly PersonId[];
  clock?: Clock;
}

/** A search that goes on. */
export interface SlotsFollowing {
  /** Searches now, as after a failure. */
  again(): void;
  /** Searches no more. */
  stop(): void;
}

/** Changes within this time lead to one search. */
export const GATHER_MS = 300;
/** Clinicians that are listened to; the times of further ones are as old as the last search. */
export const MAX_FOLLOWED = 16;

/** Searches, tells, and searches again when something changed. */
export const followSlots = (
  bedside: Pick<Bedside, 'call' | 'follow'>,
  search: SearchSlots,
  onChange: (now: SlotsNow) => void,
  options: FollowSlotsOptions = {},
): SlotsFollowing => {
  const { signal, clinicians = [], clock = systemClock } = options;
  const abort = new AbortController();
  const followed = new Map<PersonId, () => void>();
  let now: SlotsNow = { slots: null, hasMore: false, fault: null };
  let isSearching = false;
  let isOutdated = false;

  const look = async (): Promise<void> => {
    isSearching = true;
    isOutdated = false;
    alarm.clear();
    try {
      const found = await bedside.call('slot.search', search, { signal: abort.signal });
      now = { slots: found.slots, hasMore: found.has_more, fault: null };
    } catch (thrown) {
      now = { ...now, fault: asError(thrown).fault };
    }
    isSearching = false;
    if (abort.signal.aborted) return;
    for (const { clinician_id } of now.slots ?? []) listen(clinician_id);
    onChange(now);
    if (isOutdated) changed();
  };
  const alarm = new Alarm(clock, () => void look());
  const changed = (): void => {
    if (isSearching) isOutdated = true;
    // Not set anew: where something changes all the time, it is still searched.
    else if (!alarm.isSet && !abort.signal.aborted) alarm.set(GATHER_MS);
  };
  const listen = (clinician: PersonId): void => {
    if (followed.has(clinician) || followed.size >= MAX_FOLLOWED) return;
    const following = bedside.follow(`openings:${clinician}`);
    // Between the search and this snapshot, or while the connection was lost, changes were told to nobody.
    const hasCome = (): void => {
      if (following.state.get()) changed();
    };
    const cleanups = [following.onEvent(changed), following.state.subscribe(hasCome)];
    followed.set(clinician, () => {
      for (const it of cleanups) it();
      following.stop();
    });
    hasCome();
  };
  const stop = (): void => {
    abort.abort();
    alarm.clear();
    for (const it of followed.values()) it();
    followed.clear();
    signal?.removeEventListener('abort', stop);
  };
  const again = (): void => {
    if (isSearching) isOutdated = true;
    else if (!abort.signal.aborted) void look();
  };

  if (signal?.aborted) return { again: () => undefined, stop: () => undefined };
  signal?.addEventListener('abort', stop, { once: true });
  for (const it of [...(search.clinician_id ? [search.clinician_id] : []), ...clinicians]) {
    listen(it);
  }
  again();
  return { again, stop };
};
