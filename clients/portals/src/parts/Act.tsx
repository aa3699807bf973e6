import { Button, type ButtonProps } from '@mantine/core';
import type { ComponentPropsWithoutRef, ReactNode, Ref } from 'react';
import classes from './parts.module.css';

/**
 * How a button speaks. `act`: something waits for this person now. `main`: the way on. `quiet`: also possible.
 * `bare`: least. `danger`: cannot be undone.
 */
export type Tone = 'main' | 'act' | 'quiet' | 'bare' | 'danger';

export interface ActProps
  extends Omit<ComponentPropsWithoutRef<'button'>, 'color' | 'style' | 'disabled'> {
  disabled?: boolean;
  tone?: Tone;
  icon?: ReactNode;
  large?: boolean;
  wide?: boolean;
  loading?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

const variants: Record<Tone, Pick<ButtonProps, 'variant' | 'color'>> = {
  main: { variant: 'filled' },
  act: { variant: 'filled' },
  quiet: { variant: 'default' },
  bare: { variant: 'subtle' },
  danger: { variant: 'filled', color: 'red' },
};

const tones: Partial<Record<Tone, string | undefined>> = {
  act: classes.now,
  quiet: classes.quiet,
  bare: classes.bare,
};

/** Every button of the portals, at least 44 px high. */
export function Act({ tone = 'quiet', icon, large, wide, className, ...rest }: ActProps) {
  const names = [classes.button, tones[tone], large ? classes.large : '', className ?? ''];
  return (
    <Button
      {...variants[tone]}
      {...rest}
      type={rest.type ?? 'button'}
      leftSection={icon}
      fullWidth={wide ?? false}
      size={large ? 'lg' : 'md'}
      className={names.filter(Boolean).join(' ')}
    />
  );
}
