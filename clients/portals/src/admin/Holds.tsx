import type { LegalHold, LegalHolds, Person } from '@bedside/client';
import { Checkbox } from '@mantine/core';
import { IconGavel } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { LiftForm, PlaceForm } from './HoldForms.tsx';
import type { NameOf } from './Records.tsx';
import { Empty, Table } from './Table.tsx';
import type { ReadNow } from './useRead.ts';

export interface HoldsProps {
  now: ReadNow<LegalHolds>;
  people: readonly Person[];
  nameOf: NameOf;
  showLifted: boolean;
  onShowLifted: (showLifted: boolean) => void;
  onChanged: () => void;
}

type Open = { kind: 'place' } | { kind: 'lift'; hold: LegalHold; name: string };

/** Records that must not be erased, each with the reason and its end. */
export function Holds({ now: read, people, nameOf, ...props }: HoldsProps) {
  const { records, common } = useStrings();
  const words = records.holds;
  const announce = useAnnounce();
  const [open, setOpen] = useState<Open | null>(null);
  const { value, trouble, reload } = read;
  const shown = value?.holds.filter((it) => props.showLifted || it.lifted_at === undefined);
  const done = (text: string) => {
    setOpen(null);
    announce(text);
    props.onChanged();
  };
  return (
    <section aria-labelledby="holds">
      <div className={classes.sectionHead}>
        <div>
          <h2 id="holds">{words.title}</h2>
          <p className="quiet">{words.lead}</p>
        </div>
        <Act icon={<IconGavel aria-hidden size={20} />} onClick={() => setOpen({ kind: 'place' })}>
          {words.place}
        </Act>
      </div>
      <Checkbox
        className={classes.check ?? ''}
        size="md"
        label={words.showLifted}
        checked={props.showLifted}
        onChange={(event) => props.onShowLifted(event.currentTarget.checked)}
      />
      <TroubleNote trouble={trouble}>
        {value ? null : <Act onClick={reload}>{common.tryAgain}</Act>}
      </TroubleNote>
      {!shown ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : shown.length === 0 ? (
        <Empty title={words.empty} body={words.emptyBody} level={3} />
      ) : (
        <Table
          label={words.title}
          columns={[records.erasures.who, words.reason, words.since, words.state]}
          hasActions
        >
          {shown.map((it) => (
            <Line
              key={it.hold_id}
              hold={it}
              nameOf={nameOf}
              onLift={(name) => setOpen({ kind: 'lift', hold: it, name })}
            />
          ))}
        </Table>
      )}
      <Sheet
        title={open?.kind === 'lift' ? words.liftTitle(open.name) : words.place}
        isOpen={open !== null}
        onClose={() => setOpen(null)}
      >
        {open?.kind === 'place' ? (
          <PlaceForm people={people} onPlaced={(name) => done(words.placed(name))} />
        ) : open?.kind === 'lift' ? (
          <LiftForm hold={open.hold} onLifted={() => done(words.liftedNow(open.name))} />
        ) : null}
      </Sheet>
    </section>
  );
}

interface LineProps {
  hold: LegalHold;
  nameOf: NameOf;
  onLift: (name: string) => void;
}

function Line({ hold, nameOf, onLift }: LineProps) {
  const { records } = useStrings();
  const words = records.holds;
  const time = useTime();
  const now = useNow(60_000);
  const name = nameOf(hold.person_id);
  const lifted = hold.lifted_at;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={words.reason}>{hold.reason}</td>
      <td data-label={words.since}>
        {time.dayAndClock(hold.set_at, now)}, {words.by(nameOf(hold.set_by))}
      </td>
      <td data-label={words.state}>
        {lifted === undefined ? (
          <Chip tone="danger">{words.stands}</Chip>
        ) : (
          words.lifted(time.dayAndClock(lifted, now))
        )}
      </td>
      <td>
        {lifted === undefined ? (
          <div className={classes.cellActions}>
            <Act onClick={() => onLift(name)} aria-label={words.liftOf(name)}>
              {words.lift}
            </Act>
          </div>
        ) : null}
      </td>
    </tr>
  );
}
