import {
  createContext,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { type Page, pageOf } from './pages.ts';

/**
 * Flat pages, the table of `pages.ts`, and the browser's own history: a router library would cost a patient on a weak network more bytes
 * than all of our own pages. It owns the address; it knows nothing of what a page shows.
 */
export interface Navigation {
  page: Page;
  /** What the link that led here wants done on arrival; lost on reload on purpose. */
  intent: Intent | null;
  go(path: string, options?: { intent?: Intent; replace?: boolean }): void;
}

export type Intent = 'enter' | 'admit' | 'check';

const INTENTS: readonly string[] = ['enter', 'admit', 'check'] satisfies Intent[];

const Context = createContext<Navigation | null>(null);

export function RouterProvider({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const onPop = () => setPlace(read());
    window.addEventListener('popstate', onPop);
    window.addEventListener('hashchange', onPop);
    return () => {
      window.removeEventListener('popstate', onPop);
      window.removeEventListener('hashchange', onPop);
    };
  }, []);
  const go = useCallback<Navigation['go']>((path, options = {}) => {
    const state = options.intent ? { intent: options.intent } : null;
    if (options.replace) history.replaceState(state, '', path);
    else history.pushState(state, '', path);
    window.scrollTo(0, 0);
    setPlace({ path: location.pathname, intent: options.intent ?? null });
  }, []);
  const value = useMemo<Navigation>(
    () => ({ page: pageOf(place.path), intent: place.intent, go }),
    [place, go],
  );
  return <Context value={value}>{children}</Context>;
}

export function useNavigation(): Navigation {
  const navigation = useContext(Context);
  if (!navigation) throw new Error('useNavigation needs a RouterProvider above');
  return navigation;
}

export interface LinkProps {
  to: string;
  intent?: Intent;
  className?: string | undefined;
  current?: boolean;
  /** What a screen reader says instead, when the text alone would not tell. */
  label?: string;
  children: ReactNode;
}

/** A real link that navigates in place when it is clicked plainly. */
export function Link({ to, intent, className, current, label, children }: LinkProps) {
  const { go } = useNavigation();
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to, intent ? { intent } : {});
  };
  return (
    <a
      href={to}
      onClick={onClick}
      className={className}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
    >
      {children}
    </a>
  );
}

function read(): { path: string; intent: Intent | null } {
  const state: unknown = history.state;
  const wanted =
    typeof state === 'object' && state !== null && 'intent' in state ? state.intent : null;
  const intent = typeof wanted === 'string' && INTENTS.includes(wanted) ? (wanted as Intent) : null;
  if (intent) history.replaceState(null, '');
  return { path: location.pathname, intent };
}
