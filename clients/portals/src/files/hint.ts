import type { Upload, UploadNow } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { useStrings } from '../strings/index.ts';

/** What is to be said about the files of the message that is written; whether they keep it from being sent. */
export function useHint(uploads: readonly Upload[]): { isBlocked: boolean; text: string | null } {
  const { files: words } = useStrings();
  const phases = usePhases(uploads);
  const isPageOnly = usePageOnly(uploads.length > 0);
  const isBlocked = phases.some(
    (it) => it === 'failed' || it === 'refused' || it === 'quarantined',
  );
  const isUnderWay = phases.some((it) => it === 'uploading' || it === 'waiting' || it === 'paused');
  if (isBlocked) return { isBlocked, text: words.upload.blocked };
  if (isPageOnly && uploads.length > 0) return { isBlocked, text: words.upload.pageOnly };
  return { isBlocked, text: isUnderWay ? words.upload.sendsLater : null };
}

function usePhases(uploads: readonly Upload[]): readonly UploadNow['phase'][] {
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = uploads.map((it) => it.state.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    [uploads],
  );
  const key = useSyncExternalStore(subscribe, () =>
    uploads.map((it) => it.state.get().phase).join(' '),
  );
  return key === '' ? [] : (key.split(' ') as UploadNow['phase'][]);
}

/** Whether this browser forgets files with the page. */
function usePageOnly(isAsked: boolean): boolean {
  const bedside = useBedside();
  const [isPageOnly, setPageOnly] = useState(false);
  useEffect(() => {
    if (!isAsked) return;
    bedside
      .files()
      .then((it) => it.outlivesThePage)
      .then((it) => setPageOnly(!it))
      .catch(() => {});
  }, [bedside, isAsked]);
  return isPageOnly;
}
