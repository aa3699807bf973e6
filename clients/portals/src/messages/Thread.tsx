import type { ConversationNow, Message, MessageId } from '@bedside/client';
import { useBedside, useConversation, useStore } from '@bedside/client/react';
import { IconArrowDown, IconMessages, IconPlugConnectedX } from '@tabler/icons-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { useStrings } from '../strings/index.ts';
import { Composer } from './Composer.tsx';
import { Lines } from './Lines.tsx';
import { showing } from './open.ts';
import { PendingLines } from './PendingLines.tsx';
import { TypingLine } from './TypingLine.tsx';
import classes from './thread.module.css';
import type { Writing } from './thread.ts';
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
  const { messages: words } = useStrings();
  const [writing, setWriting] = useState<Writing>({ kind: 'new' });
  useEffect(() => showing(conversationId), [conversationId]);
  useNewsAnnounced(now);
  if (now.status === 'denied') {
    return (
      <div className={classes.state}>
        <h2>{words.thread.denied}</h2>
        <p className="quiet">{words.thread.deniedBody}</p>
        <PendingLines pending={now.pending} />
        {denied}
      </div>
    );
  }
  const { conversation } = now;
  return (
    <div className={classes.thread}>
      {head?.(now)}
      {conversation ? (
        <Messages
          now={now}
          handle={handle}
          target={target ?? null}
          onTargetShown={onTargetShown}
          onWrite={setWriting}
        />
      ) : (
        <NotThereYet now={now} />
      )}
      <TypingLine now={now} />
      {conversation?.can_write === false ? (
        <p className={classes.closed}>{words.thread.closed}</p>
      ) : (
        <Composer
          handle={handle}
          now={now}
          writing={writing}
          onWrite={setWriting}
          isFocused={isFocused ?? false}
        />
      )}
    </div>
  );
}

/** Before the messages are there: what waits on this device is in sight even then. */
function NotThereYet({ now }: { now: ConversationNow }) {
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
        <PendingLines pending={now.pending} />
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
}

function Messages({ now, handle, target, onTargetShown, onWrite }: MessagesProps) {
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
          onWrite={onWrite}
        />
        {part.hasLater ? null : <PendingLines pending={now.pending} />}
      </section>
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
