import type { PersonId, SearchSlots, ServiceCard } from '@bedside/client';
import { type ReactNode, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { dayTeller, plusDays } from '../format/days.ts';
import { cityOf } from '../format/time.ts';
import { dateInZone } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import type { ChoiceHere } from './choice.ts';
import { DayStrip } from './DayStrip.tsx';
import { DayTimes } from './DayTimes.tsx';
import type { Directory } from './directory.ts';
import { Filters, type Wishes } from './Filters.tsx';
import { type Wanted, wantedOf } from './hold.ts';
import { NoTimes } from './NoTimes.tsx';
import classes from './search.module.css';
import { type SlotsHere, useSlots } from './slots.ts';
import { countDays, DAYS_SHOWN, stripOf } from './times.ts';
import { WaitlistOffer } from './WaitlistOffer.tsx';

export interface TimesScreenProps {
  directory: Directory;
  service: ServiceCard;
  here: ChoiceHere;
  /** Whose times alone, when a visit is moved. */
  only: PersonId | null;
  place: string | null;
  onPlace: (place: string | null) => void;
  isTaking: Wanted | null;
  onTake: (wanted: Wanted) => void;
  /** Why the last time could not be had. */
  children: ReactNode;
}

/** Most that one search gives. */
const MOST = 500;

/** Which days have free times, and the times of one day. */
export function TimesScreen(props: TimesScreenProps) {
  const { directory, service, here, only, place, onPlace, isTaking, onTake, children } = props;
  const { booking } = useStrings();
  const { choice, change } = here;
  const now = useNow(60_000);
  const time = useTime();
  const [wishes, setWishes] = useState<Wishes>({ language: null, insurer: null });
  const today = dateInZone(now, time.zone);
  const chosen = choice.day !== null && choice.day >= today ? choice.day : null;
  const days = stripOf(chosen ?? today, today);
  const offering = directory.clinicians.filter((it) =>
    it.profile.service_ids.includes(service.service_id),
  );
  const clinician = only ?? choice.clinician;
  const wish: SearchSlots = {
    service_id: service.service_id,
    time_zone: time.zone,
    limit: MOST,
    ...(clinician ? { clinician_id: clinician } : {}),
    ...(wishes.language ? { language: wishes.language } : {}),
    ...(wishes.insurer ? { insurer: wishes.insurer } : {}),
    ...(place ? { jurisdiction: place } : {}),
  };
  const listened = clinician ? [clinician] : offering.map((it) => it.person_id);
  const week = useWeek(wish, days, chosen, listened);
  const jump = (day: string) => change({ day });
  return (
    <div className={classes.times}>
      {only ? null : (
        <Filters
          clinicians={offering}
          clinician={clinician}
          wishes={wishes}
          place={place}
          onClinician={(it) => change({ clinician: it, day: null })}
          onWishes={setWishes}
          onPlace={onPlace}
        />
      )}
      {children}
      <p className="quiet">{booking.times.zone(zoneText(time.zone, time.zoneName(now)))}</p>
      <DayStrip
        days={days}
        today={today}
        last={plusDays(today, service.terms.horizon_days)}
        selected={week.day}
        counts={week.counts}
        onChoose={jump}
        onTurn={(strips) => jump(maxDay(plusDays(days[0] ?? today, strips * DAYS_SHOWN), today))}
      />
      <SearchTrouble slots={week.times} />
      {week.isEmpty ? (
        <NoTimes
          wish={wish}
          after={days.at(-1) ?? today}
          horizon={plusDays(today, service.terms.horizon_days)}
          onJump={jump}
        />
      ) : (
        <DayTimes
          key={`${week.times.key} ${week.day}`}
          day={week.day}
          slots={week.times.slots ? inDay(week, week.times) : null}
          clinicians={offering}
          isGroup={service.terms.slot_capacity > 1}
          taking={isTaking}
          onTake={(slot) => onTake(wantedOf(slot))}
        />
      )}
      {only ? null : (
        <WaitlistOffer
          key={`${service.service_id} ${clinician}`}
          service={service}
          clinician={clinician}
        />
      )}
    </div>
  );
}

interface Week {
  /** The day that is shown. */
  day: string | null;
  /** Times by day; a day that is absent was not looked at whole. */
  counts: ReadonlyMap<string, number> | null;
  times: SlotsHere;
  isEmpty: boolean;
  dayOf: (at: number) => string;
}

/** One search over the days of the strip, and one of the day alone where the first was cut off before its end. */
function useWeek(
  wish: SearchSlots,
  days: readonly string[],
  chosen: string | null,
  listened: readonly PersonId[],
): Week {
  const [first = ''] = days;
  const last = days.at(-1) ?? first;
  const dayOf = dayTeller(wish.time_zone ?? 'UTC');
  const all = useSlots({ ...wish, from: first, until: last }, listened);
  const earliest = all.slots?.[0];
  const day = chosen ?? (earliest ? dayOf(earliest.starts_at) : null);
  const counted = all.slots ? countDays(days, all.slots, all.hasMore, dayOf) : null;
  const cutDay = counted?.cutDay ?? null;
  const isCutOff = cutDay !== null && day !== null && day >= cutDay;
  const single = useSlots(isCutOff ? { ...wish, date: day } : null, listened);
  const isEmpty = all.slots?.length === 0 && !all.fault;
  const counts = counted?.counts ?? null;
  return { day, counts, times: isCutOff ? single : all, isEmpty, dayOf };
}

function inDay(week: Week, { slots }: SlotsHere) {
  return (slots ?? []).filter((it) => week.dayOf(it.starts_at) === week.day);
}

function SearchTrouble({ slots }: { slots: SlotsHere }) {
  const { common, booking } = useStrings();
  const { fault } = slots;
  if (!fault) return null;
  return (
    <TroubleNote trouble={{ code: fault.code, number: fault.number }}>
      {slots.slots ? <p>{booking.times.stale}</p> : null}
      <Act onClick={slots.again}>{common.tryAgain}</Act>
    </TroubleNote>
  );
}

/** `Central European Standard Time (Berlin)` */
function zoneText(zone: string, name: string): string {
  return `${name} (${cityOf(zone)})`;
}

function maxDay(one: string, other: string): string {
  return one > other ? one : other;
}
