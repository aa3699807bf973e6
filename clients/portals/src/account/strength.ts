/**
 * What a new password has to be, as the hub asks it (NIST SP 800-63B-4): long, and not guessed first. Nothing is asked of its
 * kind. Whether it is guessed first is the hub's word.
 */
export const LEAST = { alone: 15, besideFactor: 8 } as const;
export const MOST = 256;

/** Characters as the hub counts them. */
export function lengthOf(password: string): number {
  return [...password.normalize('NFKC')].length;
}
