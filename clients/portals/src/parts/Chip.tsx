import type { ReactNode } from 'react';
import classes from './parts.module.css';

export type ChipTone = 'plain' | 'good' | 'act' | 'danger' | 'brand';

/** A short state, always in words; the colour only helps. */
export function Chip({
  tone = 'plain',
  icon,
  children,
}: {
  tone?: ChipTone;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span className={classes.chip} data-tone={tone}>
      {icon}
      {children}
    </span>
  );
}
