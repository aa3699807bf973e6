import type { FakeBedside } from '../src/dev/fake.ts';
import { me } from '../src/dev/samples.ts';
import { accesses, auditDesk, fakeLog, giveLog } from '../src/dev/trail.ts';
import { now, type Scene } from './scene.ts';

/** Who did what, as administrators and patients see it. */
function patientTrail(bedside: FakeBedside, list = accesses(now)): void {
  bedside.me.set(me('patient'));
  bedside.answers.set('audit.own', { accesses: list, cursor: list.length > 0 ? '7' : undefined });
  giveLog(bedside, fakeLog(list.map((it) => ({ ...it, outcome: 'ok' }))));
}

export const auditScenes: Record<string, Scene> = {
  audit: { path: '/audit', set: (bedside) => void auditDesk(bedside, now) },
  'audit-empty': { path: '/audit?operation=visit.end', set: (it) => void auditDesk(it, now) },
  access: { path: '/access', set: (bedside) => patientTrail(bedside) },
  'access-empty': { path: '/access', set: (bedside) => patientTrail(bedside, []) },
};
