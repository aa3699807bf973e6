import type { DeadNotice, NoticeChannel, Person } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { CHANNELS } from './filter.ts';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

export interface UndeliveredProps {
  people: readonly Pick<Person, 'person_id' | 'display_name'>[];
  channel: NoticeChannel | null;
  onChannel: (channel: NoticeChannel | null) => void;
}

/** Messages that were given up, each with the reason and another try. */
export function Undelivered({ people, channel, onChannel }: UndeliveredProps) {
  const { clinic } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const { value, trouble, reload } = useRead('notice.list_dead');
  const nameOf = (notice: DeadNotice) =>
    people.find((it) => it.person_id === notice.person_id)?.display_name ?? clinic.somebody;
  const retry = useAction(async (notice: DeadNotice) => {
    await bedside.call('notice.retry', { notice_id: notice.notice_id });
    announce(clinic.retried(nameOf(notice)));
    reload();
  });
  const all = value?.notices ?? [];
  const shown = channel === null ? all : all.filter((it) => it.channel === channel);
  return (
    <>
      <div className={classes.filters}>
        <NativeSelect
          className={classes.filter ?? ''}
          size="md"
          label={clinic.filterChannel}
          value={channel ?? ''}
          data={[
            { value: '', label: clinic.allChannels },
            ...CHANNELS.map((it) => ({ value: it, label: clinic.channels[it] })),
          ]}
          onChange={(event) =>
            onChannel(CHANNELS.find((it) => it === event.currentTarget.value) ?? null)
          }
        />
      </div>
      <TroubleNote trouble={trouble ?? retry.trouble} />
      {value === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : all.length === 0 ? (
        <Empty title={clinic.emptyUndelivered} body={clinic.emptyUndeliveredBody} />
      ) : shown.length === 0 ? (
        <Empty title={clinic.noneOfChannel} body={clinic.noneOfChannelBody} />
      ) : (
        <Table
          label={clinic.undelivered}
          columns={[
            clinic.to,
            clinic.message,
            clinic.channel,
            clinic.failure,
            clinic.attempts,
            clinic.since,
          ]}
          hasActions
        >
          {shown.map((it) => (
            <NoticeLine
              key={it.notice_id}
              notice={it}
              name={nameOf(it)}
              onRetry={() => retry.run(it)}
            />
          ))}
        </Table>
      )}
    </>
  );
}

interface NoticeLineProps {
  notice: DeadNotice;
  name: string;
  onRetry: () => void;
}

function NoticeLine({ notice, name, onRetry }: NoticeLineProps) {
  const { clinic } = useStrings();
  const time = useTime();
  const now = useNow();
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={clinic.message}>
        {notice.topic ? clinic.topics[notice.topic] : clinic.matters[notice.matter]}
      </td>
      <td data-label={clinic.channel}>{clinic.channels[notice.channel]}</td>
      <td data-label={clinic.failure}>
        <code>{notice.failure}</code>
      </td>
      <td data-label={clinic.attempts}>{notice.attempts}</td>
      <td data-label={clinic.since}>
        {notice.at === undefined ? clinic.notSaid : <bdi>{time.dayAndClock(notice.at, now)}</bdi>}
      </td>
      <td>
        <div className={classes.cellActions}>
          <Act onClick={onRetry} aria-label={clinic.retryOf(name)}>
            {clinic.retry}
          </Act>
        </div>
      </td>
    </tr>
  );
}
