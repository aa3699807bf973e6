import type { Tile } from '@bedside/client';
import { chat, KARL, PETRA } from '../src/dev/chat.ts';
import type { FakeBedside } from '../src/dev/fake.ts';
import {
  CLINICIAN,
  clinician,
  fault,
  INTERPRETER,
  interpreter,
  me,
  PATIENT,
  participant,
  VISIT_ID,
  visitView,
} from '../src/dev/samples.ts';
import type { FakeVisit } from '../src/dev/visit.ts';
import { drawnStream, drawnTrack } from './pictures.ts';
import { at, good, now, type Scene, times } from './scene.ts';

/** A visit, from the check of the device to its end. */
const visitPath = `/visit/${VISIT_ID}`;

function tile(
  who: Tile['participantId'],
  slot: number,
  stream: MediaStream,
  source: Tile['source'] = 'camera',
): Tile {
  return { participantId: who, source, stream, slot };
}

function ownOn(visit: FakeVisit, hue = 200): void {
  visit.own.set({
    camera: { on: true, track: drawnTrack(hue) },
    microphone: { on: true },
    screen: { on: false },
  });
}

function patientCall(bedside: FakeBedside): FakeVisit {
  bedside.me.set(me('patient'));
  const visit = bedside.visitOf();
  visit.view.set(visitView(times));
  visit.tiles.set([tile(CLINICIAN.participant_id, 0, drawnStream(170))]);
  visit.speaker.set(CLINICIAN.participant_id);
  ownOn(visit);
  return visit;
}

function hostCall(bedside: FakeBedside): FakeVisit {
  bedside.me.set(me('clinician'));
  const visit = bedside.visitOf();
  visit.view.set(
    visitView({
      ...times,
      you: CLINICIAN.participant_id,
      call_started_at: at(-3),
      participants: [
        participant({ device_check: good, link_score: 4 }),
        clinician(),
        interpreter({ place: 'waiting', waiting_since: at(-1.5), camera: false }),
      ],
      can: ['leave', 'join_media', 'host', 'invite', 'end'],
    }),
  );
  visit.tiles.set([tile(PATIENT.participant_id, 0, drawnStream(30))]);
  ownOn(visit, 170);
  bedside.answers.set('visit.read_attendance', {
    entries: [
      {
        number: 1,
        at: at(-6),
        what: 'entered',
        display_name: PATIENT.display_name,
        role: 'patient',
      },
      { number: 2, at: at(-5), what: 'device_checked', display_name: PATIENT.display_name },
      { number: 3, at: at(-3), what: 'admitted', display_name: PATIENT.display_name },
      { number: 4, at: at(-3), what: 'call_started' },
    ],
  });
  return visit;
}

function waitingRoom(bedside: FakeBedside, position = 1): FakeVisit {
  bedside.me.set(me('patient'));
  const visit = bedside.visitOf();
  visit.view.set(
    visitView({
      ...times,
      stage: 'waiting',
      clinician: position === 1 ? 'online' : 'busy',
      participants: [participant({ place: 'waiting', waiting_since: at(-4) })],
      queue: { position, waiting_since: at(-4), estimated_at: at(position === 1 ? 2 : 25) },
      can: ['leave'],
    }),
  );
  ownOn(visit);
  return visit;
}

export const visitScenes: Record<string, Scene> = {
  check: {
    path: visitPath,
    set: (bedside) => {
      waitingRoom(bedside).view.set(
        visitView({ ...times, stage: 'scheduled', participants: [participant({ place: 'away' })] }),
      );
    },
  },
  waiting: { path: visitPath, set: (bedside) => void waitingRoom(bedside) },
  'waiting-third': { path: visitPath, set: (bedside) => void waitingRoom(bedside, 3) },
  held: {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      setTimeout(() => waitingRoom(bedside), 700);
      void visit;
    },
  },
  call: { path: visitPath, set: (bedside) => void patientCall(bedside) },
  'call-weak': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      const [first] = visit.tiles.get();
      if (first) visit.tiles.set([{ ...first, paused: 'bandwidth' }]);
    },
  },
  'call-reconnecting': {
    path: visitPath,
    set: (bedside) => {
      patientCall(bedside).media.set({ phase: 'reconnecting' });
      bedside.connection.set({ state: 'waiting', attempt: 3, retryAt: Date.now() + 60_000 });
    },
  },
  'call-three': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      visit.view.set(
        visitView({ ...times, participants: [participant(), clinician(), interpreter()] }),
      );
      visit.tiles.set([
        tile(CLINICIAN.participant_id, 0, drawnStream(170)),
        tile(INTERPRETER.participant_id, 1, drawnStream(300, true)),
      ]);
      visit.speaker.set(INTERPRETER.participant_id);
    },
  },
  'call-screen': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      visit.view.set(
        visitView({
          ...times,
          participants: [
            participant(),
            clinician({ screen: true }),
            interpreter({ camera: false, microphone: false }),
          ],
        }),
      );
      visit.tiles.set([
        tile(CLINICIAN.participant_id, 0, drawnStream(170)),
        tile(INTERPRETER.participant_id, 1, drawnStream(300)),
        tile(CLINICIAN.participant_id, 2, drawnStream(90), 'screen'),
      ]);
    },
  },
  'call-muted': {
    path: visitPath,
    set: (bedside) => {
      const visit = patientCall(bedside);
      visit.view.set(
        visitView({
          ...times,
          participants: [participant({ muted_by_host: true }), clinician({ camera: false })],
        }),
      );
    },
  },
  ended: {
    path: visitPath,
    set: (bedside) => {
      bedside.me.set(me('patient'));
      bedside.visitOf().view.set(visitView({ stage: 'ended' }));
    },
  },
  refused: {
    path: visitPath,
    set: (bedside) => {
      bedside.me.set(me('patient'));
      bedside.visitOf().status.set('denied');
      bedside.visitOf().fault.set(fault('not_found', 4000));
    },
  },
  revoked: {
    path: visitPath,
    set: (bedside) => {
      bedside.me.set(me('interpreter'));
      bedside.connection.set({ state: 'closed', attempt: 0, reason: 'revoked' });
    },
  },
  host: { path: visitPath, set: (bedside) => void hostCall(bedside) },
  'host-early': {
    path: visitPath,
    set: (bedside) => {
      const visit = hostCall(bedside);
      visit.tiles.set([]);
      visit.view.set(
        visitView({
          ...times,
          stage: 'scheduled',
          you: CLINICIAN.participant_id,
          participants: [
            participant({ place: 'away', connection: 'offline' }),
            clinician(),
            interpreter({ place: 'away' }),
          ],
          can: ['leave', 'join_media', 'host', 'invite', 'end', 'mark_no_show'],
        }),
      );
    },
  },
  'call-chat': {
    path: visitPath,
    set: (bedside) => {
      patientCall(bedside);
      chat(bedside, PETRA, now);
    },
  },
  'host-chat': {
    path: visitPath,
    set: (bedside) => {
      hostCall(bedside);
      chat(bedside, KARL, now);
    },
  },
};
