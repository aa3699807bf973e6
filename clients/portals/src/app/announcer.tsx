import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';

type Announce = (text: string, options?: { urgent?: boolean }) => void;

const Context = createContext<Announce>(() => {});

/**
 * Two live regions that stay in the page for good, because screen readers overlook regions that come with their text.
 */
export function Announcer({ children }: { children: ReactNode }) {
  const [polite, setPolite] = useState('');
  const [urgent, setUrgent] = useState('');
  const turn = useRef(false);
  const announce = useCallback<Announce>((text, options) => {
    // The same sentence twice is a new one for the screen reader when it ends in another space.
    turn.current = !turn.current;
    const said = turn.current ? text : `${text}\u00a0`;
    if (options?.urgent) setUrgent(said);
    else setPolite(said);
  }, []);
  return (
    <Context value={announce}>
      {children}
      <div className="hidden" role="status" aria-live="polite" data-testid="announcements">
        {polite}
      </div>
      <div className="hidden" role="alert" aria-live="assertive">
        {urgent}
      </div>
    </Context>
  );
}

export function useAnnounce(): Announce {
  return useContext(Context);
}
