import { type RefObject, useEffect, useRef } from 'react';

/**
 * Leads to the first field that cannot be accepted: on a small screen it may be far above the button. `faults` is
 * another value after every try that failed.
 */
export function useFaultFocus(faults: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again after every try.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);
  return form;
}
