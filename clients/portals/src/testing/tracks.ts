/** A track that remembers whether it was stopped. */
export interface FakeTrack extends MediaStreamTrack {
  wasStopped: boolean;
}

export function fakeTrack(kind: 'audio' | 'video', deviceId = 'one'): FakeTrack {
  const track = {
    kind,
    wasStopped: false,
    enabled: true,
    readyState: 'live',
    getSettings: () => ({ deviceId }),
    stop() {
      track.wasStopped = true;
    },
  };
  return track as unknown as FakeTrack;
}
