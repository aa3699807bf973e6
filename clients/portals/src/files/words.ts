import type { FileFault, UploadNow } from '@bedside/client';
import { useCallback } from 'react';
import { useStrings } from '../strings/index.ts';
import { useFileFormat } from './format.ts';

/** How far an upload is, in words. */
export function useUploadWords(): (now: UploadNow, bytes: number) => string {
  const { files: words, faults } = useStrings();
  const format = useFileFormat();
  return useCallback(
    (now, bytes) => {
      const percent = format.percent(now.sent, bytes);
      switch (now.phase) {
        case 'uploading':
          return now.sent === 0 ? words.upload.starting : words.upload.uploading(percent);
        case 'waiting':
          return words.upload.waiting(percent);
        case 'paused':
          return words.upload.paused(percent);
        case 'checking':
          return words.upload.checking;
        case 'quarantined':
        case 'refused':
          return whyOf(words, now.file?.why) ?? words.state[now.phase];
        case 'failed': {
          const fault = now.error ? (faults[now.error.code] ?? faults.internal) : faults.internal;
          return fault.title;
        }
        default:
          return words.upload.clear;
      }
    },
    [words, faults, format],
  );
}

/** Why the hub does not take a file; a newer hub may have reasons that this page has no words for. */
export function whyOf(
  words: { why: Record<FileFault, string> },
  why: FileFault | undefined,
): string | undefined {
  return why === undefined ? undefined : words.why[why];
}
