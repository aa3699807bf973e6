import type { OwnMedia, Quality, Tile } from '@bedside/client';
import { describe, expect, it } from 'vitest';
import {
  CLINICIAN,
  clinician,
  INTERPRETER,
  interpreter,
  PATIENT,
  participant,
  visitView,
} from '../dev/samples.ts';
import { initialsOf } from '../parts/Initials.tsx';
import { fitFor } from '../parts/StreamVideo.tsx';
import { en } from '../strings/en.ts';
import { fakeTrack } from '../testing/tracks.ts';
import { advance, begun, isGoodCheck, resultOf } from './deviceCheck.ts';
import { facesOf } from './faces.ts';
import { type NoticeInput, noticeOf } from './notice.ts';
import { keptWidth } from './PanelEdge.tsx';
import { cornerByKey } from './SelfView.tsx';

const stream = {} as MediaStream;
const tile = (who: { participant_id: Tile['participantId'] }, over: Partial<Tile> = {}): Tile => ({
  participantId: who.participant_id,
  source: 'camera',
  stream,
  slot: 0,
  ...over,
});

describe('who is shown large', () => {
  const view = visitView({ participants: [participant(), clinician(), interpreter()] });
  const mainOf = (over: Partial<typeof view>, tiles: Tile[] = [], speaker: string | null = null) =>
    facesOf({ ...view, ...over }, tiles, speaker).find((face) => face.isMain);

  it('is the clinician for the patient, and the patient for the clinician, whoever speaks', () => {
    const speaker = INTERPRETER.participant_id;
    expect(mainOf({}, [], speaker)?.participant.role).toBe('clinician');
    expect(mainOf({ you: CLINICIAN.participant_id }, [], speaker)?.participant.role).toBe(
      'patient',
    );
  });

  it('is who speaks for a guest', () => {
    const you = INTERPRETER.participant_id;
    expect(mainOf({ you }, [], PATIENT.participant_id)?.participant.role).toBe('patient');
    expect(mainOf({ you }, [], CLINICIAN.participant_id)?.participant.role).toBe('clinician');
  });

  it('is a shared screen before all, and not one that is no longer shared', () => {
    const screen = tile(CLINICIAN, { source: 'screen', slot: 1 });
    const sharing = { participants: [participant(), clinician({ screen: true })] };
    expect(mainOf(sharing, [tile(CLINICIAN), screen])?.source).toBe('screen');
    expect(mainOf({}, [tile(CLINICIAN), screen])?.source).toBe('camera');
  });

  it('is never somebody who waits or has left', () => {
    const others = [clinician({ place: 'waiting' }), interpreter({ place: 'away' })];
    expect(facesOf(visitView({ participants: [participant(), ...others] }), [], null)).toEqual([]);
  });
});

describe('the sentence under the picture', () => {
  const on: OwnMedia = { camera: { on: true }, microphone: { on: true }, screen: { on: false } };
  const calm: NoticeInput = {
    media: { phase: 'connected' },
    own: on,
    tiles: [],
    quality: null,
    you: participant(),
    hostName: CLINICIAN.display_name,
  };
  const said = (over: Partial<NoticeInput>) => noticeOf({ ...calm, ...over }, en)?.text;
  const weak = (cause: Quality['cause'] | null): Quality => ({
    score: 1,
    roundTripMs: 900,
    lossPercent: 9,
    receivedKbps: 90,
    sentKbps: 90,
    ...(cause ? { cause } : {}),
  });

  it('is silent while all is well', () => {
    expect(said({})).toBeUndefined();
    expect(said({ quality: { ...weak(null), score: 4 } })).toBeUndefined();
  });

  it('says what matters most', () => {
    const paused = [tile(CLINICIAN, { paused: 'bandwidth' })];
    const muted = participant({ muted_by_host: true });
    expect(said({ tiles: paused })).toBe(en.call.notices.pausedVideo);
    expect(said({ tiles: paused, you: muted })).toContain('muted your microphone');
    expect(said({ tiles: paused, you: muted, media: { phase: 'reconnecting' } })).toBe(
      en.call.notices.reconnecting,
    );
    expect(said({ media: { phase: 'failed' } })).toBe(en.call.notices.failed);
  });

  it('tells a weak link by its cause, and a broken device by its fix', () => {
    expect(said({ quality: weak('uplink_loss') })).toBe(en.call.notices.weakUp);
    expect(said({ quality: weak('round_trip') })).toBe(en.call.notices.slowTrip);
    expect(said({ quality: weak(null) })).toBe(en.call.notices.weakDown);
    const camera = { on: false, fault: 'busy' as const };
    expect(said({ own: { ...on, camera } })).toBe(en.check.problems.camera.busy);
    expect(said({ own: { ...on, microphone: { on: false } } })).toBe(en.call.notices.noMicrophone);
  });

  it('does not call a hidden video a weak network', () => {
    expect(said({ tiles: [tile(CLINICIAN, { paused: 'hidden' })] })).toBeUndefined();
  });
});

describe('the device check', () => {
  const track = fakeTrack('video');
  const opened = (['camera', 'microphone'] as const).reduce(
    (state, kind) => advance(state, { type: 'opened', kind, track }),
    begun,
  );

  it('reports nothing as good that was not tried', () => {
    const skipped = {
      camera: 'skipped',
      microphone: 'skipped',
      speaker: 'skipped',
      network: 'skipped',
    };
    expect(resultOf(begun)).toEqual(skipped);
    expect(resultOf(opened)).toEqual({ ...skipped, camera: 'good' });
    expect(resultOf(advance(opened, { type: 'heard' })).microphone).toBe('good');
  });

  it('reports each problem by its word', () => {
    for (const fault of ['denied', 'missing', 'busy', 'failed'] as const) {
      const state = advance(opened, { type: 'opened', kind: 'camera', fault });
      expect(resultOf(state).camera).toBe(fault);
    }
  });

  it('listens anew after another microphone was chosen', () => {
    const heard = advance(opened, { type: 'heard' });
    const other = advance(heard, { type: 'opening', kinds: ['microphone'] });
    expect(other.isHeard).toBe(false);
    expect(other.camera).toBe(heard.camera);
  });

  it('is remembered when one can be seen and heard, on a slow network too', () => {
    const check = {
      camera: 'good',
      microphone: 'good',
      speaker: 'skipped',
      network: 'poor',
    } as const;
    expect(isGoodCheck(check)).toBe(true);
    expect(isGoodCheck({ ...check, network: 'failed' })).toBe(false);
    expect(isGoodCheck({ ...check, microphone: 'denied' })).toBe(false);
  });
});

describe('small things', () => {
  it('cuts off little, and not most of an upright picture', () => {
    expect(fitFor(16 / 9, 4 / 3)).toBe('cover');
    expect(fitFor(9 / 16, 16 / 9)).toBe('contain');
  });

  it('moves the own picture by arrow keys, mirrored from right to left', () => {
    expect(cornerByKey('bottom-end', 'ArrowUp', false)).toBe('top-end');
    expect(cornerByKey('bottom-end', 'ArrowLeft', false)).toBe('bottom-start');
    expect(cornerByKey('bottom-end', 'ArrowLeft', true)).toBe('bottom-end');
    expect(cornerByKey('bottom-end', 'x', false)).toBeNull();
  });

  it('keeps the panel usable', () => {
    expect(keptWidth(10)).toBe(280);
    expect(keptWidth(10_000)).toBe(560);
  });

  it('makes initials without titles', () => {
    expect(initialsOf('Dr. Karl Sample')).toBe('KS');
    expect(initialsOf('Cher')).toBe('C');
    expect(initialsOf('Dr.')).toBe('D');
  });
});
