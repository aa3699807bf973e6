import type { PersonId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconFileText } from '@tabler/icons-react';
import { patientPath } from '../app/pages.ts';
import { useNavigation } from '../app/router.tsx';
import { Act, type Tone } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';

export interface RecordActProps {
  /** Absent when the patient has no account. */
  patientId: PersonId | undefined;
  name: string;
  tone?: Tone;
}

/** The way to a patient's record, for clinicians with an account. */
export function RecordAct({ patientId, name, tone = 'quiet' }: RecordActProps) {
  const { chart: words } = useStrings();
  const me = useStore(useBedside().me);
  const { go } = useNavigation();
  if (patientId === undefined || me?.role !== 'clinician' || me.visit) return null;
  return (
    <Act
      tone={tone}
      icon={<IconFileText aria-hidden size={20} />}
      aria-label={words.of(name)}
      onClick={() => go(patientPath(patientId))}
    >
      {words.act}
    </Act>
  );
}
