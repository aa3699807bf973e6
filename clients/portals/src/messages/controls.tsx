import type { ComponentPropsWithoutRef, ReactNode, Ref } from 'react';
import classes from './controls.module.css';

export interface RoundButtonProps extends Omit<ComponentPropsWithoutRef<'button'>, 'className'> {
  /** What it does, and to what. */
  label: string;
  icon: ReactNode;
  className?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that is an icon, where words would be in the way of what is read. */
export function RoundButton({ label, icon, className = '', ...rest }: RoundButtonProps) {
  return (
    <button
      {...rest}
      type="button"
      className={`${classes.round} ${className}`.trim()}
      aria-label={label}
    >
      {icon}
    </button>
  );
}

const MOST_SHOWN = 99;

/** How many are new; in words for a screen reader. */
export function Count({ count, words }: { count: number; words: string }) {
  if (count === 0) return null;
  return (
    <span className={classes.count}>
      <span className="hidden">{words}</span>
      <span aria-hidden="true">{count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}</span>
    </span>
  );
}
