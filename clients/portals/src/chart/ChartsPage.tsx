import type { EmergencyCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useRead } from '../admin/useRead.ts';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { ID, patientPath } from '../app/pages.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';

/** Records that are open in an emergency, and the way to one by its number. */
export function ChartsPage() {
  const words = useStrings().chart.list;
  useTitle(words.title);
  return (
    <Shell width="medium">
      <div className={classes.page}>
        <div>
          <h1>{words.title}</h1>
          <p className="quiet">{words.lead}</p>
        </div>
        <OpenOnes />
        <ByNumber />
      </div>
    </Shell>
  );
}

function OpenOnes() {
  const { chart, common } = useStrings();
  const words = chart.list;
  const bedside = useBedside();
  useNow(30_000);
  const { value, trouble, reload } = useRead('emergency.list');
  const open = value?.emergencies.filter((it) => it.ends_at > bedside.hubTime());
  return (
    <section className={classes.card} aria-labelledby="open-records">
      <h2 id="open-records">{words.open}</h2>
      <TroubleNote trouble={trouble}>
        <Act onClick={reload}>{common.tryAgain}</Act>
      </TroubleNote>
      {!open ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : open.length === 0 ? (
        <p>{words.none}</p>
      ) : (
        <ul className={classes.list}>
          {open.map((it) => (
            <OpenOne key={it.grant_id} card={it} />
          ))}
        </ul>
      )}
    </section>
  );
}

function OpenOne({ card }: { card: EmergencyCard }) {
  const { chart } = useStrings();
  const words = chart.list;
  const time = useTime();
  const now = useNow(60_000);
  const reason = chart.emergency.reasons[card.reason];
  const when = time.dayAndClock(card.opened_at, now);
  return (
    <li className={classes.row}>
      <div>
        <p className={classes.strong}>{words.until(time.clock(card.ends_at))}</p>
        <p className="quiet">
          {words.openedAt(when)}. {reason}.
        </p>
      </div>
      <Link
        to={patientPath(card.patient_id)}
        className={classes.rowLink}
        label={words.goOf(reason, when)}
      >
        {words.go}
      </Link>
    </li>
  );
}

function ByNumber() {
  const words = useStrings().chart.list;
  const { go } = useNavigation();
  const [number, setNumber] = useState('');
  const [faults, setFaults] = useState<readonly 'number'[]>([]);
  const form = useFaultFocus(faults);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = number.trim().toLowerCase();
    setFaults(ID.test(id) ? [] : ['number']);
    if (ID.test(id)) go(patientPath(id));
  };
  return (
    <form ref={form} className={classes.card} onSubmit={submit} noValidate>
      <div>
        <h2>{words.by}</h2>
        <p className="quiet">{words.byLead}</p>
      </div>
      <TextInput
        size="md"
        label={words.number}
        autoComplete="off"
        spellCheck={false}
        value={number}
        error={faults.length > 0 ? words.fault : null}
        onChange={(event) => setNumber(event.currentTarget.value)}
      />
      <div>
        <Act type="submit">{words.submit}</Act>
      </div>
    </form>
  );
}
