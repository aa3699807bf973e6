import type {
  AskErasure,
  ConsentCard,
  ConsentKind,
  ErasureCard,
  ErasureCertificate,
  ErasureId,
  ErasureScope,
  FileId,
  LegalHold,
  LegalHoldId,
  QuarantinedFile,
} from '@bedside/client';
import { conversationId } from './chat.ts';
import type { FakeBedside } from './fake.ts';
import { MINUTE, me, PATIENT, person, personId } from './samples.ts';
import { shares } from './sharing.ts';

/** Made-up consents, erasures, legal holds and files in quarantine. */

export const DAY = 24 * 60 * MINUTE;
const id = <T extends string>(number: number) =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as T;
export const erasureId = (number: number) => id<ErasureId>(11_000 + number);
export const holdId = (number: number) => id<LegalHoldId>(11_100 + number);
export const lockedFileId = (number: number) => id<FileId>(11_200 + number);

export function consent(kind: ConsentKind, over: Partial<ConsentCard> = {}): ConsentCard {
  return {
    kind,
    jurisdiction: 'DE',
    version: '2026-03',
    state: 'missing',
    is_required: kind === 'telehealth',
    ...over,
  };
}

/** A patient's own record, as the hub would answer: what is agreed to stands, by each law on its own. */
export function ownRecord(bedside: FakeBedside, now = Date.now()): void {
  bedside.me.set(me('patient'));
  const first = [
    consent('telehealth', { state: 'given', at: now - 40 * DAY }),
    consent('sharing', { state: 'missing', at: now - 400 * DAY }),
    consent('analytics', { state: 'withdrawn', at: now - 2 * DAY }),
  ];
  const places = new Map<string, ConsentCard[]>([['DE', first]]);
  const at = (place: string) => {
    const cards =
      places.get(place) ??
      first.map(({ kind }) => consent(kind, { jurisdiction: place, version: '7' }));
    places.set(place, cards);
    return cards;
  };
  const says = (kind: ConsentKind, place: string, state: ConsentCard['state']) => {
    const cards = at(place).map((it) => (it.kind === kind ? { ...it, state, at: now } : it));
    places.set(place, cards);
    return cards.find((it) => it.kind === kind);
  };
  bedside.answers.set('consent.list', ({ jurisdiction = 'DE' }: { jurisdiction?: string }) => ({
    consents: at(jurisdiction),
  }));
  bedside.answers.set('consent.give', (it: { kind: ConsentKind; jurisdiction: string }) =>
    says(it.kind, it.jurisdiction, 'given'),
  );
  bedside.answers.set('consent.withdraw', (it: { kind: ConsentKind; jurisdiction: string }) =>
    says(it.kind, it.jurisdiction, 'withdrawn'),
  );
  bedside.answers.set('record.export', {
    fhir: JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{}, {}, {}] }),
    access: [
      {
        at: now - DAY,
        caller: `person:${personId(2)}`,
        role: 'clinician',
        operation: 'visit.read',
        phase: 'ok',
      },
    ],
    is_cut: false,
    made_at: now,
  });
  bedside.answers.set('record.read_erasure', {});
  bedside.answers.set('record.ask_erasure', ({ scope }: AskErasure) =>
    scope === 'conversations'
      ? erasure(4, { asked_at: now, scope, conversations: 3, left_out: 1 })
      : erasure(1, { asked_at: now, scope: 'everything', conversations: 4 }),
  );
  shares(bedside, now);
}

export function erasure(number: number, over: Partial<ErasureCard> = {}): ErasureCard {
  return {
    erasure_id: erasureId(number),
    person_id: personId(1),
    asked_at: Date.now() - 3 * DAY,
    state: 'asked',
    is_held: false,
    ...over,
  };
}

export function certificate(
  erasure_id: ErasureId,
  scope: ErasureScope = 'everything',
  at = Date.now(),
): ErasureCertificate {
  const isAll = scope === 'everything';
  const text = JSON.stringify({
    erasure_id,
    person_id: personId(1),
    scope,
    asked_at: at - 3 * DAY,
    carried_out_at: at,
    carried_out_by: personId(9),
    node: 'clinic-1',
    destroyed: {
      key_of_the_person: isAll,
      keys_of_conversations: 4,
      ...(isAll ? {} : { left_out_of_visits_to_come: 2 }),
      name_and_address: isAll,
    },
  });
  return { erasure_id, text, signature: 'c2lnbmVk', public_key: 'a2V5' };
}

export function legalHold(number: number, over: Partial<LegalHold> = {}): LegalHold {
  return {
    hold_id: holdId(number),
    person_id: personId(13),
    reason: 'Case 17/26 before a plainly fictional court.',
    set_at: Date.now() - 30 * DAY,
    set_by: personId(9),
    ...over,
  };
}

export function lockedFile(number: number, over: Partial<QuarantinedFile> = {}): QuarantinedFile {
  return {
    file_id: lockedFileId(number),
    conversation_id: conversationId(1),
    uploader: id(11_300),
    name: `letter ${number}.pdf`,
    bytes: 481_000,
    why: 'infected',
    created_at: Date.now() - DAY,
    is_sent: true,
    ...over,
  };
}

/** The desk of an administrator with something of each. What is done there changes what is listed next. */
export function recordsDesk(bedside: FakeBedside): void {
  bedside.me.set(me('admin'));
  bedside.answers.set('person.list', {
    people: [
      person(9, 'admin', 'Adele Placeholder'),
      person(2, 'clinician', 'Dr. Karl Sample'),
      person(1, 'patient', PATIENT.display_name),
      person(13, 'patient', 'Carlos Ejemplo de la Torre y Montenegro'),
    ],
  });
  bedside.answers.set('appointment.list', { appointments: [] });
  let erasures = [
    erasure(1, { scope: 'everything', conversations: 4 }),
    erasure(4, { scope: 'conversations', conversations: 3, left_out: 1 }),
    erasure(2, { person_id: personId(13), is_held: true, not_before: Date.now() + 2_900 * DAY }),
    erasure(3, { person_id: personId(14), state: 'done', asked_at: Date.now() - 90 * DAY }),
  ];
  let holds = [
    legalHold(1),
    legalHold(2, { person_id: personId(1), lifted_at: Date.now() - 5 * DAY }),
  ];
  const { name: _, ...nameless } = lockedFile(2, { is_sent: false, bytes: 3_400_000 });
  let files: QuarantinedFile[] = [lockedFile(1), nameless];
  bedside.answers.set('record.list_erasures', () => ({ erasures }));
  const certified = (erasure_id: ErasureId) =>
    certificate(erasure_id, erasures.find((it) => it.erasure_id === erasure_id)?.scope);
  bedside.answers.set('record.erase', ({ erasure_id }: { erasure_id: ErasureId }) => {
    erasures = erasures.map((it) =>
      it.erasure_id === erasure_id ? { ...it, state: 'done' as const } : it,
    );
    return certified(erasure_id);
  });
  bedside.answers.set('record.read_certificate', ({ erasure_id }: { erasure_id: ErasureId }) =>
    certified(erasure_id),
  );
  bedside.answers.set('record.list_holds', () => ({ holds }));
  bedside.answers.set('record.hold', (it: Pick<LegalHold, 'person_id' | 'reason'>) => {
    const hold = legalHold(3, { ...it, set_at: Date.now() });
    holds = [hold, ...holds];
    return hold;
  });
  bedside.answers.set('record.lift_hold', ({ hold_id }: { hold_id: LegalHoldId }) => {
    holds = holds.map((it) => (it.hold_id === hold_id ? { ...it, lifted_at: Date.now() } : it));
    return {};
  });
  const without = ({ file_id }: { file_id: FileId }) => {
    files = files.filter((it) => it.file_id !== file_id);
    return {};
  };
  bedside.answers.set('quarantine.list', () => ({ files, has_more: false }));
  bedside.answers.set('quarantine.release', without);
  bedside.answers.set('quarantine.remove', without);
}
