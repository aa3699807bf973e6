/**
 * THE USER'S OWN camera, microphone and screen in one visit.
 *
 * Invariant: a track is stopped because the user said so (camera off, screen off, another device, `release`), and for
 * no other reason: not by a lost connection, not by leaving, not by being sent back to the waiting room.
 */
import { CAMERA, type DeviceFault, faultOf, MICROPHONE, SCREEN } from './devices.js';
import type { Tracks } from './peer.js';
import type { MediaPlatform } from './platform.js';
import type { Source } from './protocol.gen.js';
import { Cell } from './store.js';

/** One device of the user. */
export interface OwnDevice {
  /** The user wants it on, and it is. */
  readonly on: boolean;
  /** To show to the user themselves. */
  readonly track?: MediaStreamTrack;
  /** Why it could not be opened, or that it went away. */
  readonly fault?: DeviceFault;
}

/** All of them. */
export interface OwnMedia {
  readonly camera: OwnDevice;
  readonly microphone: OwnDevice;
  readonly screen: OwnDevice;
}

const OFF: OwnDevice = { on: false };

/** What else has to follow when something changed. */
export type OnOwnChange = (source: Source, track: MediaStreamTrack | null) => void;

/** The devices of the user in one visit. */
export class OwnDevices {
  readonly media = new Cell<OwnMedia>({ camera: OFF, microphone: OFF, screen: OFF });
  readonly #platform: MediaPlatform;
  readonly #onChange: OnOwnChange;
  /** Counts the wishes for each device: an answer to an older wish is not used. */
  readonly #wishes: Record<Source, number> = { camera: 0, microphone: 0, screen: 0 };

  constructor(platform: MediaPlatform, onChange: OnOwnChange) {
    this.#platform = platform;
    this.#onChange = onChange;
  }

  /** What is to be sent now. */
  get tracks(): Tracks {
    const { camera, microphone, screen } = this.media.get();
    return {
      camera: camera.on ? (camera.track ?? null) : null,
      // A microphone that is off stays in its line, silent: turning it on again costs nothing.
      microphone: microphone.track ?? null,
      screen: screen.on ? (screen.track ?? null) : null,
    };
  }

  /** What is on. */
  get sources(): Readonly<Record<Source, boolean>> {
    const { camera, microphone, screen } = this.media.get();
    return { camera: camera.on, microphone: microphone.on, screen: screen.on };
  }

  /** Camera on or off. Off stops the track: its light goes out. */
  async setCamera(on: boolean, deviceId?: string): Promise<void> {
    if (!on) return this.#stop('camera');
    const { track } = this.media.get().camera;
    if (isUsable(track, deviceId)) return this.#use('camera', track);
    await this.#open('camera', () =>
      this.#platform.getUserMedia({ video: { ...CAMERA, ...only(deviceId) } }),
    );
  }

  /** Microphone on or off. Off keeps the track, silent. */
  async setMicrophone(on: boolean, deviceId?: string): Promise<void> {
    const { track, fault } = this.media.get().microphone;
    if (!on) {
      this.#wishes.microphone += 1;
      if (track) track.enabled = false;
      this.#put('microphone', {
        on: false,
        ...(track ? { track } : {}),
        ...(fault ? { fault } : {}),
      });
      return;
    }
    if (isUsable(track, deviceId)) return this.#use('microphone', track);
    await this.#open('microphone', () =>
      this.#platform.getUserMedia({ audio: { ...MICROPHONE, ...only(deviceId) } }),
    );
  }

  /** Shares a screen that the user chooses, or ends sharing. */
  async shareScreen(on: boolean): Promise<void> {
    if (!on) return this.#stop('screen');
    if (isUsable(this.media.get().screen.track)) return;
    await this.#open('screen', () => this.#platform.getDisplayMedia(SCREEN));
  }

  /** Takes tracks that somebody else opened, such as a device check. */
  use(tracks: { camera?: MediaStreamTrack; microphone?: MediaStreamTrack }): void {
    if (tracks.camera) this.#replace('camera', tracks.camera);
    if (tracks.microphone) this.#replace('microphone', tracks.microphone);
  }

  /** Stops all tracks. */
  release(): void {
    for (const source of ['camera', 'microphone', 'screen'] as const) this.#stop(source);
  }

  #stop(source: Source): void {
    this.#wishes[source] += 1;
    const { track } = this.media.get()[source];
    this.#put(source, OFF);
    if (track) {
      track.onended = null;
      track.stop();
    }
  }

  async #open(source: Source, ask: () => Promise<MediaStream>): Promise<void> {
    const wish = ++this.#wishes[source];
    try {
      const [track, ...others] = (await ask()).getTracks();
      for (const other of others) other.stop();
      if (!track) throw new DOMException('', 'NotFoundError');
      // The user has changed their mind meanwhile.
      if (wish !== this.#wishes[source]) return track.stop();
      this.#replace(source, track);
    } catch (error) {
      if (wish !== this.#wishes[source]) return;
      const { track } = this.media.get()[source];
      const isLive = track?.readyState === 'live';
      // A second device that cannot be opened does not take the first one away.
      this.#put(source, {
        on: isLive && this.media.get()[source].on,
        ...(isLive ? { track } : {}),
        fault: faultOf(error),
      });
    }
  }

  #replace(source: Source, track: MediaStreamTrack): void {
    const before = this.media.get()[source].track;
    this.#wishes[source] += 1;
    if (source === 'screen' && 'contentHint' in track) track.contentHint = 'detail';
    track.onended = () => this.#ended(source, track);
    this.#use(source, track);
    if (before && before !== track) {
      before.onended = null;
      before.stop();
    }
  }

  #use(source: Source, track: MediaStreamTrack): void {
    track.enabled = true;
    this.#put(source, { on: true, track });
  }

  /** It was pulled out, or sharing was ended in the browser's own bar. */
  #ended(source: Source, track: MediaStreamTrack): void {
    if (this.media.get()[source].track !== track) return;
    this.#put(source, source === 'screen' ? OFF : { on: false, fault: 'missing' });
  }

  #put(source: Source, device: OwnDevice): void {
    this.media.set({ ...this.media.get(), [source]: device });
    this.#onChange(source, this.tracks[source]);
  }
}

const only = (deviceId: string | undefined) =>
  deviceId === undefined ? {} : { deviceId: { exact: deviceId } };

const isUsable = (
  track: MediaStreamTrack | undefined,
  deviceId?: string,
): track is MediaStreamTrack =>
  track?.readyState === 'live' &&
  (deviceId === undefined || track.getSettings().deviceId === deviceId);
