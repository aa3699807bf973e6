/**
 * WHETHER THE AUDIT LOG IS WHAT WAS SIGNED, found out here and not by asking the hub: hashes, path and signature are
 * made and compared with WebCrypto.
 *
 * Invariants: nothing is `proven` that was not computed from the leaf up; what is shown has to be what the leaf says.
 * Does not: ask the hub, or keep anything. Whose key it is, somebody else has to say: a key that the hub itself handed
 * out shows that the log agrees with itself.
 */
import type { AuditId, AuditProof } from './protocol.gen.js';

/** Bytes of a hash, a key or a leaf. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A log at one moment, as it was signed. */
export interface LogHead {
  /** Name of the log. */
  readonly origin: string;
  /** Entries. */
  readonly size: number;
  /** Root of the tree, base64. */
  readonly root: string;
}

/**
 * Why something is not proven. `unsupported`: this browser has no Ed25519, or the page is not a secure one. `key`: it is no
 * key of a log. `note`: it is no checkpoint. `signature`: the key did not sign it. `other_log`: signed, for another log.
 * `path`: the entry is not in the tree that was signed. `leaf`: the entry is there and says something else than what is
 * shown. `detail`: what is hidden behind the entry was changed.
 */
export type WhyNot =
  | 'unsupported'
  | 'key'
  | 'note'
  | 'signature'
  | 'other_log'
  | 'path'
  | 'leaf'
  | 'detail';

/** A checkpoint that was looked at. */
export type Opened = { readonly head: LogHead } | { readonly whyNot: WhyNot };

/** An entry that was looked at. */
export type Verdict =
  | {
      readonly isProven: true;
      readonly head: LogHead;
      /** Hash of the leaf, base64. */
      readonly hash: string;
      /** The root when this entry was the last one, base64: what an earlier checkpoint of that size has to have. */
      readonly rootThen: string;
    }
  | { readonly isProven: false; readonly whyNot: WhyNot };

/** What is shown of an entry, and has to be what was signed. */
export interface ShownEntry {
  readonly audit_id: AuditId;
  readonly operation: string;
  readonly outcome: string;
  readonly at: number;
  /** Its number, if that was shown. */
  readonly entry?: number;
}

/** How a checkpoint stands to one that was seen before. */
export type Continuation = 'same' | 'grown' | 'shorter' | 'rewritten' | 'other_log';

/** Bytes of a key's id. */
const ID = 4;
/** Kind of a key that signs notes as they are. */
const LOG_KEY = 1;
const DASH = '\u2014 ';

/** Whether an entry is in the signed log, and says what is shown. `key` as `audit.checkpoint` or a file has it. */
export async function verifyEntry(
  shown: ShownEntry,
  proof: AuditProof,
  key: string,
): Promise<Verdict> {
  const opened = await openCheckpoint(proof.checkpoint, key);
  if ('whyNot' in opened) return { isProven: false, whyNot: opened.whyNot };
  const { head } = opened;
  const no = (whyNot: WhyNot): Verdict => ({ isProven: false, whyNot });
  const hash = await leafHash(encode(proof.leaf));
  const path = proof.hashes.map(bytesOf);
  const roots = path.every(isHash) ? await rootsOf(proof.entry, head.size, hash, path) : null;
  if (!roots || base64(roots.root) !== head.root) return no('path');
  if (!saysWhatIsShown(shown, proof)) return no('leaf');
  if (proof.detail && !(await isDetail(shown, proof))) return no('detail');
  return { isProven: true, head, hash: base64(hash), rootThen: base64(roots.then) };
}

/** What a checkpoint says, if this key signed it under its own name. */
export async function openCheckpoint(note: string, key: string): Promise<Opened> {
  if (!globalThis.crypto?.subtle) return { whyNot: 'unsupported' };
  const verifier = await verifierOf(key);
  if (!verifier) return { whyNot: 'key' };
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return { whyNot: 'note' };
  const text = note.slice(0, end + 1);
  const theirs = note
    .slice(end + 2)
    .split('\n')
    .flatMap((line) => signatureOf(line, verifier));
  try {
    const { subtle } = crypto;
    const publicKey = await subtle.importKey('raw', verifier.key, 'Ed25519', false, ['verify']);
    for (const it of theirs) {
      if (!(await subtle.verify('Ed25519', publicKey, it, encode(text)))) continue;
      const head = headOf(text);
      if (!head) return { whyNot: 'note' };
      return head.origin === verifier.name ? { head } : { whyNot: 'other_log' };
    }
    return { whyNot: 'signature' };
  } catch {
    // Whatever a browser without it throws; a bad signature is `false`.
    return { whyNot: 'unsupported' };
  }
}

/**
 * How the log stands to what was seen of it. `grown` says nothing about what it held before: that is known when the entry
 * which was the last one then is proven, and its `rootThen` is the root that was seen.
 */
export function continuation(before: LogHead, now: LogHead): Continuation {
  if (before.origin !== now.origin) return 'other_log';
  if (now.size < before.size) return 'shorter';
  if (now.size > before.size) return 'grown';
  return now.root === before.root ? 'same' : 'rewritten';
}

/** SHA-256(0x00, leaf). */
export const leafHash = (leaf: Bytes): Promise<Bytes> => sha256(Uint8Array.of(0), leaf);

const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> =>
  sha256(Uint8Array.of(1), left, right);

/**
 * The roots to which a path leads (RFC 9162, 2.1.3.2): that of the whole tree, and that of the tree which ended with this
 * leaf. `null` when the path is too long or too short for the place.
 */
export async function rootsOf(
  index: number,
  size: number,
  leaf: Bytes,
  path: readonly Bytes[],
): Promise<{ root: Bytes; then: Bytes } | null> {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return null;
  let [at, last] = [index, size - 1];
  let [root, then] = [leaf, leaf];
  for (const hash of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = await nodeHash(hash, root);
      then = await nodeHash(hash, then);
      // Up past what has no brother.
      for (; at % 2 === 0 && at !== 0; at /= 2) last = half(last);
    } else {
      root = await nodeHash(root, hash);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 ? { root, then } : null;
}

/** Numbers of entries pass 2^31, where shifts end. */
const half = (value: number): number => Math.floor(value / 2);

function saysWhatIsShown(shown: ShownEntry, proof: AuditProof): boolean {
  const leaf = objectOf(proof.leaf);
  return (
    leaf !== null &&
    leaf.v === 1 &&
    leaf.seq === proof.entry &&
    leaf.action === shown.operation &&
    leaf.outcome === shown.outcome &&
    leaf.at === shown.at &&
    (shown.entry === undefined || shown.entry === proof.entry)
  );
}

async function isDetail(shown: ShownEntry, { leaf, detail }: AuditProof): Promise<boolean> {
  const said = objectOf(detail?.text ?? '');
  const salt = fromHex(detail?.salt ?? '');
  if (!detail || !said || !salt) return false;
  const commitment = hex(await sha256(salt, encode(detail.text)));
  return commitment === objectOf(leaf)?.detail && said.audit_id === shown.audit_id;
}

/** JSON in its one form; `null` when it is not. */
function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isOne = typeof value === 'object' && value !== null && JSON.stringify(value) === text;
    return isOne ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

interface Verifier {
  name: string;
  id: Bytes;
  key: Bytes;
}

/** From `<name>+<id>+<key>`; the id has to be that of name and key. */
async function verifierOf(text: string): Promise<Verifier | null> {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
  const typed = bytesOf(found?.[3] ?? '');
  if (!found?.[1] || typed?.length !== 33 || typed[0] !== LOG_KEY) return null;
  const id = (await sha256(encode(`${found[1]}\n`), typed)).slice(0, ID);
  return hex(id) === found[2] ? { name: found[1], id, key: typed.slice(1) } : null;
}

/** Signatures that say to be of this key. */
function signatureOf(line: string, { name, id }: Verifier): Bytes[] {
  if (!line.startsWith(`${DASH}${name} `)) return [];
  const bytes = bytesOf(line.slice(DASH.length + name.length + 1));
  return bytes && hex(bytes.slice(0, ID)) === hex(id) ? [bytes.slice(ID)] : [];
}

function headOf(text: string): LogHead | null {
  const [origin, count, root] = text.split('\n');
  const size = Number(count);
  const isWhole = Number.isSafeInteger(size) && size >= 0 && String(size) === count;
  return origin && root && isWhole && isHash(bytesOf(root)) ? { origin, size, root } : null;
}

const isHash = (bytes: Bytes | null): bytes is Bytes => bytes?.length === 32;

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of parts) {
    all.set(it, at);
    at += it.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

const encode = (text: string): Bytes => new TextEncoder().encode(text);

function bytesOf(text: string): Bytes | null {
  try {
    const bytes = Uint8Array.from(atob(text), (it) => it.charCodeAt(0));
    return base64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

const base64 = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes));

const hex = (bytes: Bytes): string =>
  Array.from(bytes, (it) => it.toString(16).padStart(2, '0')).join('');

function fromHex(text: string): Bytes | null {
  if (!/^([0-9a-f]{2})*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (it) => Number.parseInt(it, 16));
}
