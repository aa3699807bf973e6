import type { Upload, UploadNow } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { RoundButton } from '../messages/controls.tsx';
import { useStrings } from '../strings/index.ts';
import type { Attachments } from './attachments.ts';
import { quarterOf, typeOf } from './check.ts';
import { FileFace } from './FileFace.tsx';
import classes from './files.module.css';
import { useFileFormat } from './format.ts';
import { isUnderWay, UploadBar } from './UploadBar.tsx';
import { WarnDialog } from './WarnDialog.tsx';
import { useUploadWords } from './words.ts';

/** The files of the message that is written, above its field: how far each is, and what can be done with it. */
export function Chosen({ uploads, problem, remove }: Attachments) {
  const { files: words } = useStrings();
  return (
    <>
      {problem ? (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      ) : null}
      {uploads.length > 0 ? (
        <ul className={classes.chosen} aria-label={words.chosen}>
          {uploads.map((it) => (
            <li key={it.key}>
              <ChosenFile upload={it} onRemove={() => remove(it)} />
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function ChosenFile({ upload, onRemove }: { upload: Upload; onRemove: () => void }) {
  const now = useStore(upload.state);
  const { files: words } = useStrings();
  const format = useFileFormat();
  const say = useUploadWords();
  const [isAsked, setAsked] = useState(false);
  const { name, bytes } = upload.about;
  useToldProgress(upload, now);
  const isBad = now.phase === 'failed' || now.phase === 'refused' || now.phase === 'quarantined';
  const findings = now.error?.fault.findings ?? [];
  const isWarned = now.phase === 'failed' && now.error?.code === 'content_warned';
  return (
    <div className={classes.file} data-tone={isBad ? 'danger' : 'plain'} data-phase={now.phase}>
      <FileFace type={typeOf({ name, type: upload.about.content_type }) ?? ''} blob={upload.blob} />
      <div className={classes.about}>
        <p className={classes.name} dir="auto" title={name}>
          {name}
        </p>
        <p
          className={classes.state}
          data-tone={isBad ? 'danger' : now.phase === 'clear' ? 'good' : 'plain'}
        >
          {isUnderWay(now) ? null : `${format.size(bytes)} · `}
          {say(now, bytes)}
        </p>
      </div>
      <div className={classes.acts}>
        {now.phase === 'paused' ? (
          <RoundButton
            label={words.upload.resumeOf(name)}
            icon={<IconPlayerPlay aria-hidden size={20} />}
            onClick={() => upload.resume()}
          />
        ) : null}
        {now.phase === 'uploading' || now.phase === 'waiting' ? (
          <RoundButton
            label={words.upload.pauseOf(name)}
            icon={<IconPlayerPause aria-hidden size={20} />}
            onClick={() => upload.pause()}
          />
        ) : null}
        {now.phase === 'failed' ? (
          <RoundButton
            label={isWarned ? `${words.warn.decide}: ${name}` : words.upload.retryOf(name)}
            icon={<IconRefresh aria-hidden size={20} />}
            onClick={() => (isWarned ? setAsked(true) : upload.resume())}
          />
        ) : null}
        <RoundButton
          label={words.upload.removeOf(name)}
          icon={<IconX aria-hidden size={20} />}
          onClick={onRemove}
        />
      </div>
      <UploadBar file={upload.about} now={now} />
      <WarnDialog
        what="name"
        findings={findings}
        isBlocked={false}
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        onChange={onRemove}
        onSend={(reason) => upload.override({ reason })}
      />
    </div>
  );
}

/** Soon over, it is not worth a word on the way. */
const WORTH_MS = 4_000;

/** Tells what happens to an upload to those who do not see its bar. */
function useToldProgress({ about: { name, bytes } }: Upload, now: UploadNow): void {
  const { files: words } = useStrings();
  const announce = useAnnounce();
  const format = useFileFormat();
  const say = useUploadWords();
  const begun = useRef(Date.now());
  const told = useRef({ phase: now.phase, quarter: quarterOf(now.sent, bytes) });
  useEffect(() => {
    const before = told.current;
    const quarter = quarterOf(now.sent, bytes);
    told.current = { phase: now.phase, quarter };
    const isLong = Date.now() - begun.current > WORTH_MS;
    if (now.phase !== before.phase) {
      const isDone = now.phase === 'checking' || now.phase === 'clear';
      if (isDone && before.phase !== 'checking') announce(words.upload.done(name));
      else if (now.phase === 'failed' || now.phase === 'refused' || now.phase === 'quarantined') {
        announce(words.upload.failed(name, say(now, bytes)), { urgent: true });
      }
    } else if (now.phase === 'uploading' && quarter > before.quarter && quarter < 4 && isLong) {
      announce(words.upload.half(name, format.percent(now.sent, bytes)));
    }
  }, [now, bytes, name, words, format, say, announce]);
}
