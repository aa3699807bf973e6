import type { AuditFormat } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { download } from '../parts/download.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import { type AuditQuery, paramsOf } from './query.ts';

interface Saved {
  format: AuditFormat;
  rows: number;
  /** Where the next file begins. */
  cursor: string | undefined;
}

/** What was found, as a file. It comes over the socket and never by an address. */
export function Exporter({ query }: { query: AuditQuery }) {
  const words = useStrings().audit.file;
  const bedside = useBedside();
  const announce = useAnnounce();
  const { zone } = useTime();
  const [isOpen, setOpen] = useState(false);
  const [saved, setSaved] = useState<Saved | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters are another file.
  useEffect(() => setSaved(null), [query]);
  const save = useAction(async (format: AuditFormat, cursor?: string) => {
    const params = { format, ...paramsOf(query, zone), ...(cursor !== undefined && { cursor }) };
    const file = await bedside.call('audit.export', params);
    download(file.file_name, file.text, `${file.content_type};charset=utf-8`);
    setSaved({ format, rows: file.rows, cursor: file.cursor });
    announce(words.saved(file.rows));
  });
  return (
    <>
      <Act icon={<IconDownload aria-hidden size={20} />} onClick={() => setOpen(true)}>
        {words.title}
      </Act>
      <Sheet title={words.title} isOpen={isOpen} onClose={() => setOpen(false)}>
        <div className={classes.sheet}>
          <p>{words.hint}</p>
          <TroubleNote trouble={save.trouble} />
          <div className={classes.ways}>
            <Act onClick={() => save.run('csv')} loading={save.isRunning}>
              {words.csv}
            </Act>
            <Act onClick={() => save.run('ndjson')} loading={save.isRunning}>
              {words.ndjson}
            </Act>
            <Act onClick={() => save.run('fhir')} loading={save.isRunning}>
              {words.fhir}
            </Act>
          </div>
          {saved ? <Next saved={saved} onNext={(it) => save.run(it.format, it.cursor)} /> : null}
        </div>
      </Sheet>
    </>
  );
}

function Next({ saved, onNext }: { saved: Saved; onNext: (saved: Saved) => void }) {
  const words = useStrings().audit.file;
  return (
    <>
      <p>
        {words.saved(saved.rows)} {saved.cursor === undefined ? null : words.isMore}
      </p>
      {saved.cursor === undefined ? null : (
        <div>
          <Act onClick={() => onNext(saved)}>{words.next}</Act>
        </div>
      )}
    </>
  );
}
