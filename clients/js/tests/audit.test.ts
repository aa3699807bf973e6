import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import {
  continuation,
  leafHash,
  openCheckpoint,
  rootsOf,
  type ShownEntry,
  verifyEntry,
} from '../src/audit.js';
import type { AuditId, AuditProof } from '../src/protocol.gen.js';

/** The eight leaves that Certificate Transparency's own tests have, and the roots of the first so many of them. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS: Record<number, string> = {
  1: '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  2: 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  3: 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  8: '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
};

type Bytes = Uint8Array<ArrayBuffer>;
const unhex = (text: string): Bytes => Uint8Array.from(Buffer.from(text, 'hex'));
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const node = async (left: Bytes, right: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from([1, ...left, ...right])));

/** The tree as the text of RFC 9162 defines it, which is another way than that of the library. */
async function treeOf(hashes: readonly Bytes[]): Promise<Bytes> {
  const [first] = hashes;
  if (!first) throw new Error('no tree');
  if (hashes.length === 1) return first;
  const middle = splitOf(hashes.length);
  return node(await treeOf(hashes.slice(0, middle)), await treeOf(hashes.slice(middle)));
}

async function pathOf(index: number, hashes: readonly Bytes[]): Promise<Bytes[]> {
  if (hashes.length === 1) return [];
  const middle = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, middle), hashes.slice(middle)];
  return index < middle
    ? [...(await pathOf(index, left)), await treeOf(right)]
    : [...(await pathOf(index - middle, right)), await treeOf(left)];
}

const splitOf = (size: number) => 2 ** Math.floor(Math.log2(size - 1));

describe('the tree', () => {
  it.each(Object.entries(ROOTS))(
    'of the first %s known leaves has the known root',
    async (size, known) => {
      const hashes = await Promise.all(
        LEAVES.slice(0, Number(size)).map((it) => leafHash(unhex(it))),
      );
      expect(hex(await treeOf(hashes))).toBe(known);
      for (const [index, hash] of hashes.entries()) {
        const roots = await rootsOf(index, hashes.length, hash, await pathOf(index, hashes));
        expect(hex(roots?.root)).toBe(known);
      }
    },
  );

  it('is found from every leaf of every size up to 20, and so is the tree that ended there', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, it) => leafHash(Uint8Array.of(it))),
    );
    for (let size = 1; size <= all.length; size += 1) {
      const hashes = all.slice(0, size);
      const root = hex(await treeOf(hashes));
      for (const [index, hash] of hashes.entries()) {
        const path = await pathOf(index, hashes);
        const roots = await rootsOf(index, size, hash, path);
        expect(hex(roots?.root)).toBe(root);
        expect(hex(roots?.then)).toBe(hex(await treeOf(all.slice(0, index + 1))));
        expect(await rootsOf(index, size, hash, [...path, hash])).toBeNull();
        if (path.length > 0) expect(await rootsOf(index, size, hash, path.slice(1))).toBeNull();
      }
    }
  });

  it('has no place outside of itself', async () => {
    const hash = await leafHash(unhex('00'));
    for (const index of [-1, 1, 0.5, Number.NaN]) {
      expect(await rootsOf(index, 1, hash, [])).toBeNull();
    }
  });
});

const ORIGIN = 'clinic.example/audit';

/** A log of eight entries with a key of its own. */
async function signedLog(origin = ORIGIN, keyName = ORIGIN) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const typed = Buffer.concat([Buffer.of(1), raw]);
  const digest = await crypto.subtle.digest(
    'SHA-256',
    Uint8Array.from([...Buffer.from(`${keyName}\n`), ...typed]),
  );
  const id = Buffer.from(digest).subarray(0, 4);
  const key = `${keyName}+${id.toString('hex')}+${typed.toString('base64')}`;
  const entries = Array.from({ length: 8 }, (_, seq) => entryOf(seq));
  const signNote = (text: string) => {
    const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]);
    return `${text}\n\u2014 ${keyName} ${signature.toString('base64')}\n`;
  };
  const leaves = await Promise.all(entries.map((it) => it.leaf));
  const hashes = await Promise.all(leaves.map((it) => leafHash(Uint8Array.from(Buffer.from(it)))));
  const checkpoint = async (size = hashes.length) =>
    signNote(`${origin}\n${size}\n${base64(await treeOf(hashes.slice(0, size)))}\n`);
  const proofOf = async (entry: number): Promise<AuditProof> => ({
    entry,
    size: hashes.length,
    leaf: leaves[entry] ?? '',
    hashes: (await pathOf(entry, hashes)).map(base64),
    checkpoint: await checkpoint(),
    detail: entries[entry]?.detail ?? { salt: '', text: '' },
  });
  return { key, checkpoint, proofOf, hashes, signNote };
}

const auditId = (seq: number) => `00000000-0000-7000-8000-00000000000${seq}` as AuditId;
const shownOf = (seq: number): ShownEntry => ({
  audit_id: auditId(seq),
  operation: 'visit.read',
  outcome: 'ok',
  at: 1_800_000_000_000 + seq,
  entry: seq,
});

function entryOf(seq: number) {
  const { audit_id, operation, outcome, at } = shownOf(seq);
  const salt = String(seq).repeat(64);
  const text = JSON.stringify({ action: operation, at, audit_id });
  const leaf = crypto.subtle
    .digest('SHA-256', Uint8Array.from([...Buffer.from(salt, 'hex'), ...Buffer.from(text)]))
    .then((it) =>
      JSON.stringify({
        action: operation,
        actor: null,
        at,
        detail: Buffer.from(it).toString('hex'),
        outcome,
        resource: null,
        seq,
        type: null,
        v: 1,
      }),
    );
  return { leaf, detail: { salt, text } };
}

describe('an entry', () => {
  it('that is in the signed log is proven, for everybody and for administrators', async () => {
    const log = await signedLog();
    for (const seq of [0, 3, 7]) {
      const proof = await log.proofOf(seq);
      const { detail: _, ...ofOthers } = proof;
      const verdict = await verifyEntry(shownOf(seq), proof, log.key);
      expect(verdict).toMatchObject({ isProven: true, head: { origin: ORIGIN, size: 8 } });
      expect(await verifyEntry(shownOf(seq), ofOthers, log.key)).toEqual(verdict);
    }
  });

  it('tells the root of the log that ended with it', async () => {
    const log = await signedLog();
    const verdict = await verifyEntry(shownOf(4), await log.proofOf(4), log.key);
    expect(verdict).toMatchObject({ rootThen: base64(await treeOf(log.hashes.slice(0, 5))) });
  });

  it.each<[string, string, (proof: AuditProof) => Partial<AuditProof>]>([
    [
      'the leaf was changed',
      'path',
      (it) => ({ leaf: it.leaf.replace('visit.read', 'visit.list') }),
    ],
    ['one hash of the path was changed', 'path', (it) => ({ hashes: flipped(it.hashes) })],
    ['the path is too short', 'path', (it) => ({ hashes: it.hashes.slice(1) })],
    ['a hash is none', 'path', (it) => ({ hashes: ['AAAA', ...it.hashes.slice(1)] })],
    ['it is said to stand elsewhere', 'path', () => ({ entry: 2 })],
    ['the checkpoint was changed', 'signature', (it) => ({ checkpoint: resized(it.checkpoint) })],
    ['the checkpoint is none', 'note', () => ({ checkpoint: 'nothing signed' })],
    [
      'the detail was changed',
      'detail',
      ({ detail }) => ({
        detail: { salt: detail?.salt ?? '', text: `${detail?.text.slice(0, -1)} }` },
      }),
    ],
    [
      'the salt was changed',
      'detail',
      ({ detail }) => ({
        detail: { salt: '00', text: detail?.text ?? '' },
      }),
    ],
  ])('is not proven when %s', async (_, whyNot, change) => {
    const log = await signedLog();
    const proof = await log.proofOf(3);
    const changed = { ...proof, ...change(proof) };
    expect(await verifyEntry(shownOf(3), changed, log.key)).toEqual({ isProven: false, whyNot });
  });

  it.each<[string, Partial<ShownEntry>]>([
    ['another operation', { operation: 'visit.end' }],
    ['another outcome', { outcome: 'forbidden' }],
    ['another time', { at: 1 }],
    ['another number', { entry: 4 }],
  ])('is not proven when the page shows %s than was signed', async (_, shown) => {
    const log = await signedLog();
    const verdict = await verifyEntry({ ...shownOf(3), ...shown }, await log.proofOf(3), log.key);
    expect(verdict).toEqual({ isProven: false, whyNot: 'leaf' });
  });

  it('is not proven by the proof of another one that looks the same', async () => {
    const log = await signedLog();
    const shown = { ...shownOf(3), audit_id: auditId(5) };
    const verdict = await verifyEntry(shown, await log.proofOf(3), log.key);
    expect(verdict).toEqual({ isProven: false, whyNot: 'detail' });
  });
});

const flipped = ([first = '', ...rest]: string[]) => {
  const bytes = Buffer.from(first, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return [bytes.toString('base64'), ...rest];
};
const resized = (note: string) => note.replace('\n8\n', '\n9\n');

describe('a checkpoint', () => {
  it('is a note like those of others: the example of Go’s package `note` is signed, and is no log', async () => {
    const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const note =
      'If you think cryptography is the answer to your problem,\n' +
      "then you don't know what your problem is.\n\n" +
      '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
    expect(await openCheckpoint(note, key)).toEqual({ whyNot: 'note' });
    const changed = note.replace('your problem is', 'it is');
    expect(await openCheckpoint(changed, key)).toEqual({ whyNot: 'signature' });
  });

  it('is opened by its own key, by no other, and not under another name', async () => {
    const [log, other] = [await signedLog(), await signedLog()];
    const note = await log.checkpoint(3);
    expect(await openCheckpoint(note, log.key)).toMatchObject({ head: { size: 3 } });
    expect(await openCheckpoint(note, other.key)).toEqual({ whyNot: 'signature' });
    const foreign = await signedLog('elsewhere.example', ORIGIN);
    expect(await openCheckpoint(await foreign.checkpoint(), foreign.key)).toEqual({
      whyNot: 'other_log',
    });
  });

  it('may be signed by others besides', async () => {
    const log = await signedLog();
    const note = await log.checkpoint();
    const both = note.replace('\n\n', '\n\n\u2014 witness.example AAAAAAAA\n');
    expect(await openCheckpoint(both, log.key)).toMatchObject({ head: { size: 8 } });
  });

  it.each(['', 'a', 'a+b', 'a+00000000+AAAA', 'a b+00000000+AAAA'])(
    'is not opened by %o, which is no key',
    async (key) => {
      const log = await signedLog();
      expect(await openCheckpoint(await log.checkpoint(), key)).toEqual({ whyNot: 'key' });
    },
  );

  it('has a number of entries and a root, each in its one form', async () => {
    const log = await signedLog();
    for (const text of [`${ORIGIN}\n08\nAAAA\n`, `${ORIGIN}\n8\nAAAA\n`, `${ORIGIN}\n-1\n`]) {
      expect(await openCheckpoint(log.signNote(text), log.key)).toEqual({ whyNot: 'note' });
    }
  });

  it('cannot be judged by a browser without Ed25519, which is told apart from a bad one', async () => {
    const log = await signedLog();
    const note = await log.checkpoint();
    const spy = vi
      .spyOn(crypto.subtle, 'importKey')
      .mockRejectedValue(new DOMException('', 'NotSupportedError'));
    expect(await openCheckpoint(note, log.key)).toEqual({ whyNot: 'unsupported' });
    spy.mockRestore();
  });

  it('continues one that was seen before, or does not', () => {
    const before = { origin: ORIGIN, size: 5, root: 'a' };
    expect(continuation(before, before)).toBe('same');
    expect(continuation(before, { ...before, size: 6, root: 'b' })).toBe('grown');
    expect(continuation(before, { ...before, size: 4, root: 'b' })).toBe('shorter');
    expect(continuation(before, { ...before, root: 'b' })).toBe('rewritten');
    expect(continuation(before, { ...before, origin: 'other' })).toBe('other_log');
  });
});
