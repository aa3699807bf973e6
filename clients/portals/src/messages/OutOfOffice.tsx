import type { OutOfOffice, PersonId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { NativeSelect, TextInput } from '@mantine/core';
import { IconBeach } from '@tabler/icons-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { dateInZone, zonedInstant } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './head.module.css';
import { useClinicians } from './useClinicians.ts';

const DAY = 24 * 3_600_000;

/** Whether a clinician is away, and the way to say so. */
export function OutOfOfficeSetting() {
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const time = useTime();
  const now = useNow(60_000);
  const [office, setOffice] = useState<OutOfOffice>({});
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    bedside.call('out_of_office.read', {}).then(
      (answer) => setOffice(answer ?? {}),
      // The button opens the form all the same.
      () => {},
    );
  }, [bedside]);
  const isAway = office.until !== undefined && office.until > now;
  return (
    <div className={classes.officeBar}>
      {isAway ? (
        <p className={classes.office}>
          {words.office.isAway(time.dayAndClock(office.until ?? 0, now))}
        </p>
      ) : null}
      <Act tone="bare" icon={<IconBeach aria-hidden size={20} />} onClick={() => setOpen(true)}>
        {words.office.open}
      </Act>
      <Sheet title={words.office.title} isOpen={isOpen} onClose={() => setOpen(false)}>
        <OfficeForm
          office={isAway ? office : {}}
          onSaved={(next) => {
            setOffice(next);
            setOpen(false);
          }}
        />
      </Sheet>
    </div>
  );
}

interface OfficeFormProps {
  office: OutOfOffice;
  onSaved: (office: OutOfOffice) => void;
}

function OfficeForm({ office, onSaved }: OfficeFormProps) {
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const me = useStore(bedside.me);
  const announce = useAnnounce();
  const { zone } = useTime();
  const now = useNow(60_000);
  const { clinicians, trouble } = useClinicians(true);
  const [day, setDay] = useState(office.until ? dateInZone(office.until, zone) : '');
  const [cover, setCover] = useState<string>(office.covered_by ?? '');
  const [isChecked, setChecked] = useState(false);
  const begin = zonedInstant(day, '00:00', zone);
  const until = 'at' in begin ? begin.at : null;
  const isWrong = until === null || until <= now;
  const save = useAction(async (next: OutOfOffice, said: string) => {
    onSaved(await bedside.call('out_of_office.update', { out_of_office: next }));
    announce(said);
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (isWrong) return;
    const covered = cover === '' ? {} : { covered_by: cover as PersonId };
    void save.run({ until, ...covered }, words.office.saved);
  };
  return (
    <form className={classes.form} onSubmit={onSubmit}>
      <p>{words.office.body}</p>
      <TextInput
        size="md"
        type="date"
        label={words.office.until}
        description={words.office.untilHint}
        min={dateInZone(now + DAY, zone)}
        value={day}
        error={isChecked && isWrong ? words.office.untilError : null}
        onChange={(event) => setDay(event.currentTarget.value)}
      />
      <NativeSelect
        size="md"
        label={words.office.cover}
        value={cover}
        onChange={(event) => setCover(event.currentTarget.value)}
        data={[
          { value: '', label: words.office.nobody },
          ...clinicians
            .filter((it) => it.person_id !== me?.person_id)
            .map((it) => ({ value: it.person_id as string, label: it.display_name })),
        ]}
      />
      <TroubleNote trouble={save.trouble ?? trouble} />
      <div className={classes.formActs}>
        {office.until === undefined ? null : (
          <Act onClick={() => save.run({}, words.office.ended)}>{words.office.end}</Act>
        )}
        <Act type="submit" tone="main" loading={save.isRunning}>
          {words.office.save}
        </Act>
      </div>
    </form>
  );
}
