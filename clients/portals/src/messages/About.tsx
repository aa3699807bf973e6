import { IconX } from '@tabler/icons-react';
import { saidIn } from '../files/said.ts';
import { useStrings } from '../strings/index.ts';
import type { ComposerProps } from './Composer.tsx';
import classes from './composer.module.css';
import { RoundButton } from './controls.tsx';
import thread from './thread.module.css';
import { memberOf } from './thread.ts';

/** What is answered or changed, and the way out of it. */
export function About({
  now,
  writing,
  onWrite,
}: Pick<ComposerProps, 'now' | 'writing' | 'onWrite'>) {
  const strings = useStrings();
  const { messages: words } = strings;
  if (writing.kind === 'new') return null;
  const id = writing.kind === 'edit' ? writing.what : writing.to;
  const original = now.messages.find((it) => it.message_id === id);
  const author =
    original && now.conversation ? memberOf(now.conversation, original.member_id) : undefined;
  const isOwn = original?.member_id === now.conversation?.you;
  const name = isOwn ? words.thread.you : (author?.display_name ?? words.thread.somebody);
  const isEdit = writing.kind === 'edit';
  return (
    <div className={classes.about}>
      <div className={classes.aboutText}>
        <p className={thread.quoteName}>
          {isEdit ? words.composer.editing : words.composer.replying(name)}
        </p>
        <p className={thread.quoteText} dir="auto">
          {(original && saidIn(original, strings)) ?? words.thread.earlierMessage}
        </p>
      </div>
      <RoundButton
        label={isEdit ? words.composer.cancelEdit : words.composer.cancelReply}
        icon={<IconX aria-hidden size={20} />}
        onClick={() => onWrite({ kind: 'new' })}
      />
    </div>
  );
}
