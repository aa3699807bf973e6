import type { EmergencyVerdict, GrantId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { CountedText, charactersOf } from '../parts/CountedText.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';

/** As the hub bounds it. */
const MOST_NOTE = 500;

const VERDICTS = ['appropriate', 'inappropriate'] as const satisfies readonly EmergencyVerdict[];

type Fault = 'verdict' | 'note';

export interface ReviewFormProps {
  grantId: GrantId;
  onReviewed: () => void;
}

/** What an administrator found, once and for good. */
export function ReviewForm({ grantId, onReviewed }: ReviewFormProps) {
  const { emergencies: words } = useStrings();
  const bedside = useBedside();
  const [verdict, setVerdict] = useState<EmergencyVerdict | null>(null);
  const [note, setNote] = useState('');
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const form = useFaultFocus(faults);
  const save = useAction(async (found: EmergencyVerdict) => {
    await bedside.call('emergency.review', {
      grant_id: grantId,
      verdict: found,
      note: note.trim(),
    });
    onReviewed();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const size = charactersOf(note.trim());
    const found: Fault[] = [];
    if (!verdict) found.push('verdict');
    if (size < 1 || size > MOST_NOTE) found.push('note');
    setFaults(found);
    if (verdict && found.length === 0) void save.run(verdict);
  };
  return (
    <form ref={form} className={classes.form} onSubmit={submit} noValidate>
      <NativeSelect
        size="md"
        label={words.verdict}
        description={words.verdictHint}
        value={verdict ?? ''}
        error={faults.includes('verdict') ? words.faults.verdict : null}
        data={[
          { value: '', label: words.choose },
          ...VERDICTS.map((value) => ({ value, label: words.verdicts[value] })),
        ]}
        onChange={(event) =>
          setVerdict(VERDICTS.find((it) => it === event.currentTarget.value) ?? null)
        }
      />
      <CountedText
        label={words.note}
        hint={words.noteHint}
        value={note}
        most={MOST_NOTE}
        error={faults.includes('note') ? words.faults.note : null}
        onChange={setNote}
      />
      <TroubleNote trouble={save.trouble} words={words.refused} />
      <Act type="submit" tone="main" loading={save.isRunning}>
        {words.submit}
      </Act>
    </form>
  );
}
