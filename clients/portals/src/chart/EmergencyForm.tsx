import type { EmergencyCard, EmergencyReason, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { CountedText, charactersOf } from '../parts/CountedText.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';

/** As the hub bounds it. */
const LEAST = 10;
const MOST = 500;

const REASONS = [
  'danger',
  'cannot_consent',
  'covers_colleague',
  'other',
] as const satisfies readonly EmergencyReason[];

type Fault = 'reason' | 'text';

export interface EmergencyFormProps {
  patientId: PersonId;
  onOpened: (card: EmergencyCard) => void;
  onClose: () => void;
}

/** What opening a record in an emergency brings with it, why it is done, and the act itself. The hub asks who it is. */
export function EmergencyForm({ patientId, onOpened, onClose }: EmergencyFormProps) {
  const words = useStrings().chart.emergency;
  const bedside = useBedside();
  const [reason, setReason] = useState<EmergencyReason | null>(null);
  const [text, setText] = useState('');
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const form = useFaultFocus(faults);
  const open = useAction(async (why: EmergencyReason) => {
    const card = await bedside.call('emergency.open', {
      patient_id: patientId,
      reason: why,
      text: text.trim(),
    });
    onOpened(card);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const size = charactersOf(text.trim());
    const found: Fault[] = [];
    if (!reason) found.push('reason');
    if (size < LEAST || size > MOST) found.push('text');
    setFaults(found);
    if (reason && found.length === 0) void open.run(reason);
  };
  return (
    <form ref={form} className={classes.form} onSubmit={submit} noValidate>
      <p>{words.lead}</p>
      <ul className={classes.points}>
        {words.list.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
      <NativeSelect
        size="md"
        label={words.reason}
        value={reason ?? ''}
        error={faults.includes('reason') ? words.faults.reason : null}
        data={[
          { value: '', label: words.choose },
          ...REASONS.map((value) => ({ value, label: words.reasons[value] })),
        ]}
        onChange={(event) =>
          setReason(REASONS.find((it) => it === event.currentTarget.value) ?? null)
        }
      />
      <CountedText
        label={words.text}
        hint={words.textHint}
        value={text}
        most={MOST}
        rows={4}
        error={faults.includes('text') ? words.faults.text : null}
        onChange={setText}
      />
      <TroubleNote trouble={open.trouble} words={words.refused} />
      <div className={classes.formActions}>
        <Act onClick={onClose}>{words.keep}</Act>
        <Act type="submit" tone="danger" loading={open.isRunning}>
          {words.submit}
        </Act>
      </div>
    </form>
  );
}
