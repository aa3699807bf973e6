import {
  BedsideError,
  type Fault,
  type MediaState,
  type OwnMedia,
  type Quality,
  type Tile,
  type VisitView,
} from '@bedside/client';
import { box, type Call } from './box.ts';
import { fault, VISIT_ID } from './samples.ts';

/** Stands in for a visit of the client library. */

export class FakeVisit {
  readonly id: string;
  readonly view = box<VisitView | null>(null);
  readonly status = box<'loading' | 'live' | 'stale' | 'denied'>('live');
  readonly fault = box<Fault | null>(null);
  readonly speaker = box<string | null>(null);
  readonly media = box<MediaState>({ phase: 'connected' });
  readonly tiles = box<Tile[]>([]);
  readonly own = box<OwnMedia>({
    camera: { on: false },
    microphone: { on: false },
    screen: { on: false },
  });
  readonly quality = box<Quality | null>(null);
  readonly calls: Call[] = [];
  /** What `enter` and the clinician's acts answer with; they fail with it when it is a fault. */
  answer: Fault | null = null;
  onEnter: (() => void) | null = null;

  constructor(id: string = VISIT_ID) {
    this.id = id;
  }

  private async did(name: string, ...args: unknown[]): Promise<VisitView> {
    this.calls.push({ name, args });
    if (this.answer) throw new BedsideError(this.answer);
    const view = this.view.get();
    if (!view) throw new BedsideError(fault('not_found', 4000));
    return view;
  }

  prepare = () => {
    this.calls.push({ name: 'prepare', args: [] });
  };
  enter = async () => {
    const view = await this.did('enter');
    this.onEnter?.();
    return view;
  };
  leave = async () => {
    await this.did('leave');
  };
  setCamera = async (on: boolean, deviceId?: string) => {
    this.calls.push({ name: 'setCamera', args: [on, deviceId] });
    this.own.set({ ...this.own.get(), camera: { ...this.own.get().camera, on } });
  };
  setMicrophone = async (on: boolean, deviceId?: string) => {
    this.calls.push({ name: 'setMicrophone', args: [on, deviceId] });
    this.own.set({ ...this.own.get(), microphone: { ...this.own.get().microphone, on } });
  };
  shareScreen = async (on: boolean) => {
    this.calls.push({ name: 'shareScreen', args: [on] });
    this.own.set({ ...this.own.get(), screen: { on } });
  };
  useTracks = (tracks: { camera?: MediaStreamTrack; microphone?: MediaStreamTrack }) => {
    this.calls.push({ name: 'useTracks', args: [tracks] });
    const { camera, microphone } = tracks;
    const own = this.own.get();
    this.own.set({
      ...own,
      camera: camera ? { on: true, track: camera } : own.camera,
      microphone: microphone ? { on: true, track: microphone } : own.microphone,
    });
  };
  setTileSize = () => {};
  participants = () => this.view.get()?.participants ?? [];
  admit = (id: string) => this.did('admit', id);
  hold = (id: string) => this.did('hold', id);
  mute = (id: string) => this.did('mute', id);
  revoke = (id: string) => this.did('revoke', id);
  end = () => this.did('end');
  markNoShow = () => this.did('markNoShow');
  reportDevice = (check: unknown) => this.did('reportDevice', check);
  invite = async (role: string, name: string) => {
    const view = await this.did('invite', role, name);
    return {
      participant_id: view.participants[0]?.participant_id,
      link: { url: `/join#${'x'.repeat(43)}`, role },
    };
  };
  release = () => {
    this.calls.push({ name: 'release', args: [] });
  };
}
