import {
  type DeviceCheck,
  type DeviceFault,
  type DeviceVerdict,
  devices,
  type NetworkCheck,
  networkCheck,
} from '@bedside/client';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { type RememberedDevices, recall } from '../app/remember.ts';

export type Kind = 'camera' | 'microphone';

export interface Opened {
  state: 'opening' | 'on' | 'fault';
  track?: MediaStreamTrack;
  fault?: DeviceFault;
}

export interface CheckState {
  camera: Opened;
  microphone: Opened;
  /** Something was heard on the microphone. */
  isHeard: boolean;
  speaker: 'untried' | 'playing' | 'asked' | 'good' | 'failed';
  network: NetworkCheck | 'measuring';
  known: readonly MediaDeviceInfo[];
}

export type CheckEvent =
  | { type: 'opening'; kinds: readonly Kind[] }
  | { type: 'opened'; kind: Kind; track?: MediaStreamTrack; fault?: DeviceFault }
  | { type: 'heard' }
  | { type: 'speaker'; speaker: CheckState['speaker'] }
  | { type: 'network'; network: CheckState['network'] }
  | { type: 'known'; known: readonly MediaDeviceInfo[] };

export const begun: CheckState = {
  camera: { state: 'opening' },
  microphone: { state: 'opening' },
  isHeard: false,
  speaker: 'untried',
  network: 'measuring',
  known: [],
};

export function advance(state: CheckState, event: CheckEvent): CheckState {
  switch (event.type) {
    case 'opening': {
      const opening: Opened = { state: 'opening' };
      return {
        ...state,
        camera: event.kinds.includes('camera') ? opening : state.camera,
        microphone: event.kinds.includes('microphone') ? opening : state.microphone,
        isHeard: event.kinds.includes('microphone') ? false : state.isHeard,
      };
    }
    case 'opened':
      return { ...state, [event.kind]: openedOf(event.track, event.fault) };
    case 'heard':
      return state.isHeard ? state : { ...state, isHeard: true };
    case 'speaker':
      return { ...state, speaker: event.speaker };
    case 'network':
      return { ...state, network: event.network };
    case 'known':
      return { ...state, known: event.known };
  }
}

function openedOf(track?: MediaStreamTrack, fault?: DeviceFault): Opened {
  return track ? { state: 'on', track } : { state: 'fault', fault: fault ?? 'failed' };
}

/** The check as it is told to the hub. What nobody tried is `skipped`, never `good`. */
export function resultOf(state: CheckState): DeviceCheck {
  const opened = (it: Opened): DeviceVerdict =>
    it.state === 'on' ? 'good' : (it.fault ?? 'skipped');
  const microphone = opened(state.microphone);
  return {
    camera: opened(state.camera),
    microphone: microphone === 'good' && !state.isHeard ? 'skipped' : microphone,
    speaker: state.speaker === 'good' || state.speaker === 'failed' ? state.speaker : 'skipped',
    network: state.network === 'measuring' ? 'skipped' : state.network.verdict,
  };
}

/** Good enough to be remembered, so that the next visit begins without the check. */
export function isGoodCheck({ camera, microphone, network }: DeviceCheck): boolean {
  return (
    camera === 'good' &&
    (microphone === 'good' || microphone === 'skipped') &&
    (network === 'good' || network === 'poor')
  );
}

export interface DeviceChecking {
  state: CheckState;
  send: (event: CheckEvent) => void;
  /** Opens devices anew, another one when an id is given. */
  open: (kinds: readonly Kind[], chosen?: Partial<Record<Kind, string>>) => Promise<void>;
  measure: () => Promise<void>;
  /** From now on the tracks belong to whoever has asked; otherwise they stop with the check. */
  handOver: () => { camera?: MediaStreamTrack; microphone?: MediaStreamTrack };
}

/** Runs the device check: opens what was chosen last time, measures the network beside it. */
export function useDeviceCheck(): DeviceChecking {
  const [state, send] = useReducer(advance, begun);
  const tracks = useRef<Partial<Record<Kind, MediaStreamTrack>>>({});
  const isMounted = useRef(true);

  const open = useCallback<DeviceChecking['open']>(async (kinds, chosen = {}) => {
    send({ type: 'opening', kinds });
    for (const kind of kinds) {
      tracks.current[kind]?.stop();
      delete tracks.current[kind];
    }
    const opened = await openChosen(kinds, chosen);
    for (const kind of kinds) {
      const track = opened[kind];
      if (!isMounted.current) {
        track?.stop();
        continue;
      }
      if (track) tracks.current[kind] = track;
      send({ type: 'opened', kind, ...optional(track, opened.faults[kind]) });
    }
    if (isMounted.current) send({ type: 'known', known: await devices.list() });
  }, []);

  const measure = useCallback(async () => {
    send({ type: 'network', network: 'measuring' });
    const verdict = await networkCheck(location.origin);
    if (isMounted.current) send({ type: 'network', network: verdict });
  }, []);

  const handOver = useCallback(() => {
    const given = tracks.current;
    tracks.current = {};
    return given;
  }, []);

  useEffect(() => {
    isMounted.current = true;
    void open(['camera', 'microphone']);
    void measure();
    return () => {
      isMounted.current = false;
      for (const track of Object.values(tracks.current)) track.stop();
      tracks.current = {};
    };
  }, [open, measure]);

  return { state, send, open, measure, handOver };
}

/** What was chosen, or any other when that one is not there today. */
async function openChosen(kinds: readonly Kind[], chosen: Partial<Record<Kind, string>>) {
  const wanted = wantedOf(recall('devices'), kinds, chosen);
  const opened = await devices.open(wanted);
  for (const kind of kinds) {
    if (opened.faults[kind] !== 'missing' || typeof wanted[kind] !== 'string') continue;
    const other = await devices.open({ [kind]: true });
    const track = other[kind];
    if (!track) continue;
    opened[kind] = track;
    delete opened.faults[kind];
  }
  return opened;
}

function wantedOf(
  remembered: RememberedDevices,
  kinds: readonly Kind[],
  chosen: Partial<Record<Kind, string>>,
): Parameters<typeof devices.open>[0] {
  const one = (kind: Kind, id: string | undefined) => (kinds.includes(kind) ? (id ?? true) : false);
  return {
    camera: one('camera', chosen.camera ?? remembered.cameraId),
    microphone: one('microphone', chosen.microphone ?? remembered.microphoneId),
  };
}

function optional(track: MediaStreamTrack | undefined, fault: DeviceFault | undefined) {
  return { ...(track ? { track } : {}), ...(fault ? { fault } : {}) };
}
