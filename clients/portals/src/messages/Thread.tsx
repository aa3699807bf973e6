import type {
  ConversationNow,
  FileCard,
  FileId,
  Message,
  MessageId,
  PendingMessage,
  Role,
} from '@bedside/client';
import { useBedside, useConversation, useStore } from '@bedside/client/react';
import { IconArrowDown, IconMessages, IconPlugConnectedX } from '@tabler/icons-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useAttachments } from '../files/attachments.ts';
import { picturesOf, type Shown } from '../files/check.ts';
import { useDecision } from '../files/decision.tsx';
import { useDrop } from '../files/drop.ts';
import drops from '../files/files.module.css';
import { Viewer } from '../files/Viewer.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { useStrings } from '../strings/index.ts';
import { Composer } from './Composer.tsx';
import { keepDraft, recallDraft } from './draft.ts';
import { Lines } from './Lines.tsx';
import { useOwner, useThreadName } from './names.ts';
import { showing } from './open.ts';
import { PendingLines } from './PendingLines.tsx';
import { StartAct } from './StartAct.tsx';
import { TypingLine } from './TypingLine.tsx';
import classes from './thread.module.css';
import { memberOf, type Writing } from './thread.ts';
import { useNewsAnnounced } from './useNewsAnnounced.ts';
import { useScrolling } from './useScrolling.ts';
import { useDisplayed, useNewFrom } from './useThread.ts';

export interface ThreadProps {
  conversationId: string;
  /** Above the messages. */
  head?: (now: ConversationNow) => ReactNode;
  /** A message that is looked for. */
  target?: { message_id: MessageId; offset: number } | null;
  /** It was shown, or cannot be. */
  onTargetShown?: () => void;
  /** What to do where the conversation is not this person's any more. */
  denied?: ReactNode;
  isFocused?: boolean;
}

/** One conversation: its messages and the field to write in. */
export function Thread(props: ThreadProps) {
  // Another conversation begins at its own place, with its own draft.
  return <Opened key={props.conversationId} {...props} />;
}

function Opened(props: ThreadProps) {
  const { conversationId, head, target, onTargetShown, denied, isFocused } = props;
  const bedside = useBedside();
  const { handle, ...now } = useConversation(bedside, conversationId);
  const { messages: words, files } = useStrings();
  const owner = useOwner();
  const name = useThreadName(now);
  const [writing, setWriting] = useState<Writing>({ kind: 'new' });
  useEffect(() => showing(conversationId), [conversationId]);
  useNewsAnnounced(now);
  const attachments = useAttachments(handle);
  const canWrite = now.conversation?.can_write !== false;
  const { isOver, ...drop } = useDrop((files) => void (canWrite && attachments.add(files)));
  // What is written anew comes into the field as its draft.
  const [fieldKey, setFieldKey] = useState(0);
  const decide = useDecision(now, async (message, files) => {
    setWriting({ kind: 'new' });
    keepDraft(owner, handle.id, joined(recallDraft(owner, handle.id), message.body));
    setFieldKey((it) => it + 1);
    await attachments.add(files);
  });
  if (now.status === 'denied') {
    return (
      <div className={classes.state}>
        <h2>{words.thread.denied}</h2>
        <p className="quiet">{words.thread.deniedBody}</p>
        <PendingLines pending={now.pending} onDecide={decide.open} />
        {denied}
      </div>
    );
  }
  const { conversation } = now;
  return (
    <section
      className={classes.thread}
      aria-label={name === '' ? undefined : words.thread.with(name)}
      {...drop}
    >
      {isOver && canWrite ? <div className={drops.drop}>{files.drop}</div> : null}
      {head?.(now)}
      {conversation ? (
        <Messages
          now={now}
          handle={handle}
          target={target ?? null}
          onTargetShown={onTargetShown}
          onWrite={setWriting}
          onDecide={decide.open}
        />
      ) : (
        <NotThereYet now={now} onDecide={decide.open} />
      )}
      <TypingLine now={now} />
      {canWrite ? (
        <Composer
          key={fieldKey}
          attachments={attachments}
          handle={handle}
          now={now}
          writing={writing}
          onWrite={setWriting}
          isFocused={(isFocused ?? false) || fieldKey > 0}
        />
      ) : (
        <Closed now={now} />
      )}
      {decide.dialog}
    </section>
  );
}

/** Why nobody writes here: this person has left, or the key is gone. Between visits there is a beginning anew. */
function Closed({ now: { conversation } }: Pick<MessagesProps, 'now'>) {
  const { thread, start } = useStrings().messages;
  const you = conversation && memberOf(conversation, conversation.you);
  if (!you || you.left_at !== undefined) {
    return <p className={classes.closed}>{thread.closed}</p>;
  }
  const isPartner = (role: Role) => role === (you.role === 'patient' ? 'clinician' : 'patient');
  const partner = conversation.members.find((it) => isPartner(it.role));
  return (
    <div className={classes.closed}>
      <p>{thread.erased}</p>
      {conversation.kind === 'care' && partner?.person_id ? (
        <StartAct
          with={{ kind: 'person', person_id: partner.person_id }}
          name={partner.display_name}
          label={start.patient}
        />
      ) : null}
    </div>
  );
}

const joined = (...texts: string[]): string => texts.filter((it) => it !== '').join('\n');

/** Before the messages are there: what waits on this device is in sight even then. */
function NotThereYet({ now, onDecide }: Pick<MessagesProps, 'now' | 'onDecide'>) {
  const { messages: words } = useStrings();
  const connection = useStore(useBedside().connection);
  return (
    <div className={classes.middle}>
      <section
        className={classes.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        tabIndex={0}
        aria-label={words.thread.label}
        aria-busy
        data-testid="thread"
      >
        <div className={classes.state}>
          {connection.state === 'waiting' ? (
            <>
              <IconPlugConnectedX aria-hidden size={40} stroke={1.4} />
              <p className="quiet">{words.thread.whenConnected}</p>
            </>
          ) : (
            <PageSkeleton />
          )}
        </div>
        <PendingLines pending={now.pending} onDecide={onDecide} />
      </section>
    </div>
  );
}

interface MessagesProps {
  now: ConversationNow;
  handle: ReturnType<typeof useConversation>['handle'];
  target: ThreadProps['target'];
  onTargetShown: ThreadProps['onTargetShown'];
  onWrite: (writing: Writing) => void;
  onDecide: (message: PendingMessage) => void;
}

function Messages(props: MessagesProps) {
  const { now, handle, target, onTargetShown, onWrite, onDecide } = props;
  const { messages: words } = useStrings();
  const scroller = useRef<HTMLElement>(null);
  const newFrom = useNewFrom(now);
  const place = useScrolling(scroller, handle, now);
  const { show, part } = place;
  useDisplayed(scroller, handle, part.messages);
  useEffect(() => {
    if (!target) return;
    show(target)
      .catch(() => {})
      .finally(onTargetShown);
  }, [target, show, onTargetShown]);
  const [opened, setOpened] = useState<FileId | null>(null);
  const onOpen = useCallback((file: FileCard) => setOpened(file.file_id), []);
  const onShow = useCallback((it: Message) => void show(it), [show]);
  const isEmpty = now.messages.length === 0 && now.pending.length === 0;
  return (
    <div className={classes.middle}>
      <section
        ref={scroller}
        className={classes.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        tabIndex={0}
        aria-label={words.thread.label}
        data-testid="thread"
      >
        {part.hasEarlier || now.hasOlder ? (
          <Act
            tone="bare"
            className={classes.earlier ?? ''}
            loading={place.isLoadingOlder}
            onClick={place.showEarlier}
          >
            {words.thread.earlier}
          </Act>
        ) : null}
        {isEmpty ? <Nothing /> : null}
        <Lines
          now={now}
          shown={part.messages}
          handle={handle}
          newFrom={newFrom}
          highlighted={place.highlighted}
          onShow={onShow}
          onOpen={onOpen}
          onWrite={onWrite}
        />
        {part.hasLater ? null : <PendingLines pending={now.pending} onDecide={onDecide} />}
      </section>
      <Viewer
        pictures={opened === null ? NO_PICTURES : picturesOf(now.messages)}
        fileId={opened}
        onShow={setOpened}
        onClose={() => setOpened(null)}
      />
      {place.isAtEnd ? null : (
        <Act
          className={classes.newest ?? ''}
          tone={place.newBelow > 0 ? 'act' : 'quiet'}
          icon={<IconArrowDown aria-hidden size={20} />}
          onClick={place.toEnd}
        >
          {place.newBelow > 0 ? words.thread.newCount(place.newBelow) : words.thread.newest}
        </Act>
      )}
    </div>
  );
}

const NO_PICTURES: Shown[] = [];

function Nothing() {
  const { messages: words } = useStrings();
  return (
    <div className={classes.state}>
      <IconMessages aria-hidden size={40} stroke={1.4} />
      <h2>{words.thread.none}</h2>
      <p className="quiet">{words.thread.noneBody}</p>
    </div>
  );
}
