import type { ConversationId } from '@bedside/client';
import { useIsBesideLocked } from '../account/locked.ts';
import { Thread } from '../messages/Thread.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './chat.module.css';

/** What is written in a visit, beside the picture. */
export function ChatPanel({ conversationId }: { conversationId: ConversationId }) {
  const { messages } = useStrings();
  const isLocked = useIsBesideLocked();
  return (
    <aside
      className={classes.panel}
      aria-label={messages.inVisit.title}
      inert={isLocked}
      data-locked={isLocked || undefined}
    >
      <h2 className={classes.title}>{messages.inVisit.title}</h2>
      <Thread conversationId={conversationId} isFocused />
    </aside>
  );
}
