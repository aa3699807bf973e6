import { createContext, useContext, useLayoutEffect } from 'react';

/** What pages know of the lock in front of them. */
export interface Locked {
  /** The page is locked. */
  isLocked: boolean;
  /** The page is locked, and a call is on it: the call stays, what is beside it is hidden. */
  isBeside: boolean;
  /** Says whether a call is on the screen. */
  onCall: (isOn: boolean) => void;
}

export const LockedContext = createContext<Locked>({
  isLocked: false,
  isBeside: false,
  onCall: () => undefined,
});

/** Whether nobody sees what is on the page, though it is there. */
export function useIsLocked(): boolean {
  return useContext(LockedContext).isLocked;
}

/** Whether what stands beside a call is to be hidden. */
export function useIsBesideLocked(): boolean {
  return useContext(LockedContext).isBeside;
}

/** Tells the lock of a call, before anything is painted: when it ends, what follows is behind the lock. */
export function useCallOnScreen(isOn: boolean): void {
  const { onCall } = useContext(LockedContext);
  useLayoutEffect(() => {
    if (!isOn) return undefined;
    onCall(true);
    return () => onCall(false);
  }, [isOn, onCall]);
}
