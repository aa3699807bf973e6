import type { AppointmentCard, OpenSlot } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Skeleton, Textarea, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Trouble, troubleOf } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import shared from './calendar.module.css';
import { addDays, dateAt, isDate } from './days.ts';
import classes from './dialogs.module.css';
import { HeldLeft } from './Entry.tsx';
import { type Kept, useMove } from './useMove.ts';

const DAYS_SHOWN = 14;
const MOST = 80;

export interface MoveDialogProps {
  card: AppointmentCard | null;
  /** Where it was dragged to; the times are shown when absent. */
  wanted: number | null;
  zone: string;
  onClose: () => void;
}

/** Another time for an appointment: from the free ones of its service, or the one that it was dragged to. */
export function MoveDialog({ card, wanted, zone, onClose }: MoveDialogProps) {
  const { calendar } = useStrings();
  return (
    <Sheet
      title={calendar.moveTitle(card?.patient.display_name ?? '')}
      isOpen={card !== null}
      onClose={onClose}
      wide
    >
      {card ? <Move card={card} wanted={wanted} zone={zone} onClose={onClose} /> : null}
    </Sheet>
  );
}

function Move({ card, wanted, zone, onClose }: MoveDialogProps & { card: AppointmentCard }) {
  const { calendar } = useStrings();
  const announce = useAnnounce();
  const time = useTime(zone);
  const now = useNow();
  const move = useMove(card, (moved) => {
    announce(
      calendar.moved(card.patient.display_name, time.dayAndClock(moved.starts_at, Date.now())),
    );
    onClose();
  });
  const { hold } = move;
  useEffect(() => {
    if (wanted !== null) void hold(wanted);
  }, [wanted, hold]);
  const isWaiting = wanted !== null && move.isHolding && !move.kept;
  return (
    <div className={classes.move}>
      <TroubleNote trouble={move.trouble} />
      {move.isLapsed ? (
        <p className={classes.conflict} role="alert">
          {calendar.moveLapsed}
        </p>
      ) : null}
      {move.conflict ? (
        <div className={classes.conflict} role="alert">
          <h3>{calendar.taken(time.dayAndClock(move.conflict.at, now))}</h3>
          <p>{move.conflict.nextFree.length > 0 ? calendar.takenBody : calendar.takenNone}</p>
          <div className={classes.actions}>
            {move.conflict.nextFree.slice(0, 6).map((at) => (
              <Act key={at} onClick={() => move.hold(at)} disabled={move.isHolding}>
                {time.dayAndClock(at, now)}
              </Act>
            ))}
          </div>
        </div>
      ) : null}
      {move.unlicensed === null ? null : (
        <Licence
          isRunning={move.isHolding}
          onGo={(reason) => move.hold(move.unlicensed ?? 0, reason)}
        />
      )}
      {move.kept ? (
        <Summary
          card={card}
          kept={move.kept}
          zone={zone}
          isMoving={move.isMoving}
          onMove={() => move.move()}
          onOther={move.release}
        />
      ) : isWaiting ? (
        <Skeleton height={120} radius="md" />
      ) : (
        <Times card={card} zone={zone} isBusy={move.isHolding} onChoose={(at) => move.hold(at)} />
      )}
    </div>
  );
}

interface SummaryProps {
  card: AppointmentCard;
  kept: Kept;
  zone: string;
  isMoving: boolean;
  onMove: () => void;
  onOther: () => void;
}

/** From when to when, before anything is changed. */
function Summary({ card, kept, zone, isMoving, onMove, onOther }: SummaryProps) {
  const { calendar } = useStrings();
  const time = useTime(zone);
  const now = useNow();
  const when = (from: number, until: number) =>
    `${time.day(from, now)} ${time.range(from, until)} ${time.zoneAbbreviation(from)}`;
  return (
    <>
      <dl className={classes.fromTo}>
        <dt>{calendar.from}</dt>
        <dd>{when(card.starts_at, card.ends_at)}</dd>
        <dt>{calendar.to}</dt>
        <dd>{when(kept.from, kept.until)}</dd>
      </dl>
      <p className="quiet">
        <Countdown until={kept.hold.expires_at} />
      </p>
      <div className={classes.actions}>
        <Act tone="main" onClick={onMove} loading={isMoving} data-autofocus>
          {calendar.moveConfirm}
        </Act>
        <Act tone="quiet" onClick={onOther} disabled={isMoving}>
          {calendar.moveOther}
        </Act>
      </div>
    </>
  );
}

function Countdown({ until }: { until: number }) {
  const { calendar } = useStrings();
  const [before, after] = calendar.moveHeld('\u0000').split('\u0000');
  return (
    <>
      {before}
      <HeldLeft until={until} />
      {after}
    </>
  );
}

function Licence({ isRunning, onGo }: { isRunning: boolean; onGo: (reason: string) => void }) {
  const { calendar } = useStrings();
  const [reason, setReason] = useState('');
  return (
    <div className={classes.conflict} role="alert">
      <p>{calendar.licenceBody}</p>
      <Textarea
        size="md"
        label={calendar.licence}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <div className={classes.actions}>
        <Act
          onClick={() => onGo(reason.trim())}
          loading={isRunning}
          disabled={reason.trim() === ''}
        >
          {calendar.licenceTry}
        </Act>
      </div>
    </div>
  );
}

interface TimesProps {
  card: AppointmentCard;
  zone: string;
  isBusy: boolean;
  onChoose: (at: number) => void;
}

/** Free times of the same service with the same clinician, a button each, by day. */
function Times({ card, zone, isBusy, onChoose }: TimesProps) {
  const { calendar } = useStrings();
  const time = useTime(zone);
  const now = useNow();
  const today = dateAt(now, zone);
  const [from, setFrom] = useState(today);
  const { slots, hasMore, trouble } = useTimes(card, from < today ? today : from, zone);
  return (
    <>
      <p>{calendar.moveNow(time.dayAndClock(card.starts_at, now))}</p>
      <TextInput
        size="md"
        type="date"
        label={calendar.moveFrom}
        min={today}
        value={from}
        onChange={(event) => {
          if (isDate(event.currentTarget.value)) setFrom(event.currentTarget.value);
        }}
      />
      <TroubleNote trouble={trouble} />
      {slots === null ? (
        trouble ? null : (
          <Skeleton height={160} radius="md" />
        )
      ) : slots.length === 0 ? (
        <p className={shared.empty}>{calendar.moveNone}</p>
      ) : (
        byDay(slots, zone).map(([date, times]) => (
          <div key={date} className={classes.moveDay}>
            <h3 id={`free-${date}`}>{time.day(times[0]?.starts_at ?? 0, now)}</h3>
            <ul className={classes.times} aria-labelledby={`free-${date}`}>
              {times.map((it) => (
                <li key={it.starts_at}>
                  <Act onClick={() => onChoose(it.starts_at)} disabled={isBusy}>
                    <bdi>{time.bareClock(it.starts_at)}</bdi>
                    <span className="hidden">{`, ${time.day(it.starts_at, now)}`}</span>
                  </Act>
                </li>
              ))}
            </ul>
          </div>
        ))
      )}
      {hasMore ? <p className="quiet">{calendar.moveMore}</p> : null}
    </>
  );
}

function useTimes(card: AppointmentCard, from: string, zone: string) {
  const bedside = useBedside();
  const [found, setFound] = useState<{ slots: readonly OpenSlot[]; hasMore: boolean } | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { service_id, clinician } = card;
  useEffect(() => {
    let isCurrent = true;
    setFound(null);
    setTrouble(null);
    if (!service_id) return undefined;
    const params = {
      clinician_id: clinician.person_id,
      service_id,
      from,
      until: addDays(from, DAYS_SHOWN - 1),
      time_zone: zone,
      limit: MOST,
    };
    bedside.call('slot.search', params).then(
      ({ slots, has_more }) => {
        if (isCurrent) setFound({ slots, hasMore: has_more });
      },
      (error: unknown) => {
        if (isCurrent) setTrouble(troubleOf(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [bedside, service_id, clinician.person_id, from, zone]);
  return { slots: found?.slots ?? null, hasMore: found?.hasMore ?? false, trouble };
}

function byDay(slots: readonly OpenSlot[], zone: string): [string, OpenSlot[]][] {
  const days = new Map<string, OpenSlot[]>();
  for (const slot of slots) {
    const date = dateAt(slot.starts_at, zone);
    days.set(date, [...(days.get(date) ?? []), slot]);
  }
  return [...days];
}
