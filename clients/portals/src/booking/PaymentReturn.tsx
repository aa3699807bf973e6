import { type AppointmentCard, BedsideError, type Payment, type PaymentId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconArrowLeft, IconCreditCard, IconRefresh } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useNavigation } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Trouble, troubleOf, useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import shared from './book.module.css';
import { Countdown, useLeft } from './Countdown.tsx';
import { bookPath } from './choice.ts';
import { priceText } from './directory.ts';
import classes from './hold.module.css';

/** How often an unfinished payment is asked for while its page is open. */
const ASK_EVERY_MS = 5_000;

export interface PaymentReturnProps {
  paymentId: PaymentId;
  onDone: (card: Pick<AppointmentCard, 'appointment_id'>, known: AppointmentCard | null) => void;
}

/** Back from the provider's page: what was reserved is booked at once; what was not says so, with the way on. */
export function PaymentReturn({ paymentId, onDone }: PaymentReturnProps) {
  const bedside = useBedside();
  const [payment, setPayment] = useState<Payment | null>(null);
  const key = useRef(`payment-${paymentId}`);
  const look = async () => {
    const read = await bedside.call('payment.read', { payment_id: paymentId });
    setPayment(read);
    if (read.appointment_id) return onDone({ appointment_id: read.appointment_id }, null);
    if (!isReserved(read)) return;
    const params = { payment_id: paymentId };
    const card = await bedside.call('payment.confirm', params, { key: key.current });
    onDone(card, card);
  };
  // What went wrong stays in sight while it is asked again, and goes when that went well.
  const [failure, setFailure] = useState<{ trouble: Trouble; isFinal: boolean } | null>(null);
  const { run, isRunning } = useAction(async () => {
    try {
      await look();
      setFailure(null);
    } catch (error) {
      const isFinal = error instanceof BedsideError && error.retry === 'never';
      setFailure({ trouble: troubleOf(error), isFinal });
    }
  });
  const isOpen = payment === null || payment.page_url !== undefined || isReserved(payment);
  const isAsking = isOpen && failure?.isFinal !== true;
  useEffect(() => void run(), [run]);
  useEffect(() => {
    if (!isAsking) return undefined;
    const timer = setInterval(() => void run(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [run, isAsking]);
  // By its text: the hub may know codes that this version has no type for.
  const code: string | undefined = failure?.trouble.code;
  if (code === 'hold_expired') return <NotBooked />;
  const trouble = failure ? (
    <TroubleNote trouble={failure.trouble}>
      <Again isRunning={isRunning} onAgain={() => void run()} />
    </TroubleNote>
  ) : null;
  if (!payment || payment.appointment_id) return trouble ?? <PageSkeleton />;
  if (isReserved(payment)) return <Reserved trouble={trouble} />;
  return payment.page_url ? (
    <Unfinished payment={payment} page={payment.page_url} trouble={trouble} />
  ) : (
    <NotBooked />
  );
}

/** The provider keeps the money ready, and the time is held: what is left is to book it. */
function isReserved({ state, held_until }: Payment): boolean {
  return state === 'authorised' && held_until !== undefined;
}

function Again({ isRunning, onAgain }: { isRunning: boolean; onAgain: () => void }) {
  const { common } = useStrings();
  return (
    <Act icon={<IconRefresh aria-hidden size={20} />} loading={isRunning} onClick={onAgain}>
      {common.tryAgain}
    </Act>
  );
}

function Reserved({ trouble }: { trouble: ReactNode }) {
  const { payment: words } = useStrings().booking;
  const heading = useFocus();
  return (
    <div className={classes.confirm}>
      <h1 ref={heading} tabIndex={-1}>
        {trouble ? words.notYetBooked : words.reserved}
      </h1>
      <p>{words.reservedBody}</p>
      {trouble}
    </div>
  );
}

interface UnfinishedProps {
  payment: Payment;
  page: string;
  trouble: ReactNode;
}

function Unfinished({ payment, page, trouble }: UnfinishedProps) {
  const { booking, language } = useStrings();
  const { go } = useNavigation();
  const words = booking.payment;
  const left = useLeft(payment.held_until ?? 0);
  const heading = useFocus();
  const wasDeclined = payment.state === 'declined';
  if (left <= 0) return <NotBooked />;
  return (
    <div className={classes.confirm}>
      <h1 ref={heading} tabIndex={-1}>
        {wasDeclined ? words.declined : words.unfinished}
      </h1>
      <Countdown left={left} />
      <p>{wasDeclined ? words.declinedBody : words.unfinishedBody}</p>
      <p>
        {booking.hold.price}: {priceText(payment.price, language)}
      </p>
      {trouble}
      <div className={shared.actions}>
        <Act
          tone="main"
          large
          icon={<IconCreditCard aria-hidden />}
          onClick={() => location.assign(page)}
        >
          {words.goOn}
        </Act>
        <Act
          tone="bare"
          icon={<IconArrowLeft aria-hidden size={20} />}
          onClick={() => go(bookPath())}
        >
          {booking.hold.back}
        </Act>
      </div>
    </div>
  );
}

/** The time is no longer kept: nothing was booked, and nothing was taken. */
function NotBooked() {
  const { booking } = useStrings();
  const { go } = useNavigation();
  const heading = useFocus();
  return (
    <div className={classes.confirm} role="alert">
      <h1 ref={heading} tabIndex={-1}>
        {booking.hold.expired}
      </h1>
      <p>{booking.payment.nothingTaken}</p>
      <div className={shared.actions}>
        <Act tone="main" large icon={<IconRefresh aria-hidden />} onClick={() => go(bookPath())}>
          {booking.hold.again}
        </Act>
      </div>
    </div>
  );
}

function useFocus() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}
