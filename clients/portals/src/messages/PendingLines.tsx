import type { PendingMessage } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconAlertTriangle, IconClock, IconRefresh, IconTrash } from '@tabler/icons-react';
import { isUndecided } from '../files/decision.tsx';
import { PendingFiles } from '../files/PendingFiles.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { MessageText } from './MessageText.tsx';
import classes from './thread.module.css';

export interface PendingLinesProps {
  pending: readonly PendingMessage[];
  /** What becomes of a message of which the hub warned. */
  onDecide: (message: PendingMessage) => void;
}

/** What was written and is not with the hub yet, with what can be done about it. */
export function PendingLines({ pending, onDecide }: PendingLinesProps) {
  if (pending.length === 0) return null;
  return (
    <ol className={classes.lines}>
      {pending.map((it) => (
        <li key={it.key} className={classes.group} data-own="true" data-pending={it.key}>
          <div
            className={classes.bubble}
            data-own="true"
            data-state={it.fault ? 'failed' : 'waiting'}
          >
            {it.body === '' ? null : <MessageText text={it.body} />}
            {it.files ? <PendingFiles files={it.files} /> : null}
          </div>
          {it.fault ? <Failed message={it} onDecide={onDecide} /> : <Waiting />}
        </li>
      ))}
    </ol>
  );
}

function Waiting() {
  const { messages: words } = useStrings();
  const connection = useStore(useBedside().connection);
  return (
    <p className={classes.meta}>
      <IconClock aria-hidden size={16} />
      {connection.state === 'open' ? words.state.sending : words.state.waiting}
    </p>
  );
}

interface FailedProps extends Pick<PendingLinesProps, 'onDecide'> {
  message: PendingMessage;
}

function Failed({ message, onDecide }: FailedProps) {
  const { messages: words, faults, files } = useStrings();
  const bedside = useBedside();
  const retry = useAction(() => bedside.retryMessage(message.key));
  const discard = useAction(() => bedside.discardMessage(message.key));
  const { fault } = message;
  const why =
    fault?.code === 'deadline_exceeded'
      ? words.failed.tooOld
      : fault?.code === 'not_found' && message.files
        ? words.failed.fileGone
        : fault
          ? (faults[fault.code] ?? faults.internal).title
          : '';
  const about = message.body.slice(0, 40) || (message.files?.[0]?.name ?? '');
  const isOpen = isUndecided(message);
  return (
    <div className={classes.failed}>
      <p className={classes.meta} data-tone="danger">
        <IconAlertTriangle aria-hidden size={16} />
        <span>
          {isOpen
            ? fault?.code === 'content_blocked'
              ? files.warn.blocked
              : files.warn.warned
            : `${words.state.failed}. ${why}`}
        </span>
      </p>
      <div className={classes.failedActs}>
        {isOpen ? (
          <Act onClick={() => onDecide(message)} aria-label={`${files.warn.decide}: ${about}`}>
            {files.warn.decide}
          </Act>
        ) : (
          <Act
            icon={<IconRefresh aria-hidden size={18} />}
            aria-label={words.failed.retryOf(about)}
            loading={retry.isRunning}
            onClick={() => retry.run()}
          >
            {words.failed.retry}
          </Act>
        )}
        <Act
          tone="bare"
          icon={<IconTrash aria-hidden size={18} />}
          aria-label={words.failed.discardOf(about)}
          loading={discard.isRunning}
          onClick={() => discard.run()}
        >
          {words.failed.discard}
        </Act>
      </div>
      <TroubleNote trouble={retry.trouble ?? discard.trouble} />
    </div>
  );
}
