import type { PendingFile, UploadNow } from '@bedside/client';
import { useStrings } from '../strings/index.ts';
import classes from './files.module.css';

/** Whether more of it is to come. */
export const isUnderWay = (now: UploadNow | null): now is UploadNow =>
  now?.phase === 'uploading' || now?.phase === 'waiting' || now?.phase === 'paused';

/** How far an upload is, while it is under way. */
export function UploadBar({ file, now }: { file: PendingFile; now: UploadNow | null }) {
  const { files: words } = useStrings();
  return isUnderWay(now) ? (
    <progress
      className={classes.bar}
      aria-label={words.upload.progressOf(file.name)}
      max={file.bytes}
      value={now.sent}
    />
  ) : null;
}
