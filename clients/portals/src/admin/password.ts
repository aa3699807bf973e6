/** Letters and digits that nobody mistakes for others when they are read out. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP = 4;

/** A first password: 20 random letters, about 99 bits, in groups that can be read out. */
export function suggestPassword(): string {
  const groups = Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP }, randomLetter).join(''),
  );
  return groups.join('-');
}

/** Without a bias: bytes that do not divide evenly are thrown away. */
function randomLetter(): string {
  const fair = 256 - (256 % LETTERS.length);
  for (;;) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < fair) return LETTERS.charAt(byte % LETTERS.length);
  }
}
