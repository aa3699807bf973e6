import type { WaitlistCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconBell } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { useNavigation } from '../app/router.tsx';
import { bookPath } from '../booking/choice.ts';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './home.module.css';

interface Waiting {
  entries: readonly WaitlistCard[];
  /** Names of services and of clinicians by their ids. */
  names: ReadonlyMap<string, string>;
}

/** What the person waits for an earlier place of. Nothing while they wait for nothing. */
export function Waitlist() {
  const { booking } = useStrings();
  const bedside = useBedside();
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const { run, trouble } = useAction(async () => {
    const { entries } = await bedside.call('waitlist.list', {});
    if (entries.length === 0) return setWaiting({ entries, names: new Map() });
    const [{ services }, { practitioners }] = await Promise.all([
      bedside.call('service.list', {}),
      bedside.call('practitioner.list', { role: 'clinician' }),
    ]);
    const names = new Map<string, string>([
      ...services.map((it) => [it.service_id, it.terms.name] as const),
      ...practitioners.map((it) => [it.person_id, it.display_name] as const),
    ]);
    setWaiting({ entries, names });
  });
  useEffect(() => void run(), [run]);
  if (trouble) return <TroubleNote trouble={trouble} />;
  if (!waiting || waiting.entries.length === 0) return null;
  return (
    <section className={classes.list}>
      <h2>{booking.waitlist.title}</h2>
      <ul>
        {waiting.entries.map((it) => (
          <Entry key={it.waitlist_id} entry={it} names={waiting.names} onLeft={() => void run()} />
        ))}
      </ul>
    </section>
  );
}

interface EntryProps {
  entry: WaitlistCard;
  names: Waiting['names'];
  onLeft: () => void;
}

function Entry({ entry, names, onLeft }: EntryProps) {
  const { booking } = useStrings();
  const words = booking.waitlist;
  const bedside = useBedside();
  const announce = useAnnounce();
  const { go } = useNavigation();
  const time = useTime();
  const now = useNow();
  const leave = useAction(async () => {
    await bedside.call('waitlist.leave', { waitlist_id: entry.waitlist_id });
    announce(words.left);
    onLeft();
  });
  const service = names.get(entry.service_id) ?? words.someService;
  const clinician = entry.clinician_id ? names.get(entry.clinician_id) : undefined;
  const who = clinician ? booking.times.with(clinician) : words.withAnyone;
  const times = bookPath({ service: entry.service_id, clinician: entry.clinician_id ?? null });
  return (
    <li className={classes.row}>
      <IconBell aria-hidden size={26} className={classes.emptyIcon} />
      <div className={classes.rowText}>
        <p>{words.entry(service, who)}</p>
        <p className="quiet">{words.before(time.day(entry.until, now))}</p>
        {entry.offered_at ? <p>{words.offered(time.relative(entry.offered_at, now))}</p> : null}
        <TroubleNote trouble={leave.trouble} />
      </div>
      <Act onClick={() => go(times)}>{words.see}</Act>
      <Act
        tone="bare"
        className={classes.rowAct ?? ''}
        loading={leave.isRunning}
        aria-label={words.leaveFor(service)}
        onClick={() => leave.run()}
      >
        {words.leave}
      </Act>
    </li>
  );
}
