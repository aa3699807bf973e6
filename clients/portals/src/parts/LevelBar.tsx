import { devices } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { type CSSProperties, useEffect, useMemo } from 'react';
import classes from './level.module.css';

export interface LevelBarProps {
  track: MediaStreamTrack;
  label: string;
  onLevel?: (level: number) => void;
}

/** A bar that moves with the sound of a microphone. */
export function LevelBar({ track, label, onLevel }: LevelBarProps) {
  const store = useMemo(() => devices.level(track), [track]);
  const level = useStore(store);
  useEffect(() => onLevel?.(level), [level, onLevel]);
  const share = Math.min(1, Math.max(0, level));
  return (
    // biome-ignore lint/a11y/useSemanticElements: <meter> can not be drawn the same in all browsers.
    <div
      className={classes.bar}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 10) * 10}
    >
      <div className={classes.fill} style={{ '--level': share } as CSSProperties} />
    </div>
  );
}
