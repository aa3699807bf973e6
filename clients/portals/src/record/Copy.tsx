import type { AccessLine, RecordExport } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { useFileFormat } from '../files/format.ts';
import { dateInZone } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { download } from '../parts/download.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';

/** Ten thousand messages are opened one by one. */
const PATIENCE_MS = 180_000;

/** A copy of the record, made when it is asked for. It is in the memory of this page alone, and goes with it. */
export function Copy() {
  const words = useStrings().record.copy;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [made, setMade] = useState<RecordExport | null>(null);
  const make = useAction(async () => {
    setMade(null);
    announce(words.making);
    setMade(await bedside.call('record.export', {}, { deadlineMs: PATIENCE_MS }));
    announce(words.ready);
  });
  return (
    <section className={classes.card} aria-labelledby="copy">
      <div>
        <h2 id="copy">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <TroubleNote trouble={make.trouble} />
      {make.isRunning ? <p className={classes.busy}>{words.making}</p> : null}
      {made ? <Ready made={made} /> : null}
      <div>
        <Act
          tone={made ? 'quiet' : 'main'}
          onClick={() => make.run()}
          loading={make.isRunning}
          aria-label={made ? words.again : words.make}
        >
          {made ? words.again : words.make}
        </Act>
      </div>
    </section>
  );
}

function Ready({ made }: { made: RecordExport }) {
  const { record, language } = useStrings();
  const words = record.copy;
  const announce = useAnnounce();
  const time = useTime();
  const now = useNow(60_000);
  const format = useFileFormat();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const size = useMemo(() => new TextEncoder().encode(made.fhir).length, [made]);
  const count = useMemo(() => entriesOf(made.fhir), [made]);
  const day = dateInZone(made.made_at, time.zone);
  const save = (name: string, text: string, type: string) => {
    download(name, text, type);
    announce(words.saved(name));
  };
  return (
    <div className={classes.ready}>
      <h3 ref={title} tabIndex={-1}>
        {words.ready}
      </h3>
      <p>
        {words.made(time.dayAndClock(made.made_at, now), format.size(size))}{' '}
        {count === null ? null : words.holds(new Intl.NumberFormat(language).format(count))}
      </p>
      {made.is_cut ? <p>{words.cut}</p> : null}
      <p>{words.safe}</p>
      <div className={classes.ways}>
        <Act
          tone="main"
          icon={<IconDownload aria-hidden size={20} />}
          onClick={() => save(words.fileName(day), made.fhir, 'application/fhir+json')}
        >
          {words.record}
        </Act>
        <Act
          icon={<IconDownload aria-hidden size={20} />}
          onClick={() =>
            save(words.accessName(day), csvOf(made.access, words.columns), 'text/csv;charset=utf-8')
          }
        >
          {words.accessFile}
        </Act>
      </div>
    </div>
  );
}

/** How many things a bundle holds; `null` when it cannot be told. */
export function entriesOf(fhir: string): number | null {
  try {
    const bundle: unknown = JSON.parse(fhir);
    if (typeof bundle !== 'object' || bundle === null || !('entry' in bundle)) return null;
    return Array.isArray(bundle.entry) ? bundle.entry.length : null;
  } catch {
    return null;
  }
}

/** A line each; times as the clinic's system keeps them, so that no zone is lost. */
export function csvOf(lines: readonly AccessLine[], columns: readonly string[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = lines.map((it) => [
    new Date(it.at).toISOString(),
    it.caller ?? '',
    it.role ?? '',
    it.operation,
    it.phase,
  ]);
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
