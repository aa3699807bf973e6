import type { Practitioner } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { type Trouble, troubleOf } from '../parts/trouble.ts';

export interface Clinicians {
  clinicians: readonly Practitioner[];
  trouble: Trouble | null;
}

/** The clinicians of the directory, read when they are needed. */
export function useClinicians(isNeeded: boolean): Clinicians {
  const bedside = useBedside();
  const [state, setState] = useState<Clinicians>({ clinicians: [], trouble: null });
  useEffect(() => {
    if (!isNeeded) return undefined;
    let isCurrent = true;
    bedside.call('practitioner.list', {}).then(
      ({ practitioners }) => {
        const clinicians = practitioners.filter((it) => it.role === 'clinician');
        if (isCurrent) setState({ clinicians, trouble: null });
      },
      (error: unknown) => {
        if (isCurrent) setState((before) => ({ ...before, trouble: troubleOf(error) }));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [bedside, isNeeded]);
  return state;
}
