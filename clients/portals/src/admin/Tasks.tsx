import type { AppointmentCard, AppointmentId, TaskCard, TaskKind } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { calendarPath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { dateAt } from '../calendar/days.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { TASK_KINDS } from './filter.ts';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

export interface TasksProps {
  kind: TaskKind | null;
  onKind: (kind: TaskKind | null) => void;
}

/** What a person at the clinic has to look at. */
export function Tasks({ kind, onKind }: TasksProps) {
  const { clinic } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const { value, trouble, reload } = useRead('task.list');
  const finish = useAction(async (task: TaskCard) => {
    await bedside.call('task.finish', { task_id: task.task_id });
    announce(clinic.finished);
    reload();
  });
  const all = value?.tasks ?? [];
  const shown = kind === null ? all : all.filter((it) => it.kind === kind);
  const cards = useCards(all);
  return (
    <>
      <div className={classes.filters}>
        <NativeSelect
          className={classes.filter ?? ''}
          size="md"
          label={clinic.filterTask}
          value={kind ?? ''}
          data={[
            { value: '', label: clinic.allTasks },
            ...TASK_KINDS.map((it) => ({ value: it, label: clinic.taskKinds[it] })),
          ]}
          onChange={(event) =>
            onKind(TASK_KINDS.find((it) => it === event.currentTarget.value) ?? null)
          }
        />
      </div>
      <TroubleNote trouble={trouble ?? finish.trouble} />
      {value === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : shown.length === 0 ? (
        <Empty title={clinic.emptyTasks} body={clinic.emptyTasksBody} />
      ) : (
        <Table
          label={clinic.tasks}
          columns={[clinic.task, clinic.appointment, clinic.since]}
          hasActions
        >
          {shown.map((it) => (
            <TaskLine
              key={it.task_id}
              task={it}
              card={cards.get(it.appointment_id) ?? null}
              onFinish={() => finish.run(it)}
            />
          ))}
        </Table>
      )}
    </>
  );
}

interface TaskLineProps {
  task: TaskCard;
  card: AppointmentCard | null;
  onFinish: () => void;
}

function TaskLine({ task, card, onFinish }: TaskLineProps) {
  const { clinic } = useStrings();
  const time = useTime(card?.time_zone);
  const own = useTime();
  const now = useNow();
  const who = card
    ? `${card.patient.display_name}, ${card.clinician.display_name}`
    : clinic.unknownAppointment;
  const what = clinic.taskKinds[task.kind];
  return (
    <tr>
      <th scope="row">
        {what}
        <p className={classes.hint}>{clinic.taskHelp[task.kind]}</p>
      </th>
      <td data-label={clinic.appointment}>
        {who}
        {card ? (
          <p>
            <bdi>{time.dayAndClock(card.starts_at, now)}</bdi>
          </p>
        ) : null}
      </td>
      <td data-label={clinic.since}>{own.day(task.created_at, now)}</td>
      <td>
        <div className={classes.cellActions}>
          <Act onClick={onFinish} aria-label={clinic.finishOf(`${what}, ${who}`)}>
            {clinic.finish}
          </Act>
          {card ? (
            <Link
              to={`${calendarPath(card.clinician.person_id)}?date=${dateAt(card.starts_at, card.time_zone)}`}
              className={classes.cellLink}
              label={clinic.calendarOf(card.clinician.display_name)}
            >
              {clinic.calendar}
            </Link>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

/** The appointments of the tasks; one that cannot be read is left out. */
function useCards(tasks: readonly TaskCard[]): ReadonlyMap<AppointmentId, AppointmentCard> {
  const bedside = useBedside();
  const [cards, setCards] = useState<ReadonlyMap<AppointmentId, AppointmentCard>>(new Map());
  const ids = [...new Set(tasks.map((it) => it.appointment_id))].sort().join(' ');
  useEffect(() => {
    let isCurrent = true;
    const wanted = ids === '' ? [] : (ids.split(' ') as AppointmentId[]);
    const read = wanted.map((appointment_id) =>
      bedside.call('appointment.read', { appointment_id }),
    );
    void Promise.allSettled(read).then((results) => {
      if (!isCurrent) return;
      const found = results.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
      setCards(new Map(found.map((it) => [it.appointment_id, it])));
    });
    return () => {
      isCurrent = false;
    };
  }, [bedside, ids]);
  return cards;
}
