import type { AttendanceEntry, VisitView } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconChevronRight } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTime } from '../app/hooks.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { type Strings, useStrings } from '../strings/index.ts';
import classes from './host.module.css';

/** Who came and went, read when it is opened and whenever the visit changes. */
export function AttendanceList({ view }: { view: VisitView }) {
  const { visit: words } = useStrings();
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className={classes.attendance}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      data-testid="attendance"
    >
      <summary>
        <IconChevronRight aria-hidden size={20} className={classes.chevron} />
        {words.attendance}
      </summary>
      {isOpen ? <Entries view={view} /> : null}
    </details>
  );
}

function Entries({ view }: { view: VisitView }) {
  const { visit: words } = useStrings();
  const bedside = useBedside();
  const time = useTime();
  const [entries, setEntries] = useState<readonly AttendanceEntry[] | null>(null);
  const read = useAction(async () => {
    const answer = await bedside.call('visit.read_attendance', {
      appointment_id: view.appointment_id,
    });
    setEntries(answer.entries);
  });
  const { run } = read;
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new revision of the visit may be a new entry.
  useEffect(() => {
    void run();
  }, [run, view.revision]);
  if (read.trouble && !entries) return <TroubleNote trouble={read.trouble} />;
  if (!entries) return null;
  if (entries.length === 0) return <p className="quiet">{words.attendanceEmpty}</p>;
  return (
    <ol className={classes.entries}>
      {entries.map((entry) => (
        <li key={entry.number}>
          <span className={classes.entryTime}>{time.bareClock(entry.at)}</span>
          <span>{entryWords(entry, words)}</span>
        </li>
      ))}
    </ol>
  );
}

export function entryWords(entry: AttendanceEntry, { entry: words }: Strings['visit']): string {
  return words[entry.what](entry.display_name ?? '');
}
