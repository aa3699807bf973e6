import type { Conversation, ConversationNow, Message } from '@bedside/client';
import { type RefObject, useEffect, useState } from 'react';
import { useIsLocked } from '../account/locked.ts';
import { firstNew } from './thread.ts';

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
  shown: readonly Message[],
): void {
  const first = shown[0]?.offset ?? 0;
  const last = shown.at(-1)?.offset ?? 0;
  const count = shown.length;
  const isLocked = useIsLocked();
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is something else to look at with every message.
  useEffect(() => {
    const element = scroller.current;
    // Behind the lock it is laid out, and nobody sees it.
    if (!element || last === 0 || isLocked) return undefined;
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
  }, [scroller, handle, first, last, count, isLocked]);
}
