import type { Licence, Me, PersonId, Practitioner, PractitionerProfile } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTitle } from '../app/hooks.ts';
import { type ServiceIndex, useServices } from '../calendar/useServices.ts';
import { refusedField } from '../hours/check.ts';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { MessagePage, TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import {
  licenceFaults,
  listOf,
  type ProfileFaults,
  type ProfileField,
  profileFaults,
} from './check.ts';
import classes from './practice.module.css';
import { type Subject, SubjectPage } from './Subject.tsx';
import { usePractitioner } from './usePractitioner.ts';

const FIELDS: readonly ProfileField[] = [
  'specialties',
  'languages',
  'licences',
  'insurers',
  'about',
  'experience_years',
  'weight',
  'service_ids',
];
const MAX_ABOUT = 2_000;

/** What the directory tells of a practitioner: one's own, or by an administrator that of somebody else. */
export function PracticePage({ me, personId }: { me: Me; personId: PersonId | null }) {
  return (
    <SubjectPage me={me} personId={personId} width="medium">
      {(subject) => (
        <ProfileOf key={subject.personId} subject={subject} isAdmin={me.role === 'admin'} />
      )}
    </SubjectPage>
  );
}

function ProfileOf({ subject, isAdmin }: { subject: Subject; isAdmin: boolean }) {
  const { practice } = useStrings();
  const { practitioner, trouble, reload } = usePractitioner(subject.personId);
  const services = useServices();
  const title = subject.name === null ? practice.title : practice.titleOf(subject.name);
  useTitle(title);
  if (practitioner === null) {
    return <MessagePage title={practice.missing} body={practice.missingBody} />;
  }
  return (
    <div className={classes.page}>
      <div>
        <h1>{title}</h1>
        {isAdmin ? null : <p className="quiet">{practice.lead}</p>}
      </div>
      <TroubleNote trouble={trouble} />
      {practitioner ? (
        <ProfileForm
          key={practitioner.revision}
          practitioner={practitioner}
          services={services}
          isAdmin={isAdmin}
          onReload={reload}
        />
      ) : trouble ? null : (
        <PageSkeleton />
      )}
    </div>
  );
}

/** Lists are texts while they are typed, numbers too. */
interface Draft {
  profile: PractitionerProfile;
  specialties: string;
  languages: string;
  insurers: string;
  years: string;
  weight: string;
}

interface ProfileFormProps {
  practitioner: Practitioner;
  services: ServiceIndex;
  isAdmin: boolean;
  onReload: () => void;
}

function ProfileForm({ practitioner, services, isAdmin, onReload }: ProfileFormProps) {
  const { practice } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [draft, setDraft] = useState(() => draftOf(practitioner.profile));
  const [revision, setRevision] = useState(practitioner.revision);
  const [faults, setFaults] = useState<ProfileFaults>({});
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));
  const set = (next: Partial<PractitionerProfile>) =>
    setDraft((before) => ({ ...before, profile: { ...before.profile, ...next } }));
  const save = useAction(async (profile: PractitionerProfile) => {
    const { person_id } = practitioner;
    const saved = await bedside.call('practitioner.update', { person_id, revision, profile });
    setRevision(saved.revision);
    setDraft(draftOf(saved.profile));
    announce(practice.saved);
  });
  const form = useFaultFocus(save.trouble ?? faults);
  const refused = refusedField(save.trouble, FIELDS);
  const errorOf = (field: ProfileField) => {
    if (faults[field]) return practice.faults[field];
    return refused === field ? practice.faults.refused : null;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const profile = profileOf(draft);
    const found = profileFaults(profile);
    setFaults(found);
    if (Object.keys(found).length === 0) void save.run(profile);
  };
  const left = MAX_ABOUT - [...draft.profile.about].length;
  return (
    <form className={classes.form} onSubmit={submit} noValidate ref={form}>
      <TroubleNote trouble={refused ? null : save.trouble}>
        {save.trouble?.code === 'conflict' ? (
          <>
            <p>{practice.changedMeanwhile}</p>
            <Act onClick={onReload}>{practice.readAgain}</Act>
          </>
        ) : null}
      </TroubleNote>
      <div className={classes.card}>
        <Textarea
          size="md"
          rows={5}
          label={practice.about}
          description={practice.aboutHint(left)}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={draft.profile.about}
          error={errorOf('about')}
          onChange={(event) => set({ about: event.currentTarget.value })}
        />
        <div className={classes.pair}>
          <TextInput
            size="md"
            label={practice.specialties}
            description={practice.specialtiesHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={draft.specialties}
            error={errorOf('specialties')}
            onChange={(event) => change({ specialties: event.currentTarget.value })}
          />
          <TextInput
            size="md"
            label={practice.languages}
            description={practice.languagesHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={draft.languages}
            error={errorOf('languages')}
            onChange={(event) => change({ languages: event.currentTarget.value })}
          />
        </div>
        <div className={classes.pair}>
          <TextInput
            size="md"
            label={practice.insurers}
            description={practice.insurersHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={draft.insurers}
            error={errorOf('insurers')}
            onChange={(event) => change({ insurers: event.currentTarget.value })}
          />
          <TextInput
            size="md"
            inputMode="numeric"
            label={practice.experience}
            value={draft.years}
            error={errorOf('experience_years')}
            onChange={(event) => change({ years: event.currentTarget.value })}
          />
        </div>
        {isAdmin ? (
          <div className={classes.pair}>
            <TextInput
              size="md"
              inputMode="numeric"
              label={practice.weight}
              description={practice.weightHint}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={draft.weight}
              error={errorOf('weight')}
              onChange={(event) => change({ weight: event.currentTarget.value })}
            />
          </div>
        ) : null}
      </div>
      <Offers
        profile={draft.profile}
        services={services}
        error={errorOf('service_ids')}
        onChange={set}
      />
      <Licences
        licences={draft.profile.licences}
        error={errorOf('licences')}
        isChecked={faults.licences ?? false}
        onChange={(licences) => set({ licences })}
      />
      <div className={classes.actions}>
        <Act type="submit" tone="main" loading={save.isRunning}>
          {practice.save}
        </Act>
      </div>
    </form>
  );
}

interface OffersProps {
  profile: PractitionerProfile;
  services: ServiceIndex;
  error: string | null;
  onChange: (next: Partial<PractitionerProfile>) => void;
}

function Offers({ profile, services, error, onChange }: OffersProps) {
  const { practice } = useStrings();
  const chosen = profile.service_ids;
  return (
    <div className={classes.card}>
      <fieldset className={classes.set}>
        <legend>{practice.services}</legend>
        {services.size === 0 ? <p className="quiet">{practice.servicesNone}</p> : null}
        <div className={classes.checks}>
          {[...services.values()].map(({ service_id, terms }) => (
            <Checkbox
              key={service_id}
              size="md"
              label={terms.is_active ? terms.name : practice.inactive(terms.name)}
              checked={chosen.includes(service_id)}
              onChange={(event) =>
                onChange({
                  service_ids: event.currentTarget.checked
                    ? [...chosen, service_id]
                    : chosen.filter((it) => it !== service_id),
                })
              }
            />
          ))}
        </div>
        {error ? <p className={classes.fault}>{error}</p> : null}
      </fieldset>
    </div>
  );
}

interface LicencesProps {
  licences: readonly Licence[];
  error: string | null;
  /** Faults are shown at the fields once somebody tried to save. */
  isChecked: boolean;
  onChange: (licences: Licence[]) => void;
}

function Licences({ licences, error, isChecked, onChange }: LicencesProps) {
  const { practice } = useStrings();
  const set = (index: number, next: Licence) =>
    onChange(licences.map((it, other) => (other === index ? next : it)));
  return (
    <div className={classes.card}>
      <fieldset className={classes.set}>
        <legend>{practice.licences}</legend>
        {licences.length === 0 ? <p className="quiet">{practice.licencesNone}</p> : null}
        {licences.map((licence, index) => (
          <LicenceRow
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place.
            key={index}
            licence={licence}
            isChecked={isChecked}
            onChange={(next) => set(index, next)}
            onRemove={() => onChange(licences.filter((_, other) => other !== index))}
          />
        ))}
        {error ? <p className={classes.fault}>{error}</p> : null}
        <div>
          <Act
            icon={<IconPlus aria-hidden size={20} />}
            onClick={() => onChange([...licences, { jurisdiction: '', number: '' }])}
          >
            {practice.addLicence}
          </Act>
        </div>
      </fieldset>
    </div>
  );
}

interface LicenceRowProps {
  licence: Licence;
  isChecked: boolean;
  onChange: (next: Licence) => void;
  onRemove: () => void;
}

function LicenceRow({ licence, isChecked, onChange, onRemove }: LicenceRowProps) {
  const { practice } = useStrings();
  const faults = isChecked ? licenceFaults(licence) : [];
  const { valid_until, ...rest } = licence;
  return (
    <div className={classes.licence}>
      <TextInput
        size="md"
        label={practice.jurisdiction}
        placeholder={practice.jurisdictionHint}
        value={licence.jurisdiction}
        error={faults.includes('jurisdiction') ? practice.faults.jurisdiction : null}
        onChange={(event) =>
          onChange({ ...licence, jurisdiction: event.currentTarget.value.toUpperCase() })
        }
      />
      <TextInput
        size="md"
        label={practice.number}
        value={licence.number}
        error={faults.includes('number') ? practice.faults.number : null}
        onChange={(event) => onChange({ ...licence, number: event.currentTarget.value })}
      />
      <TextInput
        size="md"
        type="date"
        label={practice.validUntil}
        value={valid_until ?? ''}
        error={faults.includes('valid_until') ? practice.faults.validUntil : null}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange(value === '' ? rest : { ...rest, valid_until: value });
        }}
      />
      <Act
        tone="bare"
        icon={<IconTrash aria-hidden size={20} />}
        aria-label={practice.removeLicence(licence.jurisdiction)}
        onClick={onRemove}
      />
    </div>
  );
}

function draftOf(profile: PractitionerProfile): Draft {
  return {
    profile,
    specialties: profile.specialties.join(', '),
    languages: profile.languages.join(', '),
    insurers: profile.insurers.join(', '),
    years: String(profile.experience_years),
    weight: String(profile.weight),
  };
}

function profileOf(draft: Draft): PractitionerProfile {
  const number = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);
  return {
    ...draft.profile,
    specialties: listOf(draft.specialties.toLowerCase()),
    languages: listOf(draft.languages),
    insurers: listOf(draft.insurers),
    about: draft.profile.about.trim(),
    experience_years: number(draft.years),
    weight: number(draft.weight),
    licences: draft.profile.licences.map((it) => ({ ...it, number: it.number.trim() })),
  };
}
