import type { ConversationNow } from '@bedside/client';
import { useStrings } from '../strings/index.ts';
import classes from './thread.module.css';
import { memberOf } from './thread.ts';

/** Who is writing. Its place is kept, so that nothing jumps; it is not announced, for it comes and goes. */
export function TypingLine({ now }: { now: ConversationNow }) {
  const { messages: words } = useStrings();
  const { conversation, typing } = now;
  const [first] = typing;
  const name = conversation && first ? memberOf(conversation, first)?.display_name : undefined;
  const text =
    typing.length > 1 ? words.thread.typingMany : name ? words.thread.typing(name) : null;
  return (
    <p className={classes.typing} data-testid="typing">
      {text}
    </p>
  );
}
