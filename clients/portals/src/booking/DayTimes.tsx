import type { OpenSlot, Practitioner } from '@bedside/client';
import { Skeleton } from '@mantine/core';
import { IconBolt, IconRefresh } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { languageName } from '../format/places.ts';
import { cityOf } from '../format/time.ts';
import { Act } from '../parts/Act.tsx';
import { Initials } from '../parts/Initials.tsx';
import { useStrings } from '../strings/index.ts';
import shared from './book.module.css';
import type { Wanted } from './hold.ts';
import classes from './search.module.css';
import {
  asShown,
  byClinician,
  type ClinicianTimes,
  type ShownTime,
  settle,
  slotKey,
} from './times.ts';

export interface DayTimesProps {
  day: string | null;
  /** The free times of the day; `null` until they are known. */
  slots: readonly OpenSlot[] | null;
  clinicians: readonly Practitioner[];
  /** Several people share a time. */
  isGroup: boolean;
  taking: Wanted | null;
  onTake: (slot: OpenSlot) => void;
}

/** The times of a day, by clinician. What goes away stays in its place as taken; what comes is offered, not pushed in. */
export function DayTimes({ day, slots, clinicians, isGroup, taking, onTake }: DayTimesProps) {
  const { booking } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { shown, fresh, show } = useShown(slots);
  if (!shown || day === null) return <Waiting />;
  const groups = byClinician(shown);
  const dayName = shown[0] ? time.day(shown[0].slot.starts_at, now) : day;
  return (
    <section className={classes.dayTimes} aria-label={booking.times.on(dayName)}>
      {fresh > 0 ? (
        <Act icon={<IconRefresh aria-hidden size={20} />} onClick={show}>
          {booking.times.cameBack(fresh)}. {booking.times.show}
        </Act>
      ) : null}
      <Earliest shown={shown} now={now} isTaking={taking !== null} onTake={onTake} />
      {groups.map((group) => (
        <Group
          key={group.clinicianId}
          group={group}
          clinician={clinicians.find((it) => it.person_id === group.clinicianId)}
          isGroup={isGroup}
          taking={taking}
          onTake={onTake}
        />
      ))}
    </section>
  );
}

/** What is on the screen: begun with the first answer, then only marked, until the person asks for the newest. */
function useShown(slots: readonly OpenSlot[] | null) {
  const { booking } = useStrings();
  const announce = useAnnounce();
  const [shown, setShown] = useState<ShownTime[] | null>(slots ? asShown(slots) : null);
  const [fresh, setFresh] = useState(0);
  const seen = useRef(slots);
  const latest = useRef(shown);
  useEffect(() => {
    latest.current = shown;
  });
  useEffect(() => {
    if (slots === null || isSame(seen.current, slots)) return;
    seen.current = slots;
    const before = latest.current;
    if (before === null || before.length === 0) {
      setShown(asShown(slots));
      return;
    }
    const next = settle(before, slots);
    setShown(next.shown);
    setFresh(next.fresh);
    if (next.wentAway > 0) announce(booking.times.wentAway(next.wentAway));
    else if (next.fresh > 0) announce(booking.times.cameBack(next.fresh));
  }, [slots, announce, booking]);
  const show = () => {
    setShown(asShown(slots ?? []));
    setFresh(0);
  };
  return { shown, fresh, show };
}

/** The filter of a day makes a new list each time; only another content counts. */
function isSame(one: readonly OpenSlot[] | null, other: readonly OpenSlot[]): boolean {
  return one !== null && one.length === other.length && one.every((slot, at) => slot === other[at]);
}

interface EarliestProps {
  shown: readonly ShownTime[];
  now: number;
  isTaking: boolean;
  onTake: (slot: OpenSlot) => void;
}

/** The first time of the day. When it goes away, the next one takes its place only when it is asked for. */
function Earliest({ shown, now, isTaking, onTake }: EarliestProps) {
  const { booking } = useStrings();
  const time = useTime();
  const [pinned, setPinned] = useState<string | null>(null);
  const first = shown.find((it) => slotKey(it.slot) === pinned) ?? shown[0];
  const next = shown.find((it) => !it.isGone);
  useEffect(() => {
    if (pinned === null && first) setPinned(slotKey(first.slot));
  }, [pinned, first]);
  if (!first || !next) return <p>{booking.times.noneOnDay}</p>;
  const { slot, isGone } = first;
  return (
    <div className={classes.earliest}>
      <IconBolt aria-hidden className={classes.earliestIcon} />
      <div className={classes.grow}>
        <p className="quiet">{isGone ? booking.taken.title : booking.times.earliest}</p>
        <p className={classes.earliestTime} data-gone={isGone || undefined}>
          {time.day(slot.starts_at, now)}, <bdi>{time.bareClock(slot.starts_at)}</bdi>
        </p>
        <p className="quiet">{booking.times.with(slot.clinician_name)}</p>
      </div>
      {isGone ? (
        <Act onClick={() => setPinned(slotKey(next.slot))}>{booking.times.next}</Act>
      ) : (
        <Act tone="main" disabled={isTaking} onClick={() => onTake(slot)} data-testid="earliest">
          {booking.times.take}
        </Act>
      )}
    </div>
  );
}

interface GroupProps {
  group: ClinicianTimes;
  clinician: Practitioner | undefined;
  isGroup: boolean;
  taking: Wanted | null;
  onTake: (slot: OpenSlot) => void;
}

function Group({ group, clinician, isGroup, taking, onTake }: GroupProps) {
  const { booking, language } = useStrings();
  const time = useTime();
  const there = useTime(group.zone);
  const [first] = group.times;
  const at = first?.slot.starts_at ?? 0;
  const isElsewhere = time.bareClock(at) !== there.bareClock(at);
  const languages = clinician?.profile.languages.map((it) => languageName(it, language)) ?? [];
  return (
    <section className={classes.group} aria-label={group.name}>
      <div className={classes.groupHead}>
        <Initials name={group.name} />
        <div>
          <h3>{group.name}</h3>
          {languages.length > 0 ? (
            <p className={shared.small}>{booking.times.speaks(listText(languages, language))}</p>
          ) : null}
        </div>
      </div>
      {isElsewhere ? (
        <p className={shared.small}>
          {booking.times.theirZone(
            group.name,
            cityOf(group.zone),
            there.bareClock(at),
            time.bareClock(at),
          )}
        </p>
      ) : null}
      <ul className={classes.clocks}>
        {group.times.map((it) => (
          <li key={it.slot.starts_at}>
            <Clock it={it} isGroup={isGroup} taking={taking} onTake={onTake} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ClockProps {
  it: ShownTime;
  isGroup: boolean;
  taking: Wanted | null;
  onTake: (slot: OpenSlot) => void;
}

function Clock({ it, isGroup, taking, onTake }: ClockProps) {
  const { booking } = useStrings();
  const time = useTime();
  const { slot, isGone } = it;
  const clock = time.bareClock(slot.starts_at);
  const isThis = taking?.startsAt === slot.starts_at && taking.clinicianId === slot.clinician_id;
  const seats = isGroup ? booking.times.seats(slot.seats_left) : null;
  const note = isGone ? booking.times.gone : seats;
  const label = isGone
    ? booking.times.goneLabel(clock)
    : [booking.times.label(clock, slot.clinician_name), seats].filter(Boolean).join(', ');
  return (
    <button
      type="button"
      className={classes.clock}
      data-gone={isGone || undefined}
      data-taking={isThis || undefined}
      // Not `disabled`, so that the keyboard does not fall off a time that goes away.
      aria-disabled={isGone || taking !== null}
      onClick={() => {
        if (!isGone && taking === null) onTake(slot);
      }}
    >
      <span className="hidden">{label}</span>
      <bdi aria-hidden="true">{clock}</bdi>
      {note ? (
        <span aria-hidden="true" className={classes.clockNote}>
          {note}
        </span>
      ) : null}
    </button>
  );
}

function Waiting() {
  const { booking } = useStrings();
  return (
    <div className={classes.dayTimes} role="status" aria-label={booking.times.updating}>
      <Skeleton className={classes.skeletonCard ?? ''} radius="lg" />
      <Skeleton className={classes.skeletonClocks ?? ''} radius="md" />
    </div>
  );
}

function listText(items: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(items);
}
