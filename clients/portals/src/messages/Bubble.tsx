import type { ConversationView, FileCard, Message, MessageId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Menu } from '@mantine/core';
import { IconArrowBackUp, IconCopy, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTime } from '../app/hooks.ts';
import { MessageFiles } from '../files/MessageFiles.tsx';
import { saidIn } from '../files/said.ts';
import { type Strings, useStrings } from '../strings/index.ts';
import { RoundButton } from './controls.tsx';
import { MessageText } from './MessageText.tsx';
import classes from './thread.module.css';
import { canChange, memberOf, type Writing } from './thread.ts';

export interface BubbleProps {
  message: Message;
  /** Who wrote it. */
  name: string;
  isOwn: boolean;
  isHighlighted: boolean;
  conversation: ConversationView;
  /** All that are loaded, to find what was answered. */
  messages: readonly Message[];
  onShow: (message: Message) => void;
  /** A picture over the whole window. */
  onOpen: (file: FileCard) => void;
  onWrite: (writing: Writing) => void;
  onRemove: (message: Message) => void;
}

/** One message, and what can be done with it. */
export function Bubble(props: BubbleProps) {
  const { message, name, isOwn, isHighlighted, onShow } = props;
  const { messages: words } = useStrings();
  const time = useTime();
  const isGone = message.deleted_at !== undefined || message.body === undefined;
  return (
    <div className={classes.row} data-own={isOwn}>
      <article
        className={classes.bubble}
        data-own={isOwn}
        data-message={message.message_id}
        data-offset={isOwn ? undefined : message.offset}
        data-gone={isGone}
        data-highlighted={isHighlighted}
        tabIndex={-1}
        aria-label={words.thread.said(name, time.bareClock(message.at))}
      >
        {message.reply_to ? <Quote {...props} to={message.reply_to} onShow={onShow} /> : null}
        {isGone ? <p className={classes.gone}>{goneWords(message, words)}</p> : <Said {...props} />}
        {message.edited_at !== undefined && !isGone ? (
          <p className={classes.edited}>{words.thread.edited}</p>
        ) : null}
        {isOwn ? null : <span className={classes.end} data-end="" data-offset={message.offset} />}
      </article>
      {isGone ? null : <Actions {...props} />}
    </div>
  );
}

/** Whoever wrote it took it back, or its key was destroyed: those are not the same. */
const goneWords = ({ deleted_at }: Message, { thread }: Strings['messages']): string =>
  deleted_at === undefined ? thread.unreadable : thread.deleted;

/** Its words, and what was sent with them. */
function Said({ message, name, onOpen }: BubbleProps) {
  const { body = '', files = [] } = message;
  return (
    <>
      {body === '' ? null : <MessageText text={body} />}
      {files.length > 0 ? <MessageFiles files={files} name={name} onOpen={onOpen} /> : null}
    </>
  );
}

interface QuoteProps extends Pick<BubbleProps, 'conversation' | 'messages' | 'onShow'> {
  to: MessageId;
}

/** What a message answers, with the way to it. */
function Quote({ conversation, messages, to, onShow }: QuoteProps) {
  const strings = useStrings();
  const { messages: words } = strings;
  const original = messages.find((it) => it.message_id === to);
  if (!original) {
    return <p className={classes.quote}>{words.thread.earlierMessage}</p>;
  }
  const isOwn = original.member_id === conversation.you;
  const author = memberOf(conversation, original.member_id)?.display_name;
  const name = isOwn ? words.thread.you : (author ?? words.thread.somebody);
  return (
    <button type="button" className={classes.quote} onClick={() => onShow(original)}>
      <span className={classes.quoteName}>
        <span className="hidden">{words.thread.inAnswerTo}</span> {name}
      </span>
      <span className={classes.quoteText} dir="auto">
        {saidIn(original, strings) ?? goneWords(original, words)}
      </span>
    </button>
  );
}

/** What can be done with a message. */
function Actions(props: BubbleProps) {
  const { conversation, message, name, onWrite, onRemove } = props;
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const time = useTime();
  const [isOpen, setOpen] = useState(false);
  const isChangeable = isOpen && canChange(message, conversation.you, bedside.hubTime());
  const canWrite = conversation.can_write;
  const id = message.message_id;
  return (
    <Menu
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      radius="md"
      width={200}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <RoundButton
          className={classes.actions}
          label={words.actions.of(name, time.bareClock(message.at))}
          icon={<IconDots aria-hidden size={20} />}
        />
      </Menu.Target>
      <Menu.Dropdown>
        {canWrite ? (
          <Menu.Item
            className={classes.menuItem ?? ''}
            leftSection={<IconArrowBackUp aria-hidden size={20} />}
            onClick={() => onWrite({ kind: 'reply', to: id })}
          >
            {words.actions.reply}
          </Menu.Item>
        ) : null}
        {message.body ? (
          <Menu.Item
            className={classes.menuItem ?? ''}
            leftSection={<IconCopy aria-hidden size={20} />}
            onClick={() => navigator.clipboard?.writeText(message.body ?? '').catch(() => {})}
          >
            {words.actions.copy}
          </Menu.Item>
        ) : null}
        {isChangeable ? (
          <>
            <Menu.Item
              className={classes.menuItem ?? ''}
              leftSection={<IconPencil aria-hidden size={20} />}
              onClick={() => onWrite({ kind: 'edit', what: id })}
            >
              {words.actions.edit}
            </Menu.Item>
            <Menu.Item
              className={classes.menuItem ?? ''}
              leftSection={<IconTrash aria-hidden size={20} />}
              onClick={() => onRemove(message)}
            >
              {words.actions.remove}
            </Menu.Item>
          </>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
