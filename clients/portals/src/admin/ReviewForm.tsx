import type { EmergencyVerdict, GrantId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';

/** As the hub bounds it. */
const MOST_NOTE = 500;
/** How many are left is told from here on. */
const NEAR = 100;

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
    const size = [...note.trim()].length;
    const found: Fault[] = [];
    if (!verdict) found.push('verdict');
    if (size < 1 || size > MOST_NOTE) found.push('note');
    setFaults(found);
    if (verdict && found.length === 0) void save.run(verdict);
  };
  const left = MOST_NOTE - [...note].length;
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
      <div>
        <Textarea
          size="md"
          rows={3}
          label={words.note}
          description={words.noteHint}
          value={note}
          error={faults.includes('note') ? words.faults.note : null}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {left <= NEAR && left >= 0 ? (
          <p className={classes.hint} role="status">
            {words.left(left)}
          </p>
        ) : null}
      </div>
      <TroubleNote trouble={save.trouble} words={words.refused} />
      <Act type="submit" tone="main" loading={save.isRunning}>
        {words.submit}
      </Act>
    </form>
  );
}
