import type { FileCard } from '@bedside/client';
import { IconClock, IconDownload, IconLock, IconPhoto, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { RoundButton } from '../messages/controls.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { isShown } from './check.ts';
import { FileFace } from './FileFace.tsx';
import classes from './files.module.css';
import { useFileFormat } from './format.ts';
import { useDownload, useFileAddress, useInSight } from './links.ts';
import { whyOf } from './words.ts';

export interface MessageFilesProps {
  files: readonly FileCard[];
  /** Who sent them. */
  name: string;
  onOpen: (file: FileCard) => void;
}

/** What was sent with a message: pictures as pictures, everything else by its name. */
export function MessageFiles({ files, name, onOpen }: MessageFilesProps) {
  const pictures = files.filter(isShown);
  const others = files.filter((it) => !isShown(it));
  return (
    <div className={classes.files}>
      {pictures.length > 0 ? (
        <div className={classes.pictures} data-single={pictures.length === 1}>
          {pictures.map((it) => (
            <Picture key={it.file_id} file={it} name={name} onOpen={() => onOpen(it)} />
          ))}
        </div>
      ) : null}
      {others.map((it) => (
        <Document key={it.file_id} file={it} />
      ))}
    </div>
  );
}

interface PictureProps {
  file: FileCard;
  name: string;
  onOpen: () => void;
}

function Picture({ file, name, onOpen }: PictureProps) {
  const { files: words } = useStrings();
  const [isSeen, ref] = useInSight();
  const { url, isBroken, again } = useFileAddress(file.file_id, 'thumbnail', isSeen);
  const [isLost, setLost] = useState(false);
  const label = words.thread.pictureOf(file.name, name);
  if (isBroken || isLost) {
    return (
      <button
        type="button"
        className={classes.picture}
        onClick={() => {
          setLost(false);
          again();
        }}
      >
        <span className={classes.again}>
          <IconRefresh aria-hidden size={24} />
          {words.thread.again}
          <span className="hidden">{label}</span>
        </span>
      </button>
    );
  }
  return (
    <button
      ref={ref}
      type="button"
      className={classes.picture}
      aria-label={label}
      data-file={file.file_id}
      onClick={onOpen}
    >
      <IconPhoto aria-hidden size={32} stroke={1.4} />
      {url ? <img src={url} alt="" decoding="async" onError={() => setLost(true)} /> : null}
    </button>
  );
}

/** A file by its name, with what can be done with it or why nothing can. */
function Document({ file }: { file: FileCard }) {
  const { files: words } = useStrings();
  const format = useFileFormat();
  const download = useDownload();
  const bring = useAction(() => download(file.file_id, file.name));
  const isBad = file.state === 'refused' || file.state === 'quarantined';
  const isClear = file.state === 'clear';
  return (
    <div
      className={classes.document}
      data-tone={isBad ? 'danger' : 'plain'}
      data-file={file.file_id}
      data-state={file.state}
    >
      {isBad ? (
        <span className={classes.face}>
          <IconLock aria-hidden size={26} stroke={1.6} />
        </span>
      ) : file.state === 'checking' ? (
        <span className={classes.face}>
          <IconClock aria-hidden size={26} stroke={1.6} />
        </span>
      ) : (
        <FileFace type={file.content_type} />
      )}
      <div className={classes.about}>
        <p className={classes.name} dir="auto" title={file.name}>
          {file.name}
        </p>
        <p className={classes.state} data-tone={isBad ? 'danger' : 'plain'}>
          {isClear
            ? [
                `${format.type(file.content_type)}, ${format.size(file.bytes)}`,
                ...(file.scanned ? [] : [words.state.notScanned]),
              ].join(' · ')
            : [words.state[file.state as keyof typeof words.state], whyOf(words, file.why)]
                .filter(Boolean)
                .join(' ')}
        </p>
      </div>
      {isClear ? (
        <RoundButton
          label={words.thread.downloadOf(file.name)}
          icon={<IconDownload aria-hidden size={22} />}
          disabled={bring.isRunning}
          onClick={() => bring.run()}
        />
      ) : null}
      <TroubleNote trouble={bring.trouble} />
    </div>
  );
}
