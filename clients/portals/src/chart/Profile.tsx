import type { FieldClass, PatientProfile } from '@bedside/client';
import { IconEyeOff } from '@tabler/icons-react';
import { useTime } from '../app/hooks.ts';
import { languageName, placeName } from '../format/places.ts';
import { Chip } from '../parts/Chip.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';

const FIELDS: Partial<Record<FieldClass, readonly (keyof PatientProfile)[]>> = {
  identity: ['birth_date', 'gender', 'jurisdiction', 'language'],
  contact: ['phone', 'emergency_contact'],
  insurance: ['insurer', 'insurance_number'],
};

export interface ProfileProps {
  of: FieldClass;
  profile: PatientProfile;
  isWithheld: boolean;
}

/** One class of a profile: what was told, what was not, or that it is withheld. */
export function Profile({ of, profile, isWithheld }: ProfileProps) {
  const { chart: words, language } = useStrings();
  const time = useTime();
  const textOf = (field: keyof PatientProfile) => {
    const value = profile[field];
    if (value === undefined) return <span className="quiet">{words.notTold}</span>;
    switch (field) {
      case 'birth_date':
        return longDate(value, time.language);
      case 'jurisdiction':
        return placeName(value, language);
      case 'language':
        return languageName(value, language);
      default:
        return <bdi>{value}</bdi>;
    }
  };
  return (
    <section className={classes.card} aria-labelledby={`class-${of}`} data-class={of}>
      <h2 id={`class-${of}`}>{words.classes[of]}</h2>
      {isWithheld ? (
        <Withheld />
      ) : (
        <dl className={classes.facts}>
          {FIELDS[of]?.map((it) => (
            <div key={it}>
              <dt>{words.fields[it]}</dt>
              <dd>{textOf(it)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

/** In the place of what is not shown. */
export function Withheld({ more }: { more?: string }) {
  const { chart: words } = useStrings();
  return (
    <div className={classes.withheld}>
      <Chip icon={<IconEyeOff aria-hidden size={16} />}>{words.withheld}</Chip>
      <p className="quiet">
        {words.withheldBody} {more}
      </p>
    </div>
  );
}

/** A day of the calendar, the same in every zone. */
function longDate(day: string, language: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at)
    ? day
    : new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}
