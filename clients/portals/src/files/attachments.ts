import type { Conversation, Upload } from '@bedside/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useStrings } from '../strings/index.ts';
import { MAX_FILE_BYTES, MAX_FILES, problemOf } from './check.ts';
import { useFileFormat } from './format.ts';

export interface Attachments {
  uploads: readonly Upload[];
  /** Why something that was chosen was not added. */
  problem: string | null;
  add: (files: readonly File[]) => Promise<void>;
  remove: (upload: Upload) => void;
  /** They belong to a message now. */
  clear: () => void;
  /** That message could not be kept: they are chosen still. */
  restore: (uploads: readonly Upload[]) => void;
}

/** What was chosen in each conversation and not sent: it is there again when the person comes back to it. */
const chosen = new WeakMap<Conversation, readonly Upload[]>();

/** The files of the message that is written. What cannot be sent is refused before anything of it is. */
export function useAttachments(handle: Conversation): Attachments {
  const { files: words } = useStrings();
  const format = useFileFormat();
  const announce = useAnnounce();
  const [uploads, setUploads] = useState<readonly Upload[]>(() => chosen.get(handle) ?? []);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef(uploads);
  useEffect(() => {
    latest.current = uploads;
    chosen.set(handle, uploads);
  });
  const isAny = uploads.length > 0;
  useEffect(() => {
    if (!isAny) return undefined;
    // What was chosen and not sent ends with the page: the browser asks first.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isAny]);

  const add = useCallback(
    async (files: readonly File[]) => {
      setProblem(null);
      let count = latest.current.length;
      for (const file of files) {
        const found = problemOf(file);
        if (count >= MAX_FILES) return setProblem(words.problems.many(MAX_FILES));
        if (found) {
          setProblem(words.problems[found](file.name, format.size(MAX_FILE_BYTES)));
          continue;
        }
        try {
          const upload = await handle.attach(file, { name: file.name });
          setUploads((before) => [...before, upload]);
          count += 1;
          announce(words.upload.added(file.name));
        } catch {
          return setProblem(words.problems.loading);
        }
      }
    },
    [handle, words, format, announce],
  );
  const remove = useCallback(
    (upload: Upload) => {
      upload.cancel();
      setUploads((before) => before.filter((it) => it !== upload));
      announce(words.upload.removed(upload.about.name));
    },
    [announce, words],
  );
  const clear = useCallback(() => {
    latest.current = [];
    setUploads([]);
    setProblem(null);
  }, []);
  const restore = useCallback((these: readonly Upload[]) => setUploads(these), []);
  return { uploads, problem, add, remove, clear, restore };
}
