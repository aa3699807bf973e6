import type { AppointmentCard, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useMore } from '../parts/useMore.ts';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';
import { Withheld } from './Profile.tsx';

export interface ChartVisitsProps {
  patientId: PersonId;
  isWithheld: boolean;
  /** What they are about may be seen too. */
  hasReasons: boolean;
}

/** All visits of a patient. They are read when somebody wants to see them: what is read is written down. */
export function ChartVisits({ patientId, isWithheld, hasReasons }: ChartVisitsProps) {
  const { chart } = useStrings();
  const words = chart.visits;
  const bedside = useBedside();
  const [visits, setVisits] = useState<readonly AppointmentCard[] | null>(null);
  const [isRefused, setRefused] = useState(false);
  const show = useAction(async () => {
    const { appointments } = await bedside.call('patient.list_visits', { patient_id: patientId });
    setVisits(appointments.toReversed());
  });
  // What holds may have changed since the page was opened.
  const isShut = isWithheld || isRefused;
  if (show.trouble?.code === 'forbidden' && !isRefused) setRefused(true);
  return (
    <section className={classes.card} aria-labelledby="class-visits" data-class="visits">
      <div>
        <h2 id="class-visits">{chart.classes.visits}</h2>
        {isShut ? null : (
          <p className="quiet">
            {words.lead} {hasReasons ? null : words.noReasons}
          </p>
        )}
      </div>
      {isShut ? (
        <Withheld more={hasReasons ? words.onlyReasons : words.noReasons} />
      ) : visits ? (
        <Visits visits={visits} />
      ) : (
        <>
          <TroubleNote trouble={show.trouble} />
          <div>
            <Act onClick={() => show.run()} loading={show.isRunning}>
              {words.show}
            </Act>
          </div>
        </>
      )}
    </section>
  );
}

function Visits({ visits }: { visits: readonly AppointmentCard[] }) {
  const { chart, stages } = useStrings();
  const words = chart.visits;
  const time = useTime();
  const now = useNow(60_000);
  const { count, isMore, end } = useMore(visits.length);
  if (visits.length === 0) return <p>{words.none}</p>;
  return (
    <ul className={classes.list}>
      {visits.slice(0, count).map((it) => (
        <li key={it.appointment_id} className={classes.row}>
          <div>
            <p className={classes.strong}>
              {time.day(it.starts_at, now)}, <bdi>{time.range(it.starts_at, it.ends_at)}</bdi>{' '}
              {time.zoneAbbreviation(it.starts_at)}
            </p>
            <p className="quiet">{words.with(it.clinician.display_name)}</p>
            {it.reason ? <p className={classes.said}>{it.reason}</p> : null}
          </div>
          <Chip>{stages[it.stage]}</Chip>
        </li>
      ))}
      {isMore ? <li key={count} ref={end} aria-hidden="true" /> : null}
    </ul>
  );
}
