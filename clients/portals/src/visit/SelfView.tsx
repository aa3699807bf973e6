import type { Visit } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { IconVideoOff } from '@tabler/icons-react';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { type Corner, recall, remember } from '../app/remember.ts';
import { StreamVideo } from '../parts/StreamVideo.tsx';
import { useStreamOf } from '../parts/tracks.ts';
import { useStrings } from '../strings/index.ts';
import classes from './stage.module.css';

/** One's own picture, small, in a corner of choice: dragged there, or moved by arrow keys. */
export function SelfView({ visit }: { visit: Visit }) {
  const { call } = useStrings();
  const own = useStore(visit.own);
  const stream = useStreamOf(own.camera.on ? own.camera.track : undefined);
  const [corner, setCorner] = useState<Corner>(() => recall('selfCorner'));
  const drag = useDrag(setCornerKept);
  function setCornerKept(next: Corner) {
    setCorner(next);
    remember('selfCorner', next);
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const isRtl = getComputedStyle(event.currentTarget).direction === 'rtl';
    const next = cornerByKey(corner, event.key, isRtl);
    if (!next) return;
    event.preventDefault();
    setCornerKept(next);
  };
  return (
    <button
      type="button"
      className={classes.self}
      data-corner={corner}
      aria-label={stream ? call.selfMove : `${call.cameraIsOff}. ${call.selfMove}`}
      onKeyDown={onKeyDown}
      {...drag}
    >
      {stream ? (
        <StreamVideo stream={stream} isMirrored data-own="" aria-label={call.self} />
      ) : (
        <span className={classes.selfOff}>
          <IconVideoOff aria-hidden size={22} />
          {call.cameraIsOff}
        </span>
      )}
    </button>
  );
}

export function cornerByKey(corner: Corner, key: string, isRtl: boolean): Corner | null {
  const isTop = corner.startsWith('top');
  const isStart = corner.endsWith('start');
  const at = (top: boolean, start: boolean): Corner =>
    `${top ? 'top' : 'bottom'}-${start ? 'start' : 'end'}`;
  switch (key) {
    case 'ArrowUp':
      return at(true, isStart);
    case 'ArrowDown':
      return at(false, isStart);
    case 'ArrowLeft':
      return at(isTop, !isRtl);
    case 'ArrowRight':
      return at(isTop, isRtl);
    default:
      return null;
  }
}

/** Follows the pointer, then snaps to the nearest corner of the stage. */
function useDrag(onCorner: (corner: Corner) => void) {
  const start = useRef<{ x: number; y: number } | null>(null);
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    start.current = { x: event.clientX, y: event.clientY };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const from = start.current;
    if (!from) return;
    const { style } = event.currentTarget;
    style.translate = `${event.clientX - from.x}px ${event.clientY - from.y}px`;
  };
  const end = (event: PointerEvent<HTMLElement>) => {
    const from = start.current;
    if (!from) return;
    start.current = null;
    const element = event.currentTarget;
    const box = element.getBoundingClientRect();
    const frame = element.parentElement?.getBoundingClientRect();
    element.style.translate = '';
    const moved = Math.hypot(event.clientX - from.x, event.clientY - from.y);
    if (!frame || moved < 8) return;
    const isRtl = getComputedStyle(element).direction === 'rtl';
    const isLeft = box.left + box.width / 2 < frame.left + frame.width / 2;
    const isTop = box.top + box.height / 2 < frame.top + frame.height / 2;
    onCorner(`${isTop ? 'top' : 'bottom'}-${isLeft !== isRtl ? 'start' : 'end'}`);
  };
  return { onPointerDown, onPointerMove, onPointerUp: end, onPointerCancel: end };
}
