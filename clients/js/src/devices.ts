/** DEVICES: opening them with words for what goes wrong, listing them, and the level of a microphone. */
import { browserPlatform, type MediaPlatform } from './platform.js';
import type { DeviceVerdict } from './protocol.gen.js';
import { Cell, type Store } from './store.js';

/** Why a device is not there. */
export type DeviceFault = Extract<DeviceVerdict, 'denied' | 'missing' | 'busy' | 'failed'>;

/** What was opened; what could not be has a fault. */
export interface OpenedDevices {
  camera?: MediaStreamTrack;
  microphone?: MediaStreamTrack;
  faults: { camera?: DeviceFault; microphone?: DeviceFault };
}

/** Which devices are opened: any, or the one with that id. */
export interface DeviceWishes {
  camera?: boolean | string;
  microphone?: boolean | string;
}

/** The smallest picture of which Chromium sends three layers. */
export const CAMERA: MediaTrackConstraints = {
  width: { ideal: 960 },
  height: { ideal: 540 },
  frameRate: { ideal: 24, max: 30 },
  facingMode: 'user',
};

/** Speech between rooms with loudspeakers. */
export const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** Text must stay sharp; motion may not be smooth. */
export const SCREEN: DisplayMediaStreamOptions = {
  video: { frameRate: { ideal: 10, max: 15 } },
  audio: false,
};

/** The word for an error of `getUserMedia` or `getDisplayMedia` (W3C mediacapture-main). */
export const faultOf = (error: unknown): DeviceFault => {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
};

const wanted = (wish: boolean | string | undefined, base: MediaTrackConstraints) => {
  if (wish === undefined || wish === false) return undefined;
  return typeof wish === 'string' ? { ...base, deviceId: { exact: wish } } : base;
};

/**
 * Opens camera and microphone: both with one question to the user, and when that fails each by itself, so that a
 * missing camera does not cost the microphone. Never rejects.
 */
const open = async (
  wishes: DeviceWishes,
  platform: MediaPlatform = browserPlatform,
): Promise<OpenedDevices> => {
  const video = wanted(wishes.camera, CAMERA);
  const audio = wanted(wishes.microphone, MICROPHONE);
  const opened: OpenedDevices = { faults: {} };
  const take = (stream: MediaStream): void => {
    const [camera] = stream.getVideoTracks();
    const [microphone] = stream.getAudioTracks();
    if (camera) opened.camera = camera;
    if (microphone) opened.microphone = microphone;
  };
  if (video && audio) {
    try {
      take(await platform.getUserMedia({ video, audio }));
      return opened;
    } catch {
      // Which of the two it was is found out below.
    }
  }
  const one = async (kind: 'camera' | 'microphone', constraints: MediaStreamConstraints) => {
    try {
      take(await platform.getUserMedia(constraints));
    } catch (error) {
      opened.faults[kind] = faultOf(error);
    }
  };
  if (video) await one('camera', { video });
  if (audio) await one('microphone', { audio });
  return opened;
};

/** Cameras, microphones and loudspeakers. Their names are empty until the user has allowed one. */
const list = (): Promise<MediaDeviceInfo[]> => navigator.mediaDevices.enumerateDevices();

const LEVEL_EVERY_MS = 60;

/** Level of a microphone's sound, 0 to 1. Measures while somebody watches. */
const level = (track: MediaStreamTrack): Store<number> => {
  let stop: (() => void) | undefined;
  const cell = new Cell(0, (isWatched) => {
    stop?.();
    stop = isWatched ? measure(track, (value) => cell.set(value)) : undefined;
  });
  return cell;
};

const measure = (track: MediaStreamTrack, tell: (level: number) => void): (() => void) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  // A context made before the user touched the page sleeps.
  context.resume().catch(() => undefined);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(levelOf(samples));
  }, LEVEL_EVERY_MS);
  return () => {
    clearInterval(timer);
    context.close().catch(() => undefined);
  };
};

/** Loudness of samples between -1 and 1 on a scale on which quiet speech shows: -60 dB is 0, full scale is 1. */
export const levelOf = (samples: Float32Array): number => {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const decibels = 10 * Math.log10(energy / Math.max(1, samples.length) + 1e-10);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
};

/** Cameras and microphones. */
export const devices = { open, list, level };
