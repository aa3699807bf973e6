import { describe, expect, test } from 'vitest';
import { CONNECT_MS, HICCUP_MS } from '../src/media.js';
import type {
  MediaView,
  OperationMap,
  ParticipantId,
  ServerFrame,
  Slot,
  VisitView,
} from '../src/protocol.gen.js';
import { settled } from './support/clock.js';
import { example } from './support/golden.js';
import { fault, signedIn } from './support/hub.js';
import { FakeTrack } from './support/media.js';

const CLINICIAN = '01900000-0000-7000-8000-0000000000b2' as ParticipantId;
const GUEST = '01900000-0000-7000-8000-0000000000b3' as ParticipantId;

const slots = (...taken: Partial<Slot>[]): Slot[] =>
  Array.from({ length: 8 }, (_, slot) => ({ slot, source: 'camera', ...taken[slot] }));

const mediaView = (transport: number, ...taken: Partial<Slot>[]): MediaView => ({
  transport,
  is_connected: true,
  slots: slots(...taken),
});

/** A patient in the waiting room, with devices open. */
const waiting = async () => {
  const all = await signedIn();
  const visit = all.bedside.visit(all.hub.view.appointment_id);
  await visit.setCamera(true);
  await visit.setMicrophone(true);
  await visit.enter();
  await settled();
  return { ...all, visit };
};

/** A patient in the call, who sees the clinician. */
const inCall = async () => {
  const all = await waiting();
  await all.hub.change({ stage: 'in_call', can: ['join_media', 'leave'] });
  all.platform.peer.become('connected');
  await all.hub.change({ media: mediaView(1, { participant_id: CLINICIAN }) });
  return all;
};

const joins = (hub: Awaited<ReturnType<typeof waiting>>['hub']) => hub.requests('media.join');

describe('before admission', () => {
  test('the offer is ready and nothing of it is sent', async () => {
    const { hub, visit, platform } = await waiting();
    expect(platform.peers).toHaveLength(1);
    expect(platform.peer.offers).toEqual([false]);
    expect(joins(hub)).toHaveLength(0);
    expect(visit.media.get()).toEqual({ phase: 'off' });
  });

  test('the offer has microphone, camera in three layers, screen, and eight pairs to receive', async () => {
    const { platform } = await waiting();
    const { lines, configuration } = platform.peer;
    expect(lines.map((it) => `${it.kind} ${it.init.direction}`)).toEqual([
      'audio sendonly',
      'video sendonly',
      'video sendonly',
      ...Array(8).fill(['audio recvonly', 'video recvonly']).flat(),
    ]);
    const layers = lines[1]?.init.sendEncodings ?? [];
    expect(layers.map((it) => [it.rid, it.scaleResolutionDownBy])).toEqual([
      ['l', 4],
      ['m', 2],
      ['h', 1],
    ]);
    expect(configuration.bundlePolicy).toBe('max-bundle');
    expect(platform.peer.sent.map((it) => it?.kind)).toEqual(['audio', 'video', undefined]);
  });

  test('what was prepared ahead of entering is what joins, with tracks that came later', async () => {
    const { bedside, hub, platform } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    const unwatch = visit.view.subscribe(() => undefined);
    visit.prepare();
    visit.prepare();
    await settled();
    expect(platform.peer.offers).toEqual([false]);
    expect(hub.requests('visit.enter')).toHaveLength(0);
    const camera = new FakeTrack('video');
    visit.useTracks({ camera: camera as unknown as MediaStreamTrack });
    await visit.enter();
    await hub.change({ stage: 'in_call', can: ['join_media', 'leave'] });
    await settled();
    expect(platform.peers).toHaveLength(1);
    expect(platform.peer.offers).toEqual([false]);
    expect(joins(hub)).toHaveLength(1);
    expect(platform.peer.sent[1]).toBe(camera);
    unwatch();
  });

  test('who goes without entering leaves nothing of what was prepared', async () => {
    const { bedside, hub, platform } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    const unwatch = visit.view.subscribe(() => undefined);
    visit.prepare();
    await settled();
    expect(platform.alive).toHaveLength(1);
    unwatch();
    expect(platform.alive).toHaveLength(0);
  });

  test('other servers are for what is prepared, too', async () => {
    const { bedside, hub, platform } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    visit.prepare();
    const iceServers = [{ urls: 'stun:stun.invalid' }];
    visit.setIceServers(iceServers);
    await settled();
    expect(platform.alive).toHaveLength(1);
    expect(platform.peer.configuration.iceServers).toEqual(iceServers);
  });

  test('admission sends the offer that was ready', async () => {
    const { hub, visit, platform } = await waiting();
    await hub.change({ stage: 'admitted', can: ['join_media', 'leave'] });
    expect(joins(hub)).toMatchObject([
      { params: { appointment_id: hub.view.appointment_id, offer: 'offer 1' } },
    ]);
    expect(platform.peers).toHaveLength(1);
    expect(platform.peer.answers).toEqual(['answer 1']);
    expect(visit.media.get().phase).toBe('joining');
    platform.peer.become('connected');
    expect(visit.media.get()).toEqual({ phase: 'connected' });
    expect(hub.requests('media.set_sources').at(-1)?.params).toMatchObject({
      camera: true,
      microphone: true,
      screen: false,
    });
  });

  test('who is in the call already, as after a reload, joins though nothing changes by entering', async () => {
    const { hub, bedside } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    visit.view.subscribe(() => undefined);
    await settled();
    await hub.change({ stage: 'in_call', can: ['join_media', 'leave'] });
    expect(joins(hub)).toHaveLength(0);
    await visit.enter();
    await settled();
    expect(joins(hub)).toHaveLength(1);
  });

  test('somebody who only looks at a visit joins nothing', async () => {
    const { hub, bedside, platform } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    visit.view.subscribe(() => undefined);
    await settled();
    await hub.change({ can: ['enter', 'join_media'] });
    expect(visit.view.get()?.can).toContain('join_media');
    expect(platform.peers).toHaveLength(0);
  });
});

describe('slots', () => {
  test('a third person is a tile, and no offer is made', async () => {
    const { hub, visit, platform } = await inCall();
    const [first] = visit.tiles.get();
    expect(visit.tiles.get()).toMatchObject([
      { participantId: CLINICIAN, source: 'camera', slot: 0 },
    ]);
    await hub.change({
      media: mediaView(
        1,
        { participant_id: CLINICIAN },
        { participant_id: GUEST, paused: 'bandwidth' },
        { participant_id: CLINICIAN, source: 'screen' },
      ),
    });
    expect(visit.tiles.get()).toMatchObject([
      { participantId: CLINICIAN, slot: 0 },
      { participantId: GUEST, slot: 1, paused: 'bandwidth' },
      { participantId: CLINICIAN, source: 'screen', slot: 2 },
    ]);
    expect(visit.tiles.get()[0]).toBe(first);
    const { lines } = platform.peer;
    expect(visit.tiles.get()[1]?.stream.getTracks()).toEqual([
      lines[5]?.receiver.track,
      lines[6]?.receiver.track,
    ]);
    expect(platform.peers).toHaveLength(1);
    expect(platform.peer.offers).toEqual([false]);
  });

  test('a change elsewhere in the visit does not touch the tiles', async () => {
    const { hub, visit } = await inCall();
    const before = visit.tiles.get();
    await hub.change({ participants: [] });
    expect(visit.tiles.get()).toBe(before);
  });

  test('slots of another transport are not shown', async () => {
    const { hub, visit } = await waiting();
    hub.transports = 4;
    await hub.change({
      can: ['join_media'],
      media: mediaView(4, { participant_id: GUEST }),
    });
    expect(visit.tiles.get()).toEqual([]);
    expect(joins(hub)).toHaveLength(1);
    await hub.change({ media: mediaView(5, { participant_id: CLINICIAN }) });
    expect(visit.tiles.get()).toHaveLength(1);
  });

  test('sizes are told together, a moment later, within bounds', async () => {
    const { hub, visit, clock } = await inCall();
    visit.setTileSize(0, 640, 360);
    visit.setTileSize(0, 1919.6, 99_999);
    visit.setTileSize(1, 0, -1);
    await clock.advance(300);
    expect(hub.requests('media.set_view').map((it) => it.params)).toEqual([
      {
        appointment_id: hub.view.appointment_id,
        sizes: [
          { slot: 0, width: 1_920, height: 65_535 },
          { slot: 1, width: 0, height: 0 },
        ],
      },
    ]);
  });

  test('who speaks', async () => {
    const { hub, visit } = await inCall();
    visit.speaker.subscribe(() => undefined);
    const frame = example<ServerFrame>('hub: speaker changed');
    if (frame.type !== 'event' || frame.event.kind !== 'speaker_changed') throw new Error();
    hub.socket.tell({ ...frame, channel: 1, position: { epoch: 1, offset: hub.offset } });
    expect(visit.speaker.get()).toBe(frame.event.participant_id);
  });
});

describe('own devices', () => {
  test('a screen is shared by replacing a track, and ends with the browser’s own button', async () => {
    const { hub, visit, platform } = await inCall();
    await visit.shareScreen(true);
    await settled();
    const screen = platform.peer.sent[2];
    expect(screen?.deviceId).toBe('screen');
    expect(screen?.contentHint).toBe('detail');
    expect(hub.requests('media.set_sources').at(-1)?.params).toMatchObject({ screen: true });
    screen?.pullOut();
    await settled();
    expect(platform.peer.sent[2]).toBeNull();
    expect(hub.requests('media.set_sources').at(-1)?.params).toMatchObject({ screen: false });
    expect(platform.peer.offers).toEqual([false]);
  });

  test('camera off puts its light out, microphone off keeps it ready', async () => {
    const { visit, platform } = await inCall();
    const [microphone, camera] = platform.peer.sent;
    await visit.setCamera(false);
    await visit.setMicrophone(false);
    await settled();
    expect(camera?.readyState).toBe('ended');
    expect(microphone).toMatchObject({ readyState: 'live', enabled: false });
    expect(platform.peer.sent[0]).toBe(microphone);
    await visit.setMicrophone(true);
    expect(microphone?.enabled).toBe(true);
    expect(platform.opened).toHaveLength(2);
  });

  test('another camera takes the place of the first; one that fails does not', async () => {
    const { visit, platform } = await inCall();
    const first = platform.peer.sent[1];
    platform.refusal = new DOMException('', 'NotReadableError');
    await visit.setCamera(true, 'second');
    expect(visit.own.get().camera).toMatchObject({ on: true, fault: 'busy' });
    expect(first?.readyState).toBe('live');
    expect(platform.peer.sent[1]).toBe(first);
    platform.refusal = undefined;
    await visit.setCamera(true, 'second');
    await settled();
    expect(platform.peer.sent[1]?.deviceId).toBe('second');
    expect(first?.readyState).toBe('ended');
    expect(visit.own.get().camera.fault).toBeUndefined();
  });

  test.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['SomethingElse', 'failed'],
  ])('%s is told as %s', async (name, word) => {
    const { hub, bedside, platform } = await signedIn();
    platform.refusal = new DOMException('', name);
    const visit = bedside.visit(hub.view.appointment_id);
    await visit.setCamera(true);
    expect(visit.own.get().camera).toEqual({ on: false, fault: word });
  });

  test('who changes their mind while the browser asks gets what they wanted last', async () => {
    const { hub, bedside, platform } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    const opening = visit.setCamera(true);
    await visit.setCamera(false);
    await opening;
    expect(visit.own.get().camera).toEqual({ on: false });
    expect(platform.opened.map((it) => it.readyState)).toEqual(['ended']);
  });

  test('tracks of the device check are taken over', async () => {
    const { hub, bedside, platform } = await signedIn();
    const visit = bedside.visit(hub.view.appointment_id);
    const camera = new FakeTrack('video');
    visit.useTracks({ camera: camera.asTrack });
    await visit.enter();
    await settled();
    expect(platform.peer.sent[1]).toBe(camera);
    expect(platform.opened).toHaveLength(0);
  });

  test('a device that is pulled out is off, with a reason', async () => {
    const { hub, visit, platform } = await inCall();
    platform.peer.sent[0]?.pullOut();
    await settled();
    expect(visit.own.get().microphone).toEqual({ on: false, fault: 'missing' });
    expect(hub.requests('media.set_sources').at(-1)?.params).toMatchObject({ microphone: false });
  });

  test('muted by the host: silent here, until one turns it on oneself', async () => {
    const { hub, visit, platform } = await inCall();
    const me = (muted_by_host: boolean): VisitView['participants'] =>
      hub.view.participants.map((it) =>
        it.participant_id === hub.view.you ? { ...it, muted_by_host } : it,
      );
    await hub.change({ participants: me(true) });
    expect(visit.own.get().microphone.on).toBe(false);
    expect(platform.peer.sent[0]?.enabled).toBe(false);
    await visit.setMicrophone(true);
    await hub.change({ stage: 'in_call' });
    expect(visit.own.get().microphone.on).toBe(true);
    expect(platform.peer.sent[0]?.enabled).toBe(true);
  });

  test('sources are told one call at a time, and the latest wins', async () => {
    const { hub, visit, clock } = await inCall();
    const told = () =>
      hub.requests('media.set_sources').map(({ params }) => {
        const { microphone, camera } = params as OperationMap['media.set_sources']['params'];
        return { microphone, camera };
      });
    const before = told().length;
    hub.answers.set('media.set_sources', () => 'silence');
    await visit.setMicrophone(false);
    await visit.setMicrophone(true);
    await visit.setCamera(false);
    await visit.setMicrophone(false);
    await settled();
    expect(told().slice(before)).toEqual([{ microphone: false, camera: true }]);
    hub.answers.delete('media.set_sources');
    const first = hub.requests('media.set_sources').at(-1);
    hub.socket.tell({ type: 'reply', id: first?.id ?? 0, output: {} });
    await clock.advance(1);
    expect(told().slice(before)).toEqual([
      { microphone: false, camera: true },
      { microphone: false, camera: false },
    ]);
  });

  test('a call about sources that fails does not hold back what changed meanwhile', async () => {
    const { hub, visit, clock } = await inCall();
    hub.answers.set('media.set_sources', () => 'silence');
    await visit.setCamera(false);
    await visit.setMicrophone(false);
    await settled();
    const first = hub.requests('media.set_sources').at(-1);
    hub.answers.delete('media.set_sources');
    hub.socket.tell({ type: 'failed', id: first?.id ?? 0, fault: fault('invalid_value') });
    await clock.advance(1);
    expect(hub.requests('media.set_sources').at(-1)?.params).toMatchObject({
      microphone: false,
      camera: false,
    });
  });

  test('what the hub missed while it was away it is told when it is back', async () => {
    const { hub, visit, clock } = await inCall();
    hub.isUp = false;
    hub.socket.drop();
    await visit.setMicrophone(false);
    await clock.advance(15_000);
    hub.isUp = true;
    await clock.advance(30_000);
    expect(hub.requests('media.set_sources').at(-1)?.params).toMatchObject({ microphone: false });
  });
});

describe('continuity', () => {
  test('a lost socket leaves media alone', async () => {
    const { hub, visit, platform, clock } = await inCall();
    hub.socket.drop();
    await clock.advance(2_000);
    expect(visit.media.get().phase).toBe('connected');
    expect(platform.peers.length - platform.alive.length).toBe(0);
    expect(visit.tiles.get()).toHaveLength(1);
    expect(joins(hub)).toHaveLength(1);
  });

  test('a hiccup passes; a longer one gets other ICE credentials on the same lines', async () => {
    const { hub, visit, platform, clock } = await inCall();
    platform.peer.become('disconnected');
    expect(visit.media.get().phase).toBe('reconnecting');
    await clock.advance(HICCUP_MS - 1);
    platform.peer.become('connected');
    await clock.advance(HICCUP_MS);
    expect(hub.requests('media.restart')).toHaveLength(0);
    platform.peer.become('disconnected');
    await clock.advance(HICCUP_MS);
    expect(hub.requests('media.restart')).toHaveLength(1);
    expect(platform.peer.offers).toEqual([false, true]);
    platform.peer.become('connected');
    await clock.advance(CONNECT_MS);
    expect(visit.media.get()).toEqual({ phase: 'connected' });
    expect(joins(hub)).toHaveLength(1);
  });

  test('a restart that does not help becomes a fresh join, and own tracks go on', async () => {
    const { hub, visit, platform, clock } = await inCall();
    const first = platform.peer;
    first.become('failed');
    await clock.advance(CONNECT_MS);
    await clock.advance(1_000);
    expect(joins(hub)).toHaveLength(2);
    expect(first.connectionState).toBe('closed');
    expect(platform.alive).toHaveLength(1);
    expect(platform.peer.sent.slice(0, 2)).toEqual(first.sent.slice(0, 2));
    platform.peer.become('connected');
    await hub.change({ media: mediaView(2, { participant_id: CLINICIAN }) });
    expect(visit.media.get().phase).toBe('connected');
    expect(visit.tiles.get()).toHaveLength(1);
    expect(platform.opened.every((it) => it.readyState === 'live')).toBe(true);
  });

  test('a worker that died: the seat is gone from the view, and media is back within a second', async () => {
    const { hub, visit, platform, clock } = await inCall();
    await hub.change({ media: undefined as never });
    expect(visit.media.get()).toMatchObject({ phase: 'reconnecting', reason: 'media_unavailable' });
    expect(visit.tiles.get()).toEqual([]);
    await clock.advance(1_000);
    expect(joins(hub)).toHaveLength(2);
    platform.peer.become('connected');
    expect(visit.media.get().phase).toBe('connected');
    expect(hub.requests('visit.leave')).toHaveLength(0);
    expect(hub.requests('visit.enter')).toHaveLength(1);
    expect(platform.opened.every((it) => it.readyState === 'live')).toBe(true);
  });

  test('a media plane that is away is asked again, as late as it says, and for as long as it takes', async () => {
    const { hub, visit, platform, clock } = await waiting();
    hub.answers.set('media.join', () => ({ fault: fault('media_unavailable') }));
    await hub.change({ stage: 'admitted', can: ['join_media'] });
    await clock.advance(180_000);
    hub.socket.tell({ type: 'ping', number: 1, now: 0, marks: [] });
    expect(visit.media.get()).toMatchObject({ phase: 'failed', reason: 'media_unavailable' });
    hub.answers.delete('media.join');
    await clock.advance(20_000);
    platform.peer.become('connected');
    expect(visit.media.get()).toEqual({ phase: 'connected' });
    expect(platform.alive).toHaveLength(1);
    expect(platform.opened.every((it) => it.readyState === 'live')).toBe(true);
  });

  test('an offer that cannot be used is not sent again', async () => {
    const { hub, visit, clock } = await waiting();
    hub.answers.set('media.join', () => ({ fault: fault('bad_offer') }));
    await hub.change({ can: ['join_media'] });
    await clock.advance(60_000);
    expect(joins(hub)).toHaveLength(1);
    expect(visit.media.get()).toEqual({ phase: 'failed', reason: 'bad_offer' });
  });

  test('somebody who takes the seat again and again is left it', async () => {
    const { hub, visit, platform, clock } = await inCall();
    for (let round = 1; round <= 3; round++) {
      hub.transports += 1;
      await hub.change({ media: mediaView(hub.transports) });
      await clock.advance(2_000);
      if (round < 3) platform.peer.become('connected');
    }
    expect(visit.media.get()).toEqual({ phase: 'failed', reason: 'elsewhere' });
    const before = joins(hub).length;
    await clock.advance(120_000);
    expect(joins(hub)).toHaveLength(before);
  });

  test('sent back to the waiting room: media ends, tracks go on, the next offer is ready', async () => {
    const { hub, visit, platform } = await inCall();
    const view = example<VisitView>('a visit as who waits sees it');
    await hub.change({ stage: 'waiting', can: view.can, media: undefined as never });
    expect(visit.media.get()).toEqual({ phase: 'off' });
    expect(visit.tiles.get()).toEqual([]);
    expect(platform.opened.every((it) => it.readyState === 'live')).toBe(true);
    expect(platform.peers).toHaveLength(2);
    await hub.change({ stage: 'admitted', can: ['join_media'] });
    expect(joins(hub)).toHaveLength(2);
    platform.peer.become('connected');
    expect(visit.media.get().phase).toBe('connected');
  });

  test('leaving ends media and keeps tracks until release', async () => {
    const { hub, visit, platform, clock } = await inCall();
    await visit.leave();
    expect(hub.requests('visit.leave')).toHaveLength(1);
    expect(platform.alive).toHaveLength(0);
    expect(visit.media.get()).toEqual({ phase: 'off' });
    expect(platform.opened.every((it) => it.readyState === 'live')).toBe(true);
    visit.release();
    expect(platform.opened.every((it) => it.readyState === 'ended')).toBe(true);
    await clock.advance(10_000);
    expect(joins(hub)).toHaveLength(1);
  });

  test('losing the right to see ends media and purges the view', async () => {
    const { hub, visit, platform, clock } = await inCall();
    hub.denied.add(hub.topic);
    hub.socket.drop();
    await clock.advance(2_000);
    expect(visit.view.get()).toBeNull();
    expect(visit.status.get()).toBe('denied');
    expect(platform.alive).toHaveLength(0);
  });

  test('taken for gone while the socket was away: comes back in by itself, once', async () => {
    const { hub, visit, platform } = await inCall();
    const participants = hub.view.participants.map((it) =>
      it.participant_id === hub.view.you ? { ...it, place: 'away' as const } : it,
    );
    await hub.change({ participants, can: ['enter'], media: undefined as never });
    expect(hub.requests('visit.enter')).toHaveLength(2);
    expect(platform.opened.every((it) => it.readyState === 'live')).toBe(true);
    await hub.change({
      participants: example<VisitView>('a visit as who is inside sees it').participants,
      can: ['join_media', 'leave'],
    });
    expect(joins(hub)).toHaveLength(2);
    expect(hub.requests('visit.enter')).toHaveLength(2);
    await visit.leave();
    await hub.change({ participants, can: ['enter'] });
    expect(hub.requests('visit.enter')).toHaveLength(2);
  });

  test('another network: ICE restart at once', async () => {
    const { hub, visit, platform } = await inCall();
    visit.networkChanged();
    await settled();
    expect(hub.requests('media.restart')).toHaveLength(1);
    expect(platform.peer.offers).toEqual([false, true]);
    expect(platform.peer.answers).toHaveLength(2);
    expect(visit.media.get()).toEqual({ phase: 'connected' });
  });
});

describe('quality', () => {
  const report = (seconds: number, lost: number): [string, object][] => [
    [
      'in',
      {
        type: 'inbound-rtp',
        kind: 'audio',
        packetsReceived: 50 * seconds,
        packetsLost: lost,
        bytesReceived: 5_000 * seconds,
        jitter: 0.012,
      },
    ],
    ['out', { type: 'outbound-rtp', bytesSent: 100_000 * seconds }],
    [
      'pair',
      { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.05 },
    ],
  ];

  test('is measured every two seconds and told every six', async () => {
    const { hub, visit, platform, clock } = await inCall();
    let seconds = 0;
    let lost = 0;
    const pass = async () => {
      seconds += 2;
      platform.peer.report = report(seconds, lost);
      await clock.advance(2_000);
    };
    await pass();
    expect(visit.quality.get()).toBeNull();
    await pass();
    expect(visit.quality.get()).toEqual({
      score: 5,
      roundTripMs: 50,
      lossPercent: 0,
      receivedKbps: 40,
      sentKbps: 800,
    });
    lost = 25;
    await pass();
    expect(visit.quality.get()).toMatchObject({
      score: 1,
      cause: 'downlink_loss',
      lossPercent: 20,
    });
    await pass();
    const params = hub
      .requests('media.report')
      .map((it) => it.params as OperationMap['media.report']['params']);
    expect(params).toEqual([
      {
        appointment_id: hub.view.appointment_id,
        round_trip_ms: 50,
        loss_percent: 0,
        jitter_ms: 12,
        freezes: 0,
        received_kbps: 40,
        sent_kbps: 800,
      },
    ]);
    await visit.leave();
    expect(visit.quality.get()).toBeNull();
  });
});
