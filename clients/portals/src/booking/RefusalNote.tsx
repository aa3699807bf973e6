import { IconClockX, IconLicense } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { PlaceSelect } from '../parts/PlaceSelect.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './book.module.css';
import type { HoldHere, Refusal, Wanted } from './hold.ts';

/** As many as fit on a telephone without scrolling. */
const MOST_FREE = 6;

export interface RefusalNoteProps {
  hold: HoldHere;
  /** A visit that is moved stays with its clinician. */
  canFindOthers: boolean;
  onPlace: (place: string | null) => void;
  onFindOthers: (place: string | null) => void;
}

/** Why a time could not be had, with what helps one tap away. */
export function RefusalNote({ hold, canFindOthers, onPlace, onFindOthers }: RefusalNoteProps) {
  const { refusal } = hold;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The tap was further down; what came of it is here.
    if (refusal) box.current?.focus();
  }, [refusal]);
  if (!refusal) return null;
  return (
    <div ref={box} tabIndex={-1} className={classes.refusal}>
      {refusal.why === 'taken' ? <Taken refusal={refusal} hold={hold} /> : null}
      {refusal.why === 'licence' ? (
        <Licence
          refusal={refusal}
          hold={hold}
          canFindOthers={canFindOthers}
          onPlace={onPlace}
          onFindOthers={onFindOthers}
        />
      ) : null}
      {refusal.why === 'other' ? <TroubleNote trouble={refusal.trouble} /> : null}
    </div>
  );
}

interface TakenProps {
  refusal: Extract<Refusal, { why: 'taken' }>;
  hold: HoldHere;
}

function Taken({ refusal, hold }: TakenProps) {
  const { booking } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { wanted, nextFree } = refusal;
  const at = (startsAt: number): Wanted => ({
    ...wanted,
    startsAt,
    endsAt: startsAt + wanted.endsAt - wanted.startsAt,
  });
  return (
    <div className={classes.note} role="alert" data-code="slot_taken">
      <IconClockX aria-hidden className={classes.noteIcon} />
      <div className={classes.noteText}>
        <p className={classes.noteTitle}>{booking.taken.title}</p>
        <p>{nextFree.length > 0 ? booking.taken.next : booking.taken.none}</p>
        {nextFree.length > 0 ? (
          <ul className={classes.nextFree}>
            {nextFree.slice(0, MOST_FREE).map((it) => (
              <li key={it}>
                <Act onClick={() => hold.take(at(it), refusal.place)}>
                  {time.dayAndClock(it, now)}
                </Act>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </div>
  );
}

interface LicenceProps extends RefusalNoteProps {
  refusal: Extract<Refusal, { why: 'licence' }>;
}

function Licence({ refusal, hold, canFindOthers, onPlace, onFindOthers }: LicenceProps) {
  const { booking } = useStrings();
  const [place, setPlace] = useState(refusal.place);
  const { isUnknown } = refusal;
  return (
    <div className={classes.note} role="alert" data-code={isUnknown ? 'place' : 'licence'}>
      <IconLicense aria-hidden className={classes.noteIcon} />
      <div className={classes.noteText}>
        <p className={classes.noteTitle}>
          {isUnknown
            ? booking.licence.unknown
            : booking.licence.title(refusal.wanted.clinicianName)}
        </p>
        <p>{isUnknown ? booking.hold.placeHint : booking.licence.body}</p>
        <PlaceSelect
          label={booking.hold.place}
          none={booking.filters.anyPlace}
          value={place}
          onChange={setPlace}
        />
        <div className={classes.actions}>
          <Act
            tone="main"
            disabled={place === refusal.place}
            onClick={() => {
              onPlace(place);
              void hold.take(refusal.wanted, place);
            }}
          >
            {booking.licence.retry}
          </Act>
          {canFindOthers && place ? (
            <Act onClick={() => onFindOthers(place)}>{booking.licence.find}</Act>
          ) : null}
        </div>
      </div>
    </div>
  );
}
