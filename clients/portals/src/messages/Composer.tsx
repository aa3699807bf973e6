import type { Conversation, ConversationNow, MessageId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconSend2, IconX } from '@tabler/icons-react';
import {
  type ChangeEvent,
  type FormEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './composer.module.css';
import { RoundButton } from './controls.tsx';
import { keepDraft, recallDraft } from './draft.ts';
import { useOwner } from './names.ts';
import thread from './thread.module.css';
import { bytesOf, cleaned, MAX_BYTES, memberOf, NEAR_BYTES, type Writing } from './thread.ts';

export interface ComposerProps {
  handle: Conversation;
  now: ConversationNow;
  writing: Writing;
  onWrite: (writing: Writing) => void;
  isFocused: boolean;
}

/** The field to write in. What is begun is kept through reloads; what is sent is kept until the hub has it. */
export function Composer({ handle, now, writing, onWrite, isFocused }: ComposerProps) {
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const me = useStore(bedside.me);
  const announce = useAnnounce();
  const field = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  const [text, setText] = useText(handle.id, writing, now);
  useGrowing(field, text);
  const body = cleaned(text);
  const bytes = bytesOf(body);
  const isTooLong = bytes > MAX_BYTES;

  const [isNotKept, setNotKept] = useState(false);
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });

  const edit = useAction(async (what: MessageId) => {
    await handle.edit(what, body);
    announce(words.actions.edited);
    onWrite({ kind: 'new' });
  });
  /** The field is free at once, for the next message too; what could not be kept comes back into it. */
  const send = async (): Promise<void> => {
    setNotKept(false);
    setText('');
    onWrite({ kind: 'new' });
    try {
      await handle.send(body, writing.kind === 'reply' ? { replyTo: writing.to } : {});
      if (bedside.connection.get().state !== 'open') announce(words.composer.queued);
    } catch {
      setNotKept(true);
      onWrite(writing);
      setText([text, latest.current].filter((it) => it !== '').join('\n'));
    }
  };
  const submit = (): void => {
    if (body === '' || isTooLong) return;
    if (writing.kind === 'edit') void edit.run(writing.what);
    else void send();
  };

  // What a person chose to answer or to change, they write now.
  useEffect(() => {
    if (writing.kind !== 'new' || isFocused) field.current?.focus();
  }, [writing, isFocused]);

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
    field.current?.focus();
  };
  const onChange = (event: ChangeEvent<HTMLTextAreaElement>) => {
    setText(event.currentTarget.value);
    if (writing.kind !== 'edit') handle.typing(event.currentTarget.value !== '');
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a letter, Enter belongs to it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape' && writing.kind !== 'new') {
      event.preventDefault();
      onWrite({ kind: 'new' });
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className={classes.composer} onSubmit={onSubmit} aria-label={words.composer.label}>
      <About now={now} writing={writing} onWrite={onWrite} />
      {isNotKept ? (
        <p className={classes.notKept} role="alert">
          {words.composer.notKept}
        </p>
      ) : null}
      <TroubleNote trouble={writing.kind === 'edit' ? edit.trouble : null} />
      <div className={classes.write}>
        <textarea
          ref={field}
          className={classes.field}
          rows={1}
          dir="auto"
          value={text}
          enterKeyHint="send"
          autoComplete="off"
          placeholder={words.composer.placeholder}
          aria-label={words.composer.label}
          aria-describedby={hintId}
          aria-invalid={isTooLong}
          onChange={onChange}
          onKeyDown={onKeyDown}
          onBlur={() => handle.typing(false)}
        />
        <Act
          type="submit"
          tone="main"
          className={classes.send ?? ''}
          disabled={body === '' || isTooLong}
          loading={writing.kind === 'edit' && edit.isRunning}
          icon={<IconSend2 aria-hidden size={22} />}
        >
          {writing.kind === 'edit' ? words.composer.save : words.composer.send}
        </Act>
      </div>
      <p className={classes.hint} id={hintId} data-tone={isTooLong ? 'danger' : 'plain'}>
        {bytes > NEAR_BYTES ? (
          <span role="status">
            {isTooLong
              ? words.composer.tooLong(bytes - MAX_BYTES)
              : words.composer.left(MAX_BYTES - bytes)}
          </span>
        ) : me?.role === 'clinician' ? (
          words.composer.keys
        ) : (
          words.composer.emergency
        )}
      </p>
    </form>
  );
}

/** What is answered or changed, and the way out of it. */
function About({ now, writing, onWrite }: Pick<ComposerProps, 'now' | 'writing' | 'onWrite'>) {
  const { messages: words } = useStrings();
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
          {original?.body ?? words.thread.earlierMessage}
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

/** The text of the field: the draft, or the message that is changed. */
function useText(
  conversationId: string,
  writing: Writing,
  now: ConversationNow,
): [string, (text: string) => void] {
  const owner = useOwner();
  const [draft, setDraft] = useState(() => recallDraft(owner, conversationId));
  const [change, setChange] = useState<{ of: string; text: string } | null>(null);
  if (writing.kind === 'edit' && change?.of !== writing.what) {
    const original = now.messages.find((it) => it.message_id === writing.what);
    setChange({ of: writing.what, text: original?.body ?? '' });
  }
  if (writing.kind !== 'edit' && change !== null) setChange(null);
  if (writing.kind === 'edit') {
    return [change?.text ?? '', (text) => setChange({ of: writing.what, text })];
  }
  const keep = (text: string) => {
    setDraft(text);
    keepDraft(owner, conversationId, text);
  };
  return [draft, keep];
}

/** The field grows with its text, up to a bound that its style sets. */
function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows its text.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.blockSize = 'auto';
    element.style.blockSize = `${element.scrollHeight + 2}px`;
  }, [field, text]);
}
