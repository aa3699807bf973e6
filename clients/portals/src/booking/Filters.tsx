import type { PersonId, Practitioner } from '@bedside/client';
import { NativeSelect } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { languageName, placeName } from '../format/places.ts';
import { Act } from '../parts/Act.tsx';
import { PlaceSelect } from '../parts/PlaceSelect.tsx';
import { useStrings } from '../strings/index.ts';
import { distinct } from './directory.ts';
import classes from './search.module.css';

/** What of a search is in no address, because it tells of the person. */
export interface Wishes {
  language: string | null;
  insurer: string | null;
}

export interface FiltersProps {
  clinicians: readonly Practitioner[];
  clinician: PersonId | null;
  wishes: Wishes;
  place: string | null;
  onClinician: (clinician: PersonId | null) => void;
  onWishes: (wishes: Wishes) => void;
  onPlace: (place: string | null) => void;
}

/** With whom, in which language, paid by whom, and where the person will be. Closed, it says what is chosen. */
export function Filters(props: FiltersProps) {
  const { clinicians, clinician, wishes, place, onClinician, onWishes, onPlace } = props;
  const { booking, language } = useStrings();
  const { filters } = booking;
  const languages = distinct(
    clinicians.flatMap((it) => it.profile.languages),
    language,
  );
  const insurers = distinct(
    clinicians.flatMap((it) => it.profile.insurers),
    language,
  );
  const chosen = [
    clinicians.find((it) => it.person_id === clinician)?.display_name,
    wishes.language && languageName(wishes.language, language),
    wishes.insurer,
    place && placeName(place, language),
  ].filter(Boolean);
  return (
    <details className={classes.filters}>
      <summary className={classes.filtersSummary}>
        <IconAdjustmentsHorizontal aria-hidden size={22} />
        <span>
          {filters.title}
          {chosen.length > 0 ? <span className="quiet"> · {chosen.join(' · ')}</span> : null}
        </span>
      </summary>
      <div className={classes.filterFields}>
        <Choice
          label={filters.clinician}
          none={filters.anyClinician}
          value={clinician}
          options={clinicians.map((it) => ({ value: it.person_id, label: it.display_name }))}
          onChange={(value) => onClinician(value as PersonId | null)}
        />
        <Choice
          label={filters.language}
          none={filters.anyLanguage}
          value={wishes.language}
          options={languages.map((it) => ({ value: it, label: languageName(it, language) }))}
          onChange={(value) => onWishes({ ...wishes, language: value })}
        />
        {insurers.length > 0 ? (
          <Choice
            label={filters.insurer}
            none={filters.anyInsurer}
            value={wishes.insurer}
            options={insurers.map((it) => ({ value: it, label: it }))}
            onChange={(value) => onWishes({ ...wishes, insurer: value })}
          />
        ) : null}
        <PlaceSelect
          label={filters.place}
          none={filters.anyPlace}
          value={place}
          onChange={onPlace}
        />
      </div>
      {chosen.length > 0 ? (
        <Act
          tone="bare"
          onClick={() => {
            onClinician(null);
            onWishes({ language: null, insurer: null });
            onPlace(null);
          }}
        >
          {filters.clear}
        </Act>
      ) : null}
    </details>
  );
}

interface ChoiceProps {
  label: string;
  none: string;
  value: string | null;
  options: { value: string; label: string }[];
  onChange: (value: string | null) => void;
}

function Choice({ label, none, value, options, onChange }: ChoiceProps) {
  return (
    <NativeSelect
      size="md"
      label={label}
      value={value ?? ''}
      data={[{ value: '', label: none }, ...options]}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    />
  );
}
