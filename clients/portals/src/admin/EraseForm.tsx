import type { ErasureCard, ErasureCertificate } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';

/** Keys of conversations go one after the other. */
const PATIENCE_MS = 180_000;

export interface EraseFormProps {
  erasure: ErasureCard;
  name: string;
  onErased: (certificate: ErasureCertificate) => void;
  onClose: () => void;
}

/** The last look before something that nobody can take back: what goes, what stays, and the name typed. */
export function EraseForm({ erasure, name, onErased, onClose }: EraseFormProps) {
  const words = useStrings().records.erase;
  const { scope = 'everything', conversations, left_out } = erasure;
  const of = words[scope];
  const bedside = useBedside();
  const announce = useAnnounce();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const erase = useAction(async () => {
    announce(words.running);
    const { erasure_id } = erasure;
    onErased(await bedside.call('record.erase', { erasure_id }, { deadlineMs: PATIENCE_MS }));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isSame = typed.trim() === name.trim();
    setWrong(!isSame);
    if (isSame) void erase.run();
    else field.current?.focus();
  };
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <Points title={words.goes} points={of.goesList} />
      <Points title={words.stays} points={of.staysList} />
      {conversations === undefined ? null : <p>{words.would(conversations)}</p>}
      {left_out ? <p>{words.wouldStay(left_out)}</p> : null}
      <p>{words.backups}</p>
      <TroubleNote trouble={erase.trouble} words={words.refused} />
      {erase.isRunning ? <p>{words.running}</p> : null}
      <TextInput
        ref={field}
        size="md"
        label={words.field}
        description={words.confirm(name)}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        error={isWrong ? words.mismatch : null}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <div className={classes.formActions}>
        <Act onClick={onClose} data-autofocus>
          {words.keep}
        </Act>
        <Act type="submit" tone="danger" loading={erase.isRunning}>
          {of.submit}
        </Act>
      </div>
    </form>
  );
}

function Points({ title, points }: { title: string; points: readonly string[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <ul className={classes.points}>
        {points.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
    </div>
  );
}
