import { createContext, useContext } from 'react';
import { en, type Strings } from './en.ts';

export type { Strings };

const Context = createContext<Strings>(en);

export const StringsProvider = Context.Provider;

/** The sentences of the language that is shown. */
export function useStrings(): Strings {
  return useContext(Context);
}
