import type {
  AuditCheckpoint,
  AuditEntry,
  AuditId,
  AuditProof,
  AuditReport,
  RecordAccess,
  ReportId,
  RequestId,
  SaveAuditReport,
  SearchAudit,
  SignInAttempt,
} from '@bedside/client';
import type { FakeBedside } from './fake.ts';
import { CLINICIAN, MINUTE, me, PATIENT, person, personId, VISIT_ID } from './samples.ts';

/** A made-up audit log with a real key: what is proven here is proven by the same code as for a real one. */

const DAY = 24 * 60 * MINUTE;
export const ORIGIN = 'clinic.example/audit';
export const ADELE = 'Adele Placeholder';

export const auditId = (number: number) =>
  `00000000-0000-7000-8000-${String(7000 + number).padStart(12, '0')}` as AuditId;

export function auditEntry(number: number, over: Partial<AuditEntry> = {}): AuditEntry {
  return {
    audit_id: auditId(number),
    entry: number,
    at: Date.UTC(2026, 10, 24, 13, 30),
    request_id: `00000000-0000-7000-8000-${String(8000 + number).padStart(12, '0')}` as RequestId,
    caller: { person_id: personId(2), display_name: CLINICIAN.display_name, role: 'clinician' },
    operation: 'visit.read',
    outcome: 'ok',
    target: { kind: 'appointment', id: VISIT_ID },
    patients: [{ person_id: personId(1), display_name: PATIENT.display_name }],
    ...over,
  };
}

export const reportId = (number: number) =>
  `00000000-0000-7000-8000-${String(9000 + number).padStart(12, '0')}` as ReportId;

/** A report of the administrator who looks. */
export function report(number: number, over: Partial<AuditReport> = {}): AuditReport {
  return {
    report_id: reportId(number),
    name: `Report ${number}`,
    filters: { outcome: 'forbidden' },
    shared: false,
    made_by: personId(9),
    saved_at: Date.UTC(2026, 10, 24, 13, 30),
    ...over,
  };
}

/** Some lines of a day, newest first. */
export function auditEntries(now: number): AuditEntry[] {
  const admin = { person_id: personId(9), display_name: ADELE, role: 'admin' } as const;
  return [
    auditEntry(6, { at: now - 2 * MINUTE }),
    auditEntry(5, {
      at: now - 6 * MINUTE,
      caller: { person_id: personId(1), display_name: PATIENT.display_name, role: 'patient' },
      operation: 'message.send',
    }),
    auditEntry(4, {
      at: now - 40 * MINUTE,
      operation: 'profile.read',
      outcome: 'forbidden',
    }),
    auditEntry(3, {
      at: now - 3 * 60 * MINUTE,
      caller: admin,
      operation: 'person.list',
      patients: [],
      returned: 5,
    }),
    auditEntry(2, { at: now - DAY, caller: admin, operation: 'appointment.move' }),
    // Nobody was signed in, and nobody is named.
    anonymous(auditEntry(1, { at: now - 2 * DAY, operation: 'auth.sign_in' })),
  ];
}

function anonymous({ caller: _, target: __, ...it }: AuditEntry): AuditEntry {
  return { ...it, outcome: 'wrong_credentials', patients: [], network: '203.0.113.0/24' };
}

export function accesses(now: number): RecordAccess[] {
  const own = (number: number, over: Partial<RecordAccess>): RecordAccess => ({
    audit_id: auditId(number),
    entry: number,
    at: now,
    display_name: CLINICIAN.display_name,
    role: 'clinician',
    operation: 'visit.read',
    is_read: true,
    target: { kind: 'appointment', id: VISIT_ID },
    ...over,
  });
  return [
    own(6, { at: now - 2 * MINUTE }),
    own(5, { at: now - 9 * MINUTE, operation: 'message.send', is_read: false }),
    own(4, { at: now - 50 * MINUTE, display_name: ADELE, role: 'admin', operation: 'person.list' }),
    own(3, {
      at: now - DAY,
      display_name: ADELE,
      role: 'admin',
      operation: 'appointment.move',
      is_read: false,
    }),
    own(2, { at: now - DAY - 3 * 60 * MINUTE, operation: 'profile.read' }),
    nameless(own(1, { at: now - 12 * DAY, operation: 'file.link' })),
  ];
}

function nameless({ display_name: _, ...it }: RecordAccess): RecordAccess {
  return it;
}

export function signIns(now: number): SignInAttempt[] {
  const network = '203.0.113.0/24';
  const ok = { succeeded: true, outcome: 'ok', network };
  return [
    { audit_id: auditId(30), at: now - 4 * MINUTE, ...ok },
    {
      audit_id: auditId(29),
      at: now - 5 * MINUTE,
      succeeded: false,
      outcome: 'wrong_credentials',
      network,
    },
    { audit_id: auditId(28), at: now - 3 * DAY, ...ok, network: '2001:db8:42::/48' },
  ];
}

type Bytes = Uint8Array<ArrayBuffer>;
const encode = (text: string): Bytes => new TextEncoder().encode(text);
const base64 = (bytes: Bytes) => btoa(String.fromCharCode(...bytes));
const hash = async (...parts: Bytes[]): Promise<Bytes> => {
  const all = Uint8Array.from(parts.flatMap((it) => [...it]));
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
};
const leafOf = (it: Pick<AuditEntry, 'at' | 'operation' | 'outcome'>, seq: number) =>
  JSON.stringify({
    action: it.operation,
    actor: null,
    at: it.at,
    detail: '00',
    outcome: it.outcome,
    resource: null,
    seq,
    type: null,
    v: 1,
  });

interface Shown {
  audit_id: AuditId;
  at: number;
  operation: string;
  outcome: string;
}

export interface FakeLog {
  checkpoint: (size?: number) => Promise<AuditCheckpoint>;
  prove: (auditId: AuditId) => Promise<AuditProof>;
}

/** A log whose entries are these, numbered from 1 upwards behind one that nobody sees. */
export async function fakeLog(shown: readonly Shown[]): Promise<FakeLog> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const typed = Uint8Array.of(1, ...raw);
  const id = (await hash(encode(`${ORIGIN}\n`), typed)).slice(0, 4);
  const kid = Array.from(id, (it) => it.toString(16).padStart(2, '0')).join('');
  const key = `${ORIGIN}+${kid}+${base64(typed)}`;
  const inOrder = [...shown].sort((one, other) => one.at - other.at);
  const leaves = ['{}', ...inOrder.map((it, at) => leafOf(it, at + 1))];
  const hashes = await Promise.all(leaves.map((it) => hash(Uint8Array.of(0), encode(it))));
  const note = async (size: number) => {
    const root = base64(await treeOf(hashes.slice(0, size)));
    const text = `${ORIGIN}\n${size}\n${root}\n`;
    const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, encode(text));
    const line = base64(Uint8Array.of(...id, ...new Uint8Array(signature)));
    return { root, note: `${text}\n\u2014 ${ORIGIN} ${line}\n` };
  };
  return {
    async checkpoint(size = hashes.length) {
      const at = inOrder[size - 2]?.at ?? 0;
      const public_key = base64(raw);
      return { ...(await note(size)), origin: ORIGIN, size, at: at + 1000, kid, key, public_key };
    },
    async prove(auditId) {
      const entry = inOrder.findIndex((it) => it.audit_id === auditId) + 1;
      const path = await pathOf(entry, hashes);
      return {
        entry,
        size: hashes.length,
        leaf: leaves[entry] ?? '',
        hashes: path.map(base64),
        checkpoint: (await note(hashes.length)).note,
      };
    },
  };
}

const split = (size: number) => 2 ** Math.floor(Math.log2(size - 1));

async function treeOf(hashes: readonly Bytes[]): Promise<Bytes> {
  const [first = new Uint8Array()] = hashes;
  if (hashes.length < 2) return first;
  const [left, right] = [hashes.slice(0, split(hashes.length)), hashes.slice(split(hashes.length))];
  return hash(Uint8Array.of(1), await treeOf(left), await treeOf(right));
}

async function pathOf(index: number, hashes: readonly Bytes[]): Promise<Bytes[]> {
  if (hashes.length < 2) return [];
  const middle = split(hashes.length);
  const [left, right] = [hashes.slice(0, middle), hashes.slice(middle)];
  return index < middle
    ? [...(await pathOf(index, left)), await treeOf(right)]
    : [...(await pathOf(index - middle, right)), await treeOf(left)];
}

/** An administrator with a log; the hub's own filters are played as far as screens need them. */
export function auditDesk(bedside: FakeBedside, now = Date.now()): AuditEntry[] {
  bedside.me.set(me('admin'));
  bedside.answers.set('person.list', {
    people: [
      person(9, 'admin', ADELE),
      person(2, 'clinician', CLINICIAN.display_name),
      person(1, 'patient', PATIENT.display_name),
    ],
  });
  const all = auditEntries(now);
  bedside.answers.set('audit.search', (asked: SearchAudit) => ({
    records: all.filter(
      (it) =>
        (!asked.person_id || it.caller?.person_id === asked.person_id) &&
        (!asked.operation || it.operation === asked.operation) &&
        (!asked.from || it.at >= asked.from) &&
        (!asked.until || it.at < asked.until) &&
        (asked.outcome ? it.outcome === asked.outcome : it.outcome !== 'begin'),
    ),
  }));
  let reports: AuditReport[] = [
    report(1, { name: 'Refused at night', made_by: personId(8), shared: true }),
  ];
  bedside.answers.set('audit.list_reports', () => ({ reports }));
  bedside.answers.set('audit.save_report', (it: SaveAuditReport) => {
    const saved = report(2 + reports.length, { ...it, shared: it.shared ?? false });
    const isSame = (old: AuditReport) => old.made_by === saved.made_by && old.name === saved.name;
    reports = [saved, ...reports.filter((old) => !isSame(old))];
    return saved;
  });
  bedside.answers.set('audit.remove_report', ({ report_id }: { report_id: ReportId }) => {
    reports = reports.filter((it) => it.report_id !== report_id);
    return {};
  });
  giveLog(bedside, fakeLog(all));
  return all;
}

/** Lets the hub sign and prove from a log. */
export function giveLog(bedside: FakeBedside, log: Promise<FakeLog>): void {
  bedside.answers.set('audit.checkpoint', async () => (await log).checkpoint());
  bedside.answers.set('audit.prove', async ({ audit_id }: { audit_id: AuditId }) =>
    (await log).prove(audit_id),
  );
}
