import type { PersonId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconFileText } from '@tabler/icons-react';
import { patientPath } from '../app/pages.ts';
import { useNavigation } from '../app/router.tsx';
import { RoundButton } from '../messages/controls.tsx';
import { Act, type Tone } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';

export interface RecordActProps {
  /** Absent when the patient has no account. */
  patientId: PersonId | undefined;
  name: string;
  tone?: Tone;
}

/** Leads there; `null` for whoever has no such page. */
function useWay(patientId: PersonId | undefined): (() => void) | null {
  const me = useStore(useBedside().me);
  const { go } = useNavigation();
  if (patientId === undefined || me?.role !== 'clinician' || me.visit) return null;
  return () => go(patientPath(patientId));
}

/** The same where there is room for an icon only. */
export function RecordButton({ patientId, name }: Omit<RecordActProps, 'tone'>) {
  const { chart: words } = useStrings();
  const go = useWay(patientId);
  return go ? (
    <RoundButton
      label={words.of(name)}
      icon={<IconFileText aria-hidden size={22} />}
      onClick={go}
    />
  ) : null;
}

/** The way to a patient's record, for clinicians with an account. */
export function RecordAct({ patientId, name, tone = 'quiet' }: RecordActProps) {
  const { chart: words } = useStrings();
  const go = useWay(patientId);
  if (!go) return null;
  return (
    <Act
      tone={tone}
      icon={<IconFileText aria-hidden size={20} />}
      aria-label={words.of(name)}
      onClick={go}
    >
      {words.act}
    </Act>
  );
}
