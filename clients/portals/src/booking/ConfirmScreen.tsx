import type { AppointmentCard, Me, ServiceCard } from '@bedside/client';
import { Textarea } from '@mantine/core';
import { IconArrowLeft, IconCheck, IconCreditCard, IconRefresh } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { cityOf } from '../format/time.ts';
import { Act } from '../parts/Act.tsx';
import { PlaceSelect } from '../parts/PlaceSelect.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import shared from './book.module.css';
import { Countdown, useLeft } from './Countdown.tsx';
import { priceText } from './directory.ts';
import classes from './hold.module.css';
import { type HoldHere, type HoldStage, useBooking, usePayment } from './hold.ts';

/** As the hub accepts it. */
const MOST_REASON = 500;

type Held = Extract<HoldStage, { at: 'held' }>;

export interface ConfirmScreenProps {
  me: Me;
  service: ServiceCard;
  stage: Held;
  moved: AppointmentCard | null;
  hold: HoldHere;
  onPlace: (place: string | null) => void;
  onDone: (card: AppointmentCard) => void;
}

/** The held time with its countdown, what the clinician should know, and one button that books. */
export function ConfirmScreen(props: ConfirmScreenProps) {
  const { service, stage, moved, hold, onPlace, onDone } = props;
  const { booking } = useStrings();
  const words = booking.hold;
  const heading = useRef<HTMLHeadingElement>(null);
  const [reason, setReason] = useState('');
  const left = useLeft(stage.hold.expires_at);
  const book = useBooking(moved?.appointment_id ?? null);
  const pay = usePayment();
  const needsPayment = stage.hold.needs_payment === true && moved === null;
  const confirm = useAction(async () => {
    if (!needsPayment) return onDone(await book(stage.hold, reason.trim()));
    const page = await pay(stage.hold, reason.trim());
    // Whoever went back meanwhile gave it back, and pays for nothing. This screen stays until the other page is there.
    if (hold.paying(stage.hold)) location.assign(page);
  });
  const another = useAction(async (place: string | null) => {
    onPlace(place);
    await hold.takeFrom(place);
  });
  useEffect(() => heading.current?.focus(), []);
  // By its text: the hub may know codes that this version has no type for.
  const code: string | undefined = confirm.trouble?.code;
  if (code === 'hold_expired' || (left <= 0 && !confirm.isRunning)) {
    return <Expired onAgain={hold.leave} />;
  }
  return (
    <div className={classes.confirm}>
      <h1 ref={heading} tabIndex={-1}>
        {booking.steps.confirm}
      </h1>
      <Countdown left={left} />
      <Facts service={service} stage={stage} moved={moved} />
      <Price stage={stage} />
      {moved ? null : (
        <>
          <Textarea
            size="md"
            rows={2}
            label={words.reason}
            description={words.reasonHint}
            value={reason}
            maxLength={MOST_REASON}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {reason.length > MOST_REASON - 100 ? (
            <p className={shared.small} role="status">
              {words.reasonLeft(MOST_REASON - reason.length)}
            </p>
          ) : null}
        </>
      )}
      <PlaceSelect
        label={words.place}
        description={words.placeHint}
        none={booking.filters.anyPlace}
        value={stage.place}
        onChange={(place) => void another.run(place)}
      />
      <TroubleNote trouble={confirm.trouble} />
      <div className={shared.actions}>
        <Act
          tone="main"
          large
          icon={needsPayment ? <IconCreditCard aria-hidden /> : <IconCheck aria-hidden />}
          loading={confirm.isRunning || another.isRunning}
          onClick={() => confirm.run()}
          data-testid="book"
        >
          {moved ? words.confirmMove : needsPayment ? booking.payment.pay : words.confirm}
        </Act>
        <Act tone="bare" icon={<IconArrowLeft aria-hidden size={20} />} onClick={hold.leave}>
          {words.back}
        </Act>
      </div>
    </div>
  );
}

function Facts({ service, stage, moved }: Pick<ConfirmScreenProps, 'service' | 'stage' | 'moved'>) {
  const { booking } = useStrings();
  const words = booking.hold;
  const { wanted } = stage;
  const time = useTime();
  const there = useTime(wanted.zone);
  const now = useNow(60_000);
  const isElsewhere = time.bareClock(wanted.startsAt) !== there.bareClock(wanted.startsAt);
  return (
    <dl className={classes.facts}>
      <dt>{words.what}</dt>
      <dd>
        {service.terms.name}, {booking.services.minutes(service.terms.duration_min)}
      </dd>
      <dt>{words.with}</dt>
      <dd>{wanted.clinicianName}</dd>
      {moved ? (
        <>
          <dt>{words.before}</dt>
          <dd>{time.dayAndClock(moved.starts_at, now)}</dd>
        </>
      ) : null}
      <dt>{moved ? words.after : words.when}</dt>
      <dd>
        <strong>
          {time.day(wanted.startsAt, now)}, <bdi>{time.clock(wanted.startsAt)}</bdi>
        </strong>
        <span className={classes.factNote}>{time.zoneName(wanted.startsAt)}</span>
        {isElsewhere ? (
          <span className={classes.factNote}>
            {words.there(there.bareClock(wanted.startsAt), cityOf(wanted.zone))}
          </span>
        ) : null}
      </dd>
    </dl>
  );
}

/** What it costs, and how it is paid. Nothing of a card is ever typed in here. */
function Price({ stage }: { stage: Held }) {
  const { booking, language } = useStrings();
  const { price } = stage.hold;
  if (!price) return null;
  return (
    <div className={shared.note}>
      <div className={shared.noteText}>
        <p className={shared.noteTitle}>
          {booking.hold.price}: {priceText(price, language)}
        </p>
        <p>{stage.hold.needs_payment ? booking.payment.how : booking.payment.atTheClinic}</p>
      </div>
    </div>
  );
}

function Expired({ onAgain }: { onAgain: () => void }) {
  const { booking } = useStrings();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className={classes.confirm} role="alert">
      <h1 ref={heading} tabIndex={-1}>
        {booking.hold.expired}
      </h1>
      <p>{booking.hold.expiredBody}</p>
      <div className={shared.actions}>
        <Act tone="main" large icon={<IconRefresh aria-hidden />} onClick={onAgain}>
          {booking.hold.again}
        </Act>
      </div>
    </div>
  );
}
