import type { PersonId, Practitioner } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';

export interface PractitionerNow {
  /** `undefined` until it came, `null` when there is none. */
  practitioner: Practitioner | null | undefined;
  trouble: Trouble | null;
  reload: () => void;
}

/** One entry of the directory. */
export function usePractitioner(personId: PersonId): PractitionerNow {
  const bedside = useBedside();
  const [practitioner, setPractitioner] = useState<Practitioner | null>();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another reading.
  useEffect(() => {
    let isCurrent = true;
    bedside.call('practitioner.list', {}).then(
      ({ practitioners }) => {
        if (!isCurrent) return;
        setTrouble(null);
        setPractitioner(practitioners.find((it) => it.person_id === personId) ?? null);
      },
      (error: unknown) => {
        if (isCurrent) setTrouble(troubleOf(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [bedside, personId, tries]);
  const reload = useCallback(() => setTries((before) => before + 1), []);
  return { practitioner, trouble, reload };
}
