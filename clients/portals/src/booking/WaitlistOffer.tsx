import type { PersonId, ServiceCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { TextInput } from '@mantine/core';
import { IconBell, IconCircleCheck } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { daysBetween, dayText, isDay, plusDays } from '../format/days.ts';
import { dateInZone, zonedInstant } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import shared from './book.module.css';
import classes from './search.module.css';

const USUAL_DAYS = 14;
/** As the hub accepts it. */
const MOST_DAYS = 366;

export interface WaitlistOfferProps {
  service: ServiceCard;
  clinician: PersonId | null;
}

/** Nothing early enough: tell me when something comes. */
export function WaitlistOffer({ service, clinician }: WaitlistOfferProps) {
  const { booking } = useStrings();
  const words = booking.waitlist;
  const bedside = useBedside();
  const time = useTime();
  const now = useNow(60_000);
  const today = dateInZone(now, time.zone);
  const [until, setUntil] = useState(() => plusDays(today, USUAL_DAYS));
  const [isWrong, setWrong] = useState(false);
  const [joined, setJoined] = useState<string | null>(null);
  const join = useAction(async (end: number) => {
    await bedside.call('waitlist.join', {
      service_id: service.service_id,
      ...(clinician ? { clinician_id: clinician } : {}),
      from: Date.now(),
      until: end,
    });
    setJoined(dayText(until, time.language));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const distance = isDay(until) ? daysBetween(today, until) : 0;
    const end = zonedInstant(until, '00:00', time.zone);
    const isRight = distance >= 1 && distance < MOST_DAYS && 'at' in end;
    setWrong(!isRight);
    if (isRight) void join.run(end.at);
  };
  if (joined !== null) {
    return (
      <section className={classes.waitlist} role="status">
        <IconCircleCheck aria-hidden size={28} className={shared.doneIcon} />
        <div className={shared.noteText}>
          <h2>{words.joined}</h2>
          <p>{words.joinedBody(joined)}</p>
        </div>
      </section>
    );
  }
  return (
    <section className={classes.waitlist}>
      <IconBell aria-hidden size={28} className={classes.earliestIcon} />
      <form className={shared.noteText} onSubmit={submit} noValidate>
        <h2>{words.offer}</h2>
        <p>{words.offerBody}</p>
        <TroubleNote trouble={join.trouble} />
        <div className={classes.waitlistFields}>
          <TextInput
            type="date"
            size="md"
            label={words.until}
            value={until}
            min={plusDays(today, 1)}
            error={isWrong ? words.untilError : null}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
          <Act type="submit" loading={join.isRunning}>
            {words.join}
          </Act>
        </div>
      </form>
    </section>
  );
}
