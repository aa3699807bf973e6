import type { NoticePreferences } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './profile.module.css';

/** Saved with every tick; a refusal puts the tick back. */
export function Preferences({ wanted }: { wanted: NoticePreferences }) {
  const { profile: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [shown, setShown] = useState(wanted);
  const save = useAction(async (next: NoticePreferences, before: NoticePreferences) => {
    try {
      setShown(next);
      setShown(await bedside.call('preferences.update', { preferences: next }));
      announce(words.saved);
    } catch (error) {
      setShown(before);
      throw error;
    }
  });
  const box = (field: keyof NoticePreferences, label: string, description?: string) => (
    <Checkbox
      size="md"
      label={label}
      description={description}
      checked={shown[field]}
      onChange={(event) => void save.run({ ...shown, [field]: event.currentTarget.checked }, shown)}
    />
  );
  return (
    <fieldset className={classes.group}>
      <legend>{words.notices}</legend>
      <p className="quiet">{words.noticesHint}</p>
      <TroubleNote trouble={save.trouble} />
      {box('email', words.email)}
      {box('sms', words.sms, words.smsNeedsPhone)}
      {box('reminders', words.reminders)}
    </fieldset>
  );
}
