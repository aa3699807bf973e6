import type { Conversation, ConversationNow, MessageId } from '@bedside/client';
import {
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { around, earlier, later, type Part, type Place, partOf } from './window.ts';

/** Nearer to the begin than this there is more before it. */
const NEAR_BEGIN_PX = 160;
/** Nearer to the end than this there is more behind it. */
const NEAR_END_PX = 480;
/** Nearer to the end than this is the end. */
const AT_END_PX = 80;

export interface Scrolling {
  /** What of the thread is on the page. */
  part: Part;
  /** Messages that came while the person was reading further up. */
  newBelow: number;
  isAtEnd: boolean;
  toEnd: () => void;
  /** Shows one message, loading older pages until it is there. */
  show: (message: { message_id: MessageId; offset: number }) => Promise<void>;
  /** Shows what is before, keeping the place; from the hub where it is not here. */
  showEarlier: () => void;
  isLoadingOlder: boolean;
  highlighted: MessageId | null;
}

/** Scrolls this place alone: `scrollIntoView` would move everything around it as well. */
function bring(scroller: HTMLElement, target: Element, fromTop: number): void {
  scroller.scrollTop += topIn(scroller, target) - fromTop;
}

const topIn = (scroller: HTMLElement, target: Element): number =>
  target.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

/** The first message that is in sight, and where. */
function firstInSight(scroller: HTMLElement): { id: string; top: number } | null {
  const all = scroller.querySelectorAll<HTMLElement>('[data-message]');
  const top = scroller.getBoundingClientRect().top;
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.getBoundingClientRect().bottom ?? 0) <= top) low = middle + 1;
    else high = middle;
  }
  const found = all[low];
  return found ? { id: found.dataset.message ?? '', top: topIn(scroller, found) } : null;
}

const fromEndOf = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number =>
  scrollHeight - scrollTop - clientHeight;

/**
 * Where the person is in a thread: at the first new message when it opens, at the end while they are at the end, and
 * where they were when messages come before or behind what they see.
 */
export function useScrolling(
  scroller: RefObject<HTMLElement | null>,
  handle: Conversation,
  now: ConversationNow,
): Scrolling {
  const [place, setPlace] = useState<Place>({ kind: 'end' });
  const [isAtEnd, setAtEnd] = useState(true);
  const [seenUpTo, setSeenUpTo] = useState(0);
  const [isLoadingOlder, setLoading] = useState(false);
  const [highlighted, setHighlighted] = useState<MessageId | null>(null);
  const part = useMemo(() => partOf(now.messages, place), [now.messages, place]);
  const last = now.messages.at(-1);

  const showEarlier = useCallback(() => {
    if (part.hasEarlier) return setPlace((it) => earlier(handle.state.get().messages, it));
    setLoading(true);
    handle
      .loadOlder()
      .then(() => setPlace((it) => earlier(handle.state.get().messages, it)))
      // The button stays, and can be pressed again.
      .catch(() => {})
      .finally(() => setLoading(false));
  }, [handle, part.hasEarlier]);

  const { toEnd, leaveEnd } = useKeptPlace({
    scroller,
    now,
    part,
    place,
    setPlace,
    onEnd: setAtEnd,
    onNearBegin: () => {
      const isThere = part.hasEarlier || (now.hasOlder && now.status === 'live');
      if (isThere && !isLoadingOlder) showEarlier();
    },
    onNearEnd: () => {
      if (part.hasLater) setPlace((it) => later(handle.state.get().messages, it));
    },
  });

  useEffect(() => {
    if (isAtEnd && last) setSeenUpTo(last.offset);
  }, [isAtEnd, last]);

  const show = useCallback<Scrolling['show']>(
    async ({ message_id, offset }) => {
      await handle.loadUntil(offset);
      const { messages } = handle.state.get();
      leaveEnd();
      const find = () =>
        scroller.current?.querySelector<HTMLElement>(`[data-message="${message_id}"]`);
      if (!find()) flushSync(() => setPlace(around(messages, offset)));
      // Painted by then.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const element = find();
      if (!element) return;
      if (scroller.current) bring(scroller.current, element, scroller.current.clientHeight / 3);
      element.focus({ preventScroll: true });
      setHighlighted(message_id);
    },
    [handle, scroller, leaveEnd],
  );

  const newBelow = isAtEnd
    ? 0
    : now.messages.filter(
        (it) => it.offset > seenUpTo && it.member_id !== now.conversation?.you && seenUpTo > 0,
      ).length;
  return { part, newBelow, isAtEnd, toEnd, show, showEarlier, isLoadingOlder, highlighted };
}

interface KeptPlace {
  scroller: RefObject<HTMLElement | null>;
  now: ConversationNow;
  part: Part;
  place: Place;
  setPlace: (place: Place) => void;
  onEnd: (isAtEnd: boolean) => void;
  onNearBegin: () => void;
  onNearEnd: () => void;
}

/** Listens to scrolling, and keeps what the person sees where it is when something changes around it. */
function useKeptPlace(props: KeptPlace): { toEnd: () => void; leaveEnd: () => void } {
  const { scroller, now, part, place, setPlace } = props;
  const latest = useRef(props);
  const kept = useRef({ isAtEnd: true, isPlaced: false, lastKey: '', seen: firstNothing });

  const toEnd = useCallback(() => {
    kept.current.isAtEnd = true;
    setPlace({ kind: 'end' });
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [scroller, setPlace]);
  const leaveEnd = useCallback(() => {
    kept.current.isAtEnd = false;
  }, []);

  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const onScroll = () => {
      const { part: shown, place: at, onEnd, onNearBegin, onNearEnd } = latest.current;
      const fromEnd = fromEndOf(element);
      kept.current.isAtEnd = fromEnd < AT_END_PX && !shown.hasLater;
      kept.current.seen = firstInSight(element);
      onEnd(kept.current.isAtEnd);
      if (kept.current.isAtEnd && at.kind !== 'end') setPlace({ kind: 'end' });
      if (element.scrollTop < NEAR_BEGIN_PX) onNearBegin();
      if (fromEnd < NEAR_END_PX) onNearEnd();
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    // The composer grows, a keyboard comes up: who was at the end stays there.
    const resize = new ResizeObserver(() => {
      if (kept.current.isAtEnd) element.scrollTop = element.scrollHeight;
    });
    resize.observe(element);
    return () => {
      element.removeEventListener('scroll', onScroll);
      resize.disconnect();
    };
  }, [scroller, setPlace]);

  const last = now.messages.at(-1);
  const size = now.messages.length + now.pending.length;
  const lastKey = now.pending.at(-1)?.key ?? last?.message_id ?? '';
  const isOwnLast = now.pending.length > 0 || last?.member_id === now.conversation?.you;
  const first = part.messages[0]?.message_id;
  const end = part.messages.at(-1)?.message_id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is found anew when something came, and only then.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || size === 0) return;
    const known = kept.current;
    const isNewAtEnd = known.lastKey !== lastKey;
    known.lastKey = lastKey;
    if (!known.isPlaced) {
      known.isPlaced = true;
      const begins = element.querySelector('[data-line="new"]');
      if (begins) bring(element, begins, 0);
      else element.scrollTop = element.scrollHeight;
      known.isAtEnd = fromEndOf(element) < AT_END_PX;
    } else if (isNewAtEnd && isOwnLast) {
      // Where one writes is where one looks.
      toEnd();
    } else if (known.isAtEnd) {
      element.scrollTop = element.scrollHeight;
    } else if (known.seen) {
      const anchor = element.querySelector(`[data-message="${known.seen.id}"]`);
      if (anchor) bring(element, anchor, known.seen.top);
    }
    known.seen = firstInSight(element);
  }, [first, end, size, lastKey, place]);

  return { toEnd, leaveEnd };
}

const firstNothing: ReturnType<typeof firstInSight> = null;
