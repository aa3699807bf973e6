import type { FileId, FileVariant } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { type RefCallback, useCallback, useEffect, useState } from 'react';

export interface FileAddress {
  url: string | null;
  isBroken: boolean;
  again: () => void;
}

/** The address of a file's contents, asked for when it is needed: it is good for a minute, and secret meanwhile. */
export function useFileAddress(
  fileId: FileId,
  variant: FileVariant,
  isWanted: boolean,
): FileAddress {
  const bedside = useBedside();
  const [url, setUrl] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another address.
  useEffect(() => {
    if (!isWanted) return undefined;
    let isCurrent = true;
    setBroken(false);
    bedside.call('file.link', { file_id: fileId, variant }).then(
      (link) => isCurrent && setUrl(link.url),
      () => isCurrent && setBroken(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [bedside, fileId, variant, isWanted, tries]);
  const again = useCallback(() => {
    setUrl(null);
    setTries((it) => it + 1);
  }, []);
  return { url, isBroken, again };
}

/** Whether an element has come near the screen; once it has, it stays so. */
export function useInSight(): [boolean, RefCallback<Element>] {
  const [isSeen, setSeen] = useState(false);
  const ref = useCallback<RefCallback<Element>>((element) => {
    if (!element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((it) => it.isIntersecting)) setSeen(true);
      },
      { rootMargin: '300px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [isSeen, ref];
}

/** Brings a file to the person's own device. */
export function useDownload(): (fileId: FileId, name: string) => Promise<void> {
  const bedside = useBedside();
  return useCallback(
    async (file_id, name) => {
      const { url } = await bedside.call('file.link', { file_id, variant: 'original' });
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
    },
    [bedside],
  );
}
