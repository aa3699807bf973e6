import type { NoticeProgress, PersonId, SentNotice } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback } from 'react';
import { Table } from '../admin/Table.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip, type ChipTone } from '../parts/Chip.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './support.module.css';
import { useLoad } from './useLoad.ts';

const TONES: Record<NoticeProgress, ChipTone> = {
  pending: 'plain',
  sent: 'good',
  skipped: 'plain',
  dead: 'danger',
};

/** How messages to somebody went. */
export function SentNotices({ personId }: { personId: PersonId }) {
  const { support, clinic, common } = useStrings();
  const words = support.person;
  const bedside = useBedside();
  const load = useCallback(
    async () => (await bedside.call('support.list_notices', { person_id: personId })).notices,
    [bedside, personId],
  );
  const { value, trouble, reload } = useLoad(load);
  const gone = { title: words.missing, body: words.missingBody };
  return (
    <section aria-labelledby="notices" className={classes.notices}>
      <div>
        <h2 id="notices">{words.notices}</h2>
        <p className="quiet">{words.noticesLead}</p>
      </div>
      <TroubleNote trouble={trouble} words={{ not_found: gone }}>
        <Act onClick={reload}>{common.tryAgain}</Act>
      </TroubleNote>
      {!value ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : value.length === 0 ? (
        <p>{words.noticesNone}</p>
      ) : (
        <Table
          label={words.notices}
          columns={[words.kind, words.by, words.state, words.tries, clinic.failure]}
        >
          {keyed(value).map(([key, it]) => (
            <Line key={key} notice={it} />
          ))}
        </Table>
      )}
    </section>
  );
}

/** They have no ids; the list is read whole each time. */
function keyed(notices: readonly SentNotice[]): [string, SentNotice][] {
  return notices.map((it, index) => [`${index} of ${notices.length}`, it]);
}

function Line({ notice }: { notice: SentNotice }) {
  const { support, clinic } = useStrings();
  const words = support.person;
  const time = useTime();
  const now = useNow(60_000);
  const { matter, channel, state, attempts, failure, settled_at } = notice;
  return (
    <tr>
      <th scope="row">{clinic.matters[matter]}</th>
      <td data-label={words.by}>{clinic.channels[channel]}</td>
      <td data-label={words.state}>
        <Chip tone={TONES[state]}>{words.states[state]}</Chip>
        {settled_at === undefined ? null : (
          <span className={classes.when}>{time.dayAndClock(settled_at, now)}</span>
        )}
      </td>
      <td data-label={words.tries}>{attempts}</td>
      <td data-label={clinic.failure}>{failure ? <code>{failure}</code> : '–'}</td>
    </tr>
  );
}
