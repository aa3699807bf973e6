import type { Conversation, ConversationNow, Upload } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconSend2 } from '@tabler/icons-react';
import {
  type ChangeEvent,
  type FormEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useRef,
} from 'react';
import { AddFiles } from '../files/AddFiles.tsx';
import type { Attachments } from '../files/attachments.ts';
import { Chosen } from '../files/Chosen.tsx';
import { usePaste } from '../files/drop.ts';
import { useHint } from '../files/hint.ts';
import { WarnDialog } from '../files/WarnDialog.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { About } from './About.tsx';
import classes from './composer.module.css';
import { bytesOf, cleaned, MAX_BYTES, NEAR_BYTES, type Writing } from './thread.ts';
import { useSending } from './useSending.ts';
import { useGrowing, useText } from './useText.ts';

export interface ComposerProps {
  handle: Conversation;
  now: ConversationNow;
  writing: Writing;
  onWrite: (writing: Writing) => void;
  attachments: Attachments;
  isFocused: boolean;
}

/** The field to write in. What is begun is kept through reloads; what is sent is kept until the hub has it. */
export function Composer(props: ComposerProps) {
  const { handle, now, writing, onWrite, attachments, isFocused } = props;
  const { messages: words } = useStrings();
  const field = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  const [text, setText] = useText(handle.id, writing, now);
  useGrowing(field, text);
  const onPaste = usePaste((files) => void attachments.add(files));
  const body = cleaned(text);
  const bytes = bytesOf(body);
  const isEdit = writing.kind === 'edit';
  const isTooLong = bytes > MAX_BYTES;
  const uploads = isEdit ? NONE : attachments.uploads;
  const files = useHint(uploads);
  const isSendable = !isTooLong && !files.isBlocked && (body !== '' || uploads.length > 0);
  const { edit, send, isNotKept } = useSending({ ...props, text, body, setText });
  const findings = edit.trouble?.findings;

  const submit = (): void => {
    if (!isSendable) return;
    if (isEdit) void edit.run(writing.what);
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
    if (!isEdit) handle.typing(event.currentTarget.value !== '');
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
      {isEdit ? null : <Chosen {...attachments} />}
      {isNotKept ? (
        <p className={classes.notKept} role="alert">
          {words.composer.notKept}
        </p>
      ) : null}
      <TroubleNote trouble={isEdit && !findings ? edit.trouble : null} />
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
          {...(isEdit ? {} : { onPaste })}
          onBlur={() => handle.typing(false)}
        />
        <Act
          type="submit"
          tone="main"
          className={classes.send ?? ''}
          disabled={!isSendable}
          loading={isEdit && edit.isRunning}
          icon={<IconSend2 aria-hidden size={22} />}
        >
          {isEdit ? words.composer.save : words.composer.send}
        </Act>
      </div>
      <div className={classes.foot}>
        {isEdit ? null : <AddFiles onAdd={(chosen) => void attachments.add(chosen)} />}
        <Hint id={hintId} bytes={bytes} uploads={files} />
      </div>
      {isEdit ? (
        <WarnDialog
          what="message"
          findings={findings ?? []}
          isBlocked={edit.trouble?.code === 'content_blocked'}
          isOpen={findings !== undefined}
          onClose={edit.clear}
          onChange={() => field.current?.focus()}
          onSend={(reason) => edit.run(writing.what, { reason })}
        />
      ) : null}
    </form>
  );
}

const NONE: readonly Upload[] = [];

interface HintProps {
  id: string;
  bytes: number;
  uploads: ReturnType<typeof useHint>;
}

/** What is to be known before it is sent: the room that is left, the files, or how the field is used. */
function Hint({ id, bytes, uploads }: HintProps) {
  const { messages: words } = useStrings();
  const me = useStore(useBedside().me);
  const isTooLong = bytes > MAX_BYTES;
  const room = isTooLong
    ? words.composer.tooLong(bytes - MAX_BYTES)
    : words.composer.left(MAX_BYTES - bytes);
  return (
    <p
      className={classes.hint}
      id={id}
      data-tone={isTooLong || uploads.isBlocked ? 'danger' : 'plain'}
    >
      {bytes > NEAR_BYTES ? (
        <span role="status">{room}</span>
      ) : uploads.text ? (
        <span role="status">{uploads.text}</span>
      ) : me?.role === 'clinician' ? (
        words.composer.keys
      ) : (
        words.composer.emergency
      )}
    </p>
  );
}
