import type { FileId, QuarantinedFile } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { usePages } from '../audit/usePages.ts';
import { useFileFormat } from '../files/format.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { Empty, Table } from './Table.tsx';

type Deed = 'release' | 'remove';

/** Files that the antivirus knows: let go when it is wrong, or destroyed. */
export function Quarantine() {
  const { quarantine: words, common } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [asking, setAsking] = useState<{ file: QuarantinedFile; deed: Deed } | null>(null);
  const read = useCallback(
    async (after: string | undefined) => {
      const page = await bedside.call('quarantine.list', {
        ...(after !== undefined && { after: after as FileId }),
      });
      const cursor = page.has_more ? page.files.at(-1)?.file_id : undefined;
      return { items: page.files, cursor };
    },
    [bedside],
  );
  const { items, isMore, isLoading, trouble, older, again } = usePages(read);
  const more = async () => {
    const came = await older();
    if (came) announce(words.moreCame(came.length));
  };
  return (
    <>
      <p className={classes.lead}>{words.lead}</p>
      <TroubleNote trouble={trouble}>
        {items ? null : <Act onClick={again}>{common.tryAgain}</Act>}
      </TroubleNote>
      {items === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : items.length === 0 ? (
        <Empty title={words.empty} body={words.emptyBody} />
      ) : (
        <Table
          label={words.title}
          columns={[words.file, words.found, words.came, words.sent]}
          hasActions
        >
          {items.map((it) => (
            <Line key={it.file_id} file={it} onDeed={(deed) => setAsking({ file: it, deed })} />
          ))}
        </Table>
      )}
      {isMore ? (
        <div className={classes.more}>
          <Act onClick={more} loading={isLoading}>
            {words.more}
          </Act>
        </div>
      ) : null}
      {asking ? <Ask {...asking} onDone={again} onClose={() => setAsking(null)} /> : null}
    </>
  );
}

interface AskProps {
  file: QuarantinedFile;
  deed: Deed;
  onDone: () => void;
  onClose: () => void;
}

function Ask({ file, deed, onDone, onClose }: AskProps) {
  const { quarantine: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const name = file.name ?? words.nameless;
  const act = useAction(async () => {
    const { file_id } = file;
    if (deed === 'release') await bedside.call('quarantine.release', { file_id });
    else await bedside.call('quarantine.remove', { file_id });
    onClose();
    announce(deed === 'release' ? words.released(name) : words.removed(name));
    onDone();
  });
  const close = () => {
    // What is shown may be of before.
    if (act.trouble) onDone();
    onClose();
  };
  const isRelease = deed === 'release';
  return (
    <Confirm
      title={isRelease ? words.releaseTitle(name) : words.removeTitle(name)}
      body={isRelease ? words.releaseBody : words.removeBody}
      confirm={isRelease ? words.releaseConfirm : words.removeConfirm}
      keep={words.keep}
      isOpen
      isRunning={act.isRunning}
      trouble={act.trouble}
      words={words.refused}
      onConfirm={() => act.run()}
      onClose={close}
    />
  );
}

function Line({ file, onDeed }: { file: QuarantinedFile; onDeed: (deed: Deed) => void }) {
  const { quarantine: words } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const format = useFileFormat();
  const name = file.name ?? words.nameless;
  return (
    <tr>
      <th scope="row">
        {name}
        <p className={classes.hint}>{format.size(file.bytes)}</p>
      </th>
      <td data-label={words.found}>
        <Chip tone="danger">{words.why[file.why]}</Chip>
      </td>
      <td data-label={words.came}>{time.dayAndClock(file.created_at, now)}</td>
      <td data-label={words.sent}>{file.is_sent ? words.isSent : words.notSent}</td>
      <td>
        <div className={classes.cellActions}>
          {/* Without the key of its conversation nobody could open it anyway. */}
          {file.name === undefined ? null : (
            <Act onClick={() => onDeed('release')} aria-label={words.releaseOf(name)}>
              {words.release}
            </Act>
          )}
          <Act onClick={() => onDeed('remove')} aria-label={words.removeOf(name)}>
            {words.remove}
          </Act>
        </div>
      </td>
    </tr>
  );
}
