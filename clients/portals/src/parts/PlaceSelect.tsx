import { NativeSelect } from '@mantine/core';
import { useMemo } from 'react';
import { countries, countryOf, regions } from '../format/places.ts';
import { useStrings } from '../strings/index.ts';
import classes from './parts.module.css';

export interface PlaceSelectProps {
  label: string;
  description?: string;
  /** ISO 3166-1 or 3166-2. */
  value: string | null;
  /** What stands for none. */
  none: string;
  error?: string | null;
  onChange: (place: string | null) => void;
}

/** A country, and a region of it where licences are given by region. */
export function PlaceSelect(props: PlaceSelectProps) {
  const { label, description, value, none, error, onChange } = props;
  const { language, booking } = useStrings();
  const known = useMemo(() => countries(language), [language]);
  const country = value ? countryOf(value) : '';
  const parts = regions(country);
  const isKnown = value !== null && parts.some((it) => it.code === value);
  return (
    <div className={classes.place}>
      <NativeSelect
        size="md"
        label={label}
        description={description}
        error={error}
        value={country}
        data={[
          { value: '', label: none },
          ...known.map((it) => ({ value: it.code, label: it.name })),
        ]}
        onChange={(event) => onChange(event.currentTarget.value || null)}
      />
      {parts.length > 0 ? (
        <NativeSelect
          size="md"
          label={booking.place.region}
          value={isKnown ? (value ?? '') : ''}
          data={[
            { value: '', label: booking.place.chooseRegion },
            ...parts.map((it) => ({ value: it.code, label: it.name })),
          ]}
          onChange={(event) => onChange(event.currentTarget.value || country)}
        />
      ) : null}
    </div>
  );
}
