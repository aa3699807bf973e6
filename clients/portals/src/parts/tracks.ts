import { useMemo } from 'react';

/** A stream of one track, kept while the track is the same. */
export function useStreamOf(track: MediaStreamTrack | undefined): MediaStream | null {
  return useMemo(() => (track ? new MediaStream([track]) : null), [track]);
}
