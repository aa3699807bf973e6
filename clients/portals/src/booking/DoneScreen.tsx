import type { AppointmentCard, AppointmentId, ServiceCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconCalendarPlus, IconCircleCheck, IconHome } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { useNavigation } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { isClosed } from '../patient/next.ts';
import { useStrings } from '../strings/index.ts';
import shared from './book.module.css';
import { CalendarAct } from './CalendarAct.tsx';
import classes from './done.module.css';

export interface DoneScreenProps {
  appointmentId: AppointmentId;
  /** The answer of the booking; after a reload it is read again. */
  known: AppointmentCard | null;
  wasMoved: boolean;
  services: readonly ServiceCard[];
}

/** It is booked: when, with whom, and what happens next. */
export function DoneScreen({ appointmentId, known, wasMoved, services }: DoneScreenProps) {
  const { booking } = useStrings();
  const bedside = useBedside();
  const { go } = useNavigation();
  const time = useTime();
  const now = useNow(60_000);
  const heading = useRef<HTMLHeadingElement>(null);
  const [read, setRead] = useState<AppointmentCard | null>(null);
  const card = known?.appointment_id === appointmentId ? known : read;
  const { run, trouble } = useAction(async () => {
    setRead(await bedside.call('appointment.read', { appointment_id: appointmentId }));
  });
  const isKnown = card !== null;
  // The address of a payment can be opened again, long after what it booked was cancelled or is over.
  const isOver = card !== null && isClosed(card.stage);
  useEffect(() => {
    if (isKnown) heading.current?.focus();
    else void run();
  }, [isKnown, run]);
  useEffect(() => {
    if (isOver) go('/', { replace: true });
  }, [isOver, go]);
  if (isOver) return <PageSkeleton />;
  if (!card) return trouble ? <TroubleNote trouble={trouble} /> : <PageSkeleton />;
  const service = services.find((it) => it.service_id === card.service_id);
  return (
    <div className={classes.done}>
      <IconCircleCheck aria-hidden size={52} stroke={1.4} className={shared.doneIcon} />
      <h1 ref={heading} tabIndex={-1}>
        {wasMoved ? booking.done.moved : booking.done.booked}
      </h1>
      <div className={classes.doneCard}>
        <p className={classes.doneTime}>
          {time.day(card.starts_at, now)}, <bdi>{time.clock(card.starts_at)}</bdi>
        </p>
        <p className="quiet">{time.zoneName(card.starts_at)}</p>
        <p>
          {service ? `${service.terms.name}, ` : null}
          {booking.times.with(card.clinician.display_name)}
        </p>
      </div>
      <div className={shared.actions}>
        <CalendarAct
          appointmentId={appointmentId}
          tone="main"
          large
          icon={<IconCalendarPlus aria-hidden />}
        />
        <Act large icon={<IconHome aria-hidden />} onClick={() => go('/')}>
          {booking.done.home}
        </Act>
      </div>
      <section className={classes.nextSteps}>
        <h2>{booking.done.next}</h2>
        <ol>
          <li>{booking.done.reminder}</li>
          <li>{booking.done.check}</li>
          <li>{booking.done.enter}</li>
          <li>{booking.done.change}</li>
        </ol>
      </section>
    </div>
  );
}
