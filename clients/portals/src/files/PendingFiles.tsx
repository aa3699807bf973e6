import type { PendingFile, Upload, UploadNow } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { typeOf } from './check.ts';
import { FileFace } from './FileFace.tsx';
import classes from './files.module.css';
import { useFileFormat } from './format.ts';
import { UploadBar } from './UploadBar.tsx';
import { useUploadWords } from './words.ts';

/** The files of a message that waits: how far each is, where this tab knows it. */
export function PendingFiles({ files }: { files: readonly PendingFile[] }) {
  return (
    <div className={classes.files}>
      {files.map((it) => (
        <Waiting key={it.key} file={it} />
      ))}
    </div>
  );
}

const NOT_HERE = {
  get: (): UploadNow | null => null,
  subscribe: () => () => {},
};

function Waiting({ file }: { file: PendingFile }) {
  const format = useFileFormat();
  const say = useUploadWords();
  const upload = useUpload(file.key);
  const now = useStore<UploadNow | null>(upload?.state ?? NOT_HERE);
  const { name, bytes, content_type } = file;
  return (
    <div className={classes.document} data-phase={now?.phase ?? 'kept'}>
      <FileFace type={typeOf({ name, type: content_type }) ?? ''} blob={upload?.blob} />
      <div className={classes.about}>
        <p className={classes.name} dir="auto" title={name}>
          {name}
        </p>
        <p className={classes.state}>
          {now && now.phase !== 'clear' ? say(now, bytes) : format.size(bytes)}
        </p>
      </div>
      <UploadBar file={file} now={now} />
    </div>
  );
}

/** Where it is not under way in this tab it may be soon: another tab can hand over. */
const LOOK_MS = 2_000;

function useUpload(key: string): Upload | undefined {
  const bedside = useBedside();
  const [upload, setUpload] = useState<Upload>();
  useEffect(() => {
    if (upload) return undefined;
    let isCurrent = true;
    const look = () =>
      bedside.files().then(
        (part) => isCurrent && setUpload(part.uploadOf(key)),
        () => {},
      );
    void look();
    const timer = setInterval(look, LOOK_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [bedside, key, upload]);
  return upload;
}
