import { PasswordInput } from '@mantine/core';
import { type CSSProperties, type RefObject, useState } from 'react';
import { suggestPassword } from '../admin/password.ts';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { lengthOf } from './strength.ts';

export interface NewPasswordProps {
  field: RefObject<HTMLInputElement | null>;
  /** What is asked of it, said before it is typed. */
  hint: string;
  /** Characters from which on it is long enough. */
  least: number;
  value: string;
  fault: string | null;
  onChange: (next: string) => void;
}

/** A password that is chosen: how far it is from long enough, a way to see it, and one that is suggested. */
export function NewPassword({ field, hint, least, value, fault, onChange }: NewPasswordProps) {
  const { account, signIn } = useStrings();
  const words = account.password;
  const announce = useAnnounce();
  const [isShown, setShown] = useState(false);
  const change = (next: string) => {
    // Once, when it is: who listens is not told of every letter.
    if (lengthOf(value) < least && lengthOf(next) >= least) announce(words.isEnough);
    onChange(next);
  };
  return (
    <>
      <PasswordInput
        ref={field}
        size="lg"
        name="new-password"
        label={words.field}
        description={hint}
        autoComplete="new-password"
        autoCapitalize="none"
        spellCheck={false}
        visible={isShown}
        onVisibilityChange={setShown}
        visibilityToggleButtonProps={{ 'aria-label': signIn.showPassword }}
        rightSectionWidth={56}
        value={value}
        error={fault}
        aria-invalid={fault !== null}
        onChange={(event) => change(event.currentTarget.value)}
      />
      <Length has={lengthOf(value)} needs={least} />
      <div>
        <Act
          tone="bare"
          onClick={() => {
            change(suggestPassword());
            setShown(true);
            announce(words.suggested);
          }}
        >
          {words.suggest}
        </Act>
      </div>
    </>
  );
}

/** How far it is from long enough, in words and as a bar. */
function Length({ has, needs }: { has: number; needs: number }) {
  const words = useStrings().account.password;
  const isEnough = has >= needs;
  return (
    <div className={classes.length} data-enough={isEnough}>
      <div aria-hidden="true" className={classes.lengthBar}>
        <div style={{ '--share': Math.min(1, has / needs) } as CSSProperties} />
      </div>
      <p>{isEnough ? words.enough(has) : words.length(has, needs)}</p>
    </div>
  );
}
