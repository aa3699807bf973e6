import { BedsideError, type NoticePreferences, type OwnProfile } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime, useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { languageName } from '../format/places.ts';
import { dateInZone } from '../format/zoned.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { PlaceSelect } from '../parts/PlaceSelect.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import {
  type Details,
  type DetailsFault,
  detailsOf,
  faultsIn,
  isSame,
  merge,
  profileOf,
} from './details.ts';
import { Preferences } from './Preferences.tsx';
import classes from './profile.module.css';

/** Languages that are offered; the one that was told before is there in any case. */
const LANGUAGES =
  'ar bg bn bs cs da de el en es et fa fi fr he hi hr hu id it ja ko ku lt lv ms nb nl pa pl ps pt ro ru sk sl so sq ' +
  'sr sv sw ta th ti tr uk ur vi zh';

/** What a patient tells about themselves, and what they want to be sent. */
export function ProfilePage() {
  const { profile: words, common } = useStrings();
  const bedside = useBedside();
  const [own, setOwn] = useState<OwnProfile | null>(null);
  const [preferences, setPreferences] = useState<NoticePreferences | null>(null);
  useTitle(words.title);
  const { run, trouble } = useAction(async () => {
    const [profile, wanted] = await Promise.all([
      bedside.call('profile.read', {}),
      bedside.call('preferences.read', {}),
    ]);
    setOwn(profile);
    setPreferences(wanted);
  });
  useEffect(() => void run(), [run]);
  return (
    <Shell width="narrow" large>
      <div className={classes.page}>
        <div>
          <h1>{words.title}</h1>
          <p className="quiet">{words.lead}</p>
        </div>
        {trouble ? (
          <TroubleNote trouble={trouble}>
            <Act onClick={() => run()}>{common.tryAgain}</Act>
          </TroubleNote>
        ) : null}
        {own && preferences ? (
          <>
            <DetailsForm own={own} />
            <Preferences wanted={preferences} />
          </>
        ) : trouble ? null : (
          <PageSkeleton />
        )}
      </div>
    </Shell>
  );
}

/** The form with what it is based on: the revision that was seen last. */
function useDetails(own: OwnProfile) {
  const bedside = useBedside();
  const { profile: words } = useStrings();
  const announce = useAnnounce();
  const time = useTime();
  const [seen, setSeen] = useState(own);
  const [details, setDetails] = useState(() => detailsOf(own.profile));
  const [faults, setFaults] = useState<readonly DetailsFault[]>([]);
  const [isConflict, setConflict] = useState(false);
  const base = detailsOf(seen.profile);
  const save = useAction(async () => {
    try {
      const saved = await bedside.call('profile.update', {
        revision: seen.revision,
        profile: profileOf(details),
      });
      setSeen(saved);
      setDetails(detailsOf(saved.profile));
      setConflict(false);
      announce(words.saved);
    } catch (error) {
      if (!(error instanceof BedsideError) || error.code !== 'conflict') throw error;
      const theirs = await bedside.call('profile.read', {});
      setDetails(merge(base, details, detailsOf(theirs.profile)));
      setSeen(theirs);
      setConflict(true);
    }
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = faultsIn(details, dateInZone(Date.now(), time.zone));
    setFaults(found);
    if (found.length === 0) void save.run();
  };
  const change = (next: Partial<Details>) => setDetails((before) => ({ ...before, ...next }));
  return { details, change, faults, isConflict, isChanged: !isSame(base, details), save, submit };
}

function DetailsForm({ own }: { own: OwnProfile }) {
  const { profile: words } = useStrings();
  const form = useDetails(own);
  const { details, change, faults, save } = form;
  const errorOf = (field: DetailsFault) => (faults.includes(field) ? words.errors[field] : null);
  const text = (field: keyof Details, label: string, more: Partial<FieldProps> = {}) => (
    <Field
      label={label}
      value={details[field]}
      onChange={(value) => change({ [field]: value })}
      {...more}
    />
  );
  return (
    <form className={classes.form} onSubmit={form.submit} noValidate>
      {form.isConflict ? (
        <div className={classes.conflict} role="alert" data-code="conflict">
          <p className={classes.conflictTitle}>{words.conflict}</p>
          <p>{words.conflictBody}</p>
        </div>
      ) : null}
      <TroubleNote trouble={save.trouble} />
      <fieldset className={classes.group}>
        <legend>{words.about}</legend>
        <div className={classes.pair}>
          {text('birth_date', words.birthDate, {
            type: 'date',
            autoComplete: 'bday',
            error: errorOf('birth_date'),
          })}
          {text('phone', words.phone, {
            type: 'tel',
            autoComplete: 'tel',
            description: words.phoneHint,
            error: errorOf('phone'),
          })}
        </div>
        <PlaceSelect
          label={words.place}
          description={words.placeHint}
          none={words.noLanguage}
          value={details.jurisdiction || null}
          onChange={(place) => change({ jurisdiction: place ?? '' })}
        />
        <LanguageSelect value={details.language} onChange={(language) => change({ language })} />
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{words.insurance}</legend>
        <div className={classes.pair}>
          {text('insurer', words.insurer)}
          {text('insurance_number', words.insuranceNumber)}
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{words.emergency}</legend>
        {text('emergency_contact', words.emergencyContact, { description: words.emergencyHint })}
      </fieldset>
      <div className={classes.save}>
        <Act type="submit" tone="main" large loading={save.isRunning}>
          {words.save}
        </Act>
        <span className="quiet">{form.isChanged ? words.unsaved : null}</span>
      </div>
    </form>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type: 'text' | 'date' | 'tel';
  autoComplete: string;
  description: string;
  error: string | null;
}

function Field({
  label,
  value,
  onChange,
  ...more
}: Partial<FieldProps> & Pick<FieldProps, 'label' | 'value' | 'onChange'>) {
  return (
    <TextInput
      size="md"
      label={label}
      value={value}
      autoComplete="off"
      maxLength={200}
      {...more}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface LanguageSelectProps {
  value: string;
  onChange: (value: string) => void;
}

function LanguageSelect({ value, onChange }: LanguageSelectProps) {
  const { profile: words, language } = useStrings();
  const offered = LANGUAGES.split(' ');
  const all = value !== '' && !offered.includes(value) ? [value, ...offered] : offered;
  const { compare } = new Intl.Collator(language);
  const named = all
    .map((it) => ({ value: it, label: languageName(it, language) }))
    .sort((one, other) => compare(one.label, other.label));
  return (
    <NativeSelect
      size="md"
      label={words.language}
      value={value}
      data={[{ value: '', label: words.noLanguage }, ...named]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
