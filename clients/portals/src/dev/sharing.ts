import type { Sharing, SharingState, UpdateSharing } from '@bedside/client';
import type { FakeBedside } from './fake.ts';
import { MINUTE } from './samples.ts';

/** What a made-up patient shares. What is saved is what is read next, and stays in the history. */

const DAY = 24 * 60 * MINUTE;

export const FIRST: Sharing = {
  identity: 'care_team',
  contact: 'care_team',
  insurance: 'treating',
  complaint: 'care_team',
  visits: 'treating',
  messages: 'care_team',
  helpers: { complaint: false, messages: true },
};

export function shares(bedside: FakeBedside, now = Date.now()): void {
  let versions: SharingState[] = [
    { sharing: { ...FIRST, contact: 'treating' }, revision: 2, at: now - 3 * DAY },
    { sharing: FIRST, revision: 1, at: now - 40 * DAY },
  ];
  bedside.answers.set('sharing.read', () => versions[0] ?? { sharing: FIRST, revision: 0 });
  bedside.answers.set('sharing.list_versions', () => ({ versions }));
  bedside.answers.set('sharing.update', ({ revision, sharing }: UpdateSharing) => {
    const saved = { sharing, revision: revision + 1, at: Date.now() };
    versions = [saved, ...versions];
    return saved;
  });
}
