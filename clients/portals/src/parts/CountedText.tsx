import { Textarea } from '@mantine/core';
import { useStrings } from '../strings/index.ts';

/** How many characters are left is told from here on. */
const NEAR = 100;

export interface CountedTextProps {
  label: string;
  hint: string;
  value: string;
  /** Characters, as the hub bounds them. */
  most: number;
  rows?: number;
  error: string | null;
  onChange: (text: string) => void;
}

/** A field for a text with a bound, which is told when it is near. */
export function CountedText(props: CountedTextProps) {
  const { label, hint, value, most, rows = 3, error, onChange } = props;
  const { common } = useStrings();
  const left = most - charactersOf(value);
  return (
    <div>
      <Textarea
        size="md"
        rows={rows}
        label={label}
        description={hint}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {left <= NEAR && left >= 0 ? (
        <p className="quiet" role="status">
          {common.left(left)}
        </p>
      ) : null}
    </div>
  );
}

/** As the hub counts them. */
export const charactersOf = (text: string): number => [...text].length;
