import type { Person, PersonId } from '@bedside/client';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { Erasures } from './Erasures.tsx';
import { Holds } from './Holds.tsx';
import { useRead } from './useRead.ts';

export interface RecordsProps {
  people: readonly Person[];
  showLifted: boolean;
  onShowLifted: (showLifted: boolean) => void;
  onChanged: () => void;
}

export type NameOf = (id: PersonId) => string;

/** Erasures that patients asked for, and legal holds that stand against some of them. */
export function Records({ people, showLifted, onShowLifted, onChanged }: RecordsProps) {
  const { records } = useStrings();
  const erasures = useRead('record.list_erasures');
  const holds = useRead('record.list_holds');
  const nameOf: NameOf = (id) =>
    people.find((it) => it.person_id === id)?.display_name ?? records.erasures.gone;
  return (
    <div className={classes.sections}>
      <Erasures
        now={erasures}
        nameOf={nameOf}
        onErased={() => {
          erasures.reload();
          onChanged();
        }}
      />
      <Holds
        now={holds}
        people={people}
        nameOf={nameOf}
        showLifted={showLifted}
        onShowLifted={onShowLifted}
        onChanged={() => {
          holds.reload();
          // What stands against an erasure has changed with it.
          erasures.reload();
        }}
      />
    </div>
  );
}
