import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { useStrings } from '../strings/index.ts';
import classes from './host.module.css';

const LEAST_PX = 280;
const MOST_PX = 560;
const STEP_PX = 24;

export function keptWidth(width: number): number {
  return Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, width)));
}

/** The edge between call and panel: dragged, or moved by arrow keys. */
export function PanelEdge({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const { visit } = useStrings();
  const start = useRef<{ x: number; width: number } | null>(null);
  const isRtl = () => document.documentElement.dir === 'rtl';
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    start.current = { x: event.clientX, width };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const from = start.current;
    if (!from) return;
    const moved = (event.clientX - from.x) * (isRtl() ? 1 : -1);
    onWidth(keptWidth(from.width + moved));
  };
  const onPointerUp = () => {
    start.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const grow = isRtl() ? 'ArrowRight' : 'ArrowLeft';
    const shrink = isRtl() ? 'ArrowLeft' : 'ArrowRight';
    if (event.key === grow) onWidth(keptWidth(width + STEP_PX));
    else if (event.key === shrink) onWidth(keptWidth(width - STEP_PX));
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> can not be moved; this is the window splitter pattern.
    <div
      className={classes.edge}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={visit.resize}
      aria-valuenow={width}
      aria-valuemin={LEAST_PX}
      aria-valuemax={MOST_PX}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onKeyDown={onKeyDown}
    />
  );
}
