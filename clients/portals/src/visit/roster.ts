import type { VisitView } from '@bedside/client';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useStrings } from '../strings/index.ts';

/** Tells screen readers who comes and goes. */
export function useRosterAnnouncements(view: VisitView): void {
  const { call } = useStrings();
  const announce = useAnnounce();
  const known = useRef<Map<string, string> | null>(null);
  useEffect(() => {
    const inside = new Map(
      view.participants
        .filter((it) => it.place === 'inside' && it.participant_id !== view.you)
        .map((it) => [it.participant_id as string, it.display_name]),
    );
    const before = known.current;
    known.current = inside;
    if (!before) return;
    const joined = [...inside]
      .filter(([id]) => !before.has(id))
      .map(([, name]) => call.joined(name));
    const gone = [...before].filter(([id]) => !inside.has(id)).map(([, name]) => call.gone(name));
    const said = [...joined, ...gone].join(' ');
    if (said) announce(said);
  }, [view, call, announce]);
}
