import type { Conversation, ConversationNow, MessageId } from '@bedside/client';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { firstNew } from './thread.ts';

/** Nearer to the begin than this the page before is loaded. */
const NEAR_BEGIN_PX = 160;
/** Nearer to the end than this is the end. */
const AT_END_PX = 80;

/** Scrolls this place alone: `scrollIntoView` would move everything around it as well. */
function bring(scroller: HTMLElement, target: Element, fromTop: number): void {
  const distance = target.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += distance - fromTop;
}

export interface Scrolling {
  /** Messages that came while the person was reading further up. */
  newBelow: number;
  isAtEnd: boolean;
  toEnd: () => void;
  /** Shows one message, loading older pages until it is there. */
  show: (message: { message_id: MessageId; offset: number }) => Promise<void>;
  /** Loads the page before, keeping the place. */
  loadOlder: () => void;
  isLoadingOlder: boolean;
  highlighted: MessageId | null;
}

/**
 * Where the person is in a thread: at the first new message when it opens, at the end while they are at the end, and
 * where they were when older messages come in front.
 */
export function useScrolling(
  scroller: RefObject<HTMLElement | null>,
  handle: Conversation,
  now: ConversationNow,
): Scrolling {
  const [isAtEnd, setAtEnd] = useState(true);
  const [seenUpTo, setSeenUpTo] = useState(0);
  const [isLoadingOlder, setLoading] = useState(false);
  const [highlighted, setHighlighted] = useState<MessageId | null>(null);
  const wantsOlder = useRef(() => {});
  const place = useRef({ isAtEnd: true, first: '', fromEnd: 0, isPlaced: false });
  const first = now.messages[0]?.message_id ?? '';
  const last = now.messages.at(-1);
  const size = now.messages.length + now.pending.length;
  const isOwnLast = now.pending.length > 0 || last?.member_id === now.conversation?.you;

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const onScroll = () => {
      const fromEnd = element.scrollHeight - element.scrollTop;
      place.current.fromEnd = fromEnd;
      place.current.isAtEnd = fromEnd - element.clientHeight < AT_END_PX;
      setAtEnd(place.current.isAtEnd);
      if (element.scrollTop < NEAR_BEGIN_PX) wantsOlder.current();
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    // The composer grows, a keyboard comes up: who was at the end stays there.
    const resize = new ResizeObserver(() => {
      if (place.current.isAtEnd) toEnd();
    });
    resize.observe(element);
    return () => {
      element.removeEventListener('scroll', onScroll);
      resize.disconnect();
    };
  }, [scroller, toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is found anew when something came, and only then.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || size === 0) return;
    const known = place.current;
    const begins = element.querySelector('[data-line="new"]');
    if (!known.isPlaced) {
      known.isPlaced = true;
      if (begins) bring(element, begins, 0);
      else toEnd();
    } else if (known.first !== first && !known.isAtEnd) {
      element.scrollTop = element.scrollHeight - known.fromEnd;
    } else if (known.isAtEnd || isOwnLast) toEnd();
    known.first = first;
    known.fromEnd = element.scrollHeight - element.scrollTop;
  }, [first, size, last?.message_id]);

  useEffect(() => {
    if (isAtEnd && last) setSeenUpTo(last.offset);
  }, [isAtEnd, last]);

  const loadOlder = useCallback(() => {
    setLoading(true);
    handle
      .loadOlder()
      // The button stays, and can be pressed again.
      .catch(() => {})
      .finally(() => setLoading(false));
  }, [handle]);

  useEffect(() => {
    wantsOlder.current = () => {
      if (now.hasOlder && !isLoadingOlder && now.status === 'live') loadOlder();
    };
  });

  const show = useCallback<Scrolling['show']>(
    async ({ message_id, offset }) => {
      await handle.loadUntil(offset);
      // Painted by then.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const element = scroller.current?.querySelector<HTMLElement>(
        `[data-message="${message_id}"]`,
      );
      if (!element) return;
      place.current.isAtEnd = false;
      if (scroller.current) bring(scroller.current, element, scroller.current.clientHeight / 3);
      element.focus({ preventScroll: true });
      setHighlighted(message_id);
    },
    [handle, scroller],
  );

  const newBelow = isAtEnd
    ? 0
    : now.messages.filter(
        (it) => it.offset > seenUpTo && it.member_id !== now.conversation?.you && seenUpTo > 0,
      ).length;
  return { newBelow, isAtEnd, toEnd, show, loadOlder, isLoadingOlder, highlighted };
}

/** Where new messages began when the thread was opened; it does not move while one reads. */
export function useNewFrom(now: ConversationNow): number | null {
  const [decided, setDecided] = useState<{ newFrom: number | null } | null>(null);
  const you = now.conversation?.you;
  if (decided !== null || you === undefined) return decided?.newFrom ?? null;
  const newFrom = firstNew(now.messages, now.marks, you);
  setDecided({ newFrom });
  return newFrom;
}

/** Tells what really was before the person's eyes: on the screen, in a page that is looked at. */
export function useDisplayed(
  scroller: RefObject<HTMLElement | null>,
  handle: Conversation,
  now: ConversationNow,
): void {
  const you = now.conversation?.you;
  const last = now.messages.findLast((it) => it.member_id !== you)?.offset ?? 0;
  const count = now.messages.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is more to look at with every message.
  useEffect(() => {
    const element = scroller.current;
    if (!element || last === 0) return undefined;
    const visible = new Set<number>();
    const tell = () => {
      if (document.visibilityState === 'visible' && visible.size > 0) {
        handle.markDisplayed(Math.max(...visible));
      }
    };
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const offset = Number(target.getAttribute('data-offset'));
          if (isIntersecting) visible.add(offset);
          else visible.delete(offset);
        }
        tell();
      },
      // The end of a message was there, which of a long one is seen last. Seen is what the window shows: a thread that
      // scrolls cuts off what it hides by itself, and what lies below the window is not seen either.
      { threshold: 0 },
    );
    for (const it of element.querySelectorAll('[data-end][data-offset]')) observer.observe(it);
    document.addEventListener('visibilitychange', tell);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', tell);
    };
  }, [scroller, handle, last, count]);
}
