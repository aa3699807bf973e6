import { createContext } from 'react';

/** Asks the person to show that it is them; whether they did. Without anybody to ask, they did not. */
export const ProveContext = createContext<() => Promise<boolean>>(async () => false);
