/** Dragging an entry of the grid to another time. A mouse or a pen drags; a finger scrolls, and has the dialog. */
import { type PointerEvent, useCallback, useEffect, useRef, useState } from 'react';
import type { Axis, Piece } from './axis.ts';
import type { LocalDate } from './days.ts';
import type { Item } from './items.ts';

const THRESHOLD_PX = 6;

/** Appointments of a service begin at multiples of `interval` minutes of the day, and `offset` later. */
export interface Alignment {
  interval: number;
  offset: number;
}

export interface Dragged {
  item: Item;
  date: LocalDate;
  /** Where it would begin. */
  at: number;
  piece: Piece;
}

/** The nearest place on the axis at which an appointment of the service can begin; `null` in a void. */
export function snap(
  axis: Axis,
  date: LocalDate,
  top: number,
  { interval, offset }: Alignment,
): number | null {
  const step = Math.max(1, interval);
  const wanted = Math.round((top - offset) / step) * step + offset;
  return axis.instantAt(date, Math.min(Math.max(wanted, 0), axis.length - 1));
}

interface DragOptions {
  axis: Axis;
  part: Piece;
  alignmentOf: (item: Item) => Alignment;
  onDrop: (item: Item, at: number) => void;
}

interface Held {
  item: Item;
  startX: number;
  startY: number;
  /** Minutes from the entry's begin to the pointer. */
  grip: number;
}

export function useDrag(options: DragOptions) {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const columns = useRef(new Map<LocalDate, HTMLElement>());
  const held = useRef<Held | null>(null);
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const current = useRef<Dragged | null>(null);
  /** A drag ends with a click on where it began, which is none. */
  const wasDragged = useRef(false);

  const show = useCallback((next: Dragged | null) => {
    current.current = next;
    setDragged(next);
  }, []);

  const move = useCallback(
    (event: globalThis.PointerEvent) => {
      const grip = held.current;
      if (!grip) return;
      const far = Math.hypot(event.clientX - grip.startX, event.clientY - grip.startY);
      if (!wasDragged.current && far < THRESHOLD_PX) return;
      wasDragged.current = true;
      const { axis, part, alignmentOf } = latest.current;
      const column = [...columns.current].find(([, element]) => {
        const box = element.getBoundingClientRect();
        return box.left <= event.clientX && event.clientX < box.right;
      });
      if (!column) return;
      const [date, element] = column;
      const box = element.getBoundingClientRect();
      const perMinute = box.height / (part.bottom - part.top);
      const top = part.top + (event.clientY - box.top) / perMinute - grip.grip;
      const at = snap(axis, date, top, alignmentOf(grip.item));
      const piece =
        at === null
          ? undefined
          : axis.place(date, { from: at, until: at + grip.item.until - grip.item.from })[0];
      if (at !== null && piece) show({ item: grip.item, date, at, piece });
    },
    [show],
  );

  const stop = useCallback(
    (isDrop: boolean) => {
      const result = current.current;
      held.current = null;
      show(null);
      if (isDrop && result && result.at !== result.item.from) {
        latest.current.onDrop(result.item, result.at);
      }
    },
    [show],
  );

  useEffect(() => {
    const onUp = () => stop(true);
    const onCancel = () => stop(false);
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && held.current) stop(false);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', onUp);
    window.addEventListener('pointercancel', onCancel);
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', onUp);
      window.removeEventListener('pointercancel', onCancel);
      window.removeEventListener('keydown', onKey);
    };
  }, [move, stop]);

  const grab = useCallback((event: PointerEvent<HTMLElement>, item: Item) => {
    wasDragged.current = false;
    if (event.pointerType === 'touch' || event.button !== 0) return;
    const { part } = latest.current;
    const [element] = columns.current.values();
    if (!element) return;
    const perMinute = element.getBoundingClientRect().height / (part.bottom - part.top);
    const { top } = event.currentTarget.getBoundingClientRect();
    held.current = {
      item,
      startX: event.clientX,
      startY: event.clientY,
      grip: (event.clientY - top) / Math.max(perMinute, 0.1),
    };
  }, []);

  const column = useCallback(
    (date: LocalDate) => (element: HTMLElement | null) => {
      if (element) columns.current.set(date, element);
      else columns.current.delete(date);
    },
    [],
  );

  return { dragged, grab, column, wasDragged };
}
