import type { Conversation, ConversationNow, Message, MessageId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Menu } from '@mantine/core';
import {
  IconArrowBackUp,
  IconCheck,
  IconChecks,
  IconCopy,
  IconDots,
  IconEye,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react';
import { memo, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { RoundButton } from './controls.tsx';
import { MessageText } from './MessageText.tsx';
import classes from './thread.module.css';
import { canChange, deliveryOf, type Line, linesOf, memberOf, type Writing } from './thread.ts';

export interface LinesProps {
  now: ConversationNow;
  handle: Conversation;
  newFrom: number | null;
  highlighted: MessageId | null;
  onShow: (message: Message) => void;
  onWrite: (writing: Writing) => void;
}

/** The messages of a thread, by day and by who wrote them. */
export function Lines(props: LinesProps) {
  const { now, handle, newFrom } = props;
  const { messages: words } = useStrings();
  const time = useTime();
  const today = useNow(60_000);
  const list = useRef<HTMLOListElement>(null);
  const [removing, setRemoving] = useState<Message | null>(null);
  if (!now.conversation || now.messages.length === 0) return null;
  const lines = linesOf({
    messages: now.messages,
    you: now.conversation.you,
    newFrom,
    isSameDay: (one, other) => time.isSameDay(one, other),
  });
  return (
    <>
      <ol className={classes.lines} ref={list}>
        {lines.map((line) => {
          if (line.kind === 'day') {
            return (
              <li key={line.key} className={classes.day}>
                <span>
                  {words.thread.dayZone(time.day(line.at, today), time.zoneAbbreviation(line.at))}
                </span>
              </li>
            );
          }
          if (line.kind === 'new') {
            return (
              <li key={line.key} className={classes.newLine} data-line="new">
                <span>{words.thread.newLine}</span>
              </li>
            );
          }
          return <Group key={line.key} {...props} line={line} onRemove={setRemoving} />;
        })}
      </ol>
      <RemoveDialog
        handle={handle}
        message={removing}
        onClose={() => {
          setRemoving(null);
          // The menu that it came from is gone: the keyboard goes on from the message.
          const id = removing?.message_id;
          list.current?.querySelector<HTMLElement>(`[data-message="${id}"]`)?.focus();
        }}
      />
    </>
  );
}

interface GroupProps extends LinesProps {
  line: Extract<Line, { kind: 'group' }>;
  onRemove: (message: Message) => void;
}

/** What one person wrote without a break: one name, one time. */
function Group(props: GroupProps) {
  const { now, line } = props;
  const { messages: words } = useStrings();
  const time = useTime();
  const { conversation } = now;
  const last = line.messages.at(-1);
  if (!conversation || !last) return null;
  const author = memberOf(conversation, line.memberId);
  const name = line.isOwn ? words.thread.you : (author?.display_name ?? words.thread.somebody);
  return (
    <li className={classes.group} data-own={line.isOwn}>
      <p className={line.isOwn ? 'hidden' : classes.author}>{name}</p>
      {line.messages.map((message) => (
        <Bubble key={message.message_id} {...props} message={message} name={name} />
      ))}
      <p className={classes.meta}>
        <bdi>{time.bareClock(last.at)}</bdi>
        {line.isOwn && last.deleted_at === undefined ? <State now={now} message={last} /> : null}
      </p>
    </li>
  );
}

function State({ now, message }: { now: ConversationNow; message: Message }) {
  const { messages: words } = useStrings();
  const time = useTime();
  if (!now.conversation) return null;
  const delivery = deliveryOf(message, now.conversation, now.marks);
  switch (delivery.name) {
    case 'sent':
      return (
        <span className={classes.delivery} data-state="sent">
          <IconCheck aria-hidden size={16} /> {words.state.sent}
        </span>
      );
    case 'delivered':
      return (
        <span className={classes.delivery} data-state="delivered">
          <IconChecks aria-hidden size={16} /> {words.state.delivered}
        </span>
      );
    case 'read':
      return (
        <span className={classes.delivery} data-state="read">
          <IconEye aria-hidden size={16} /> {words.state.read}
        </span>
      );
    case 'read_by': {
      const names = delivery.readers.map((it) => it.display_name);
      const list = new Intl.ListFormat(time.language, { type: 'conjunction' }).format(names);
      return (
        <span className={classes.delivery} data-state="read">
          <IconEye aria-hidden size={16} /> {words.state.readBy(list)}
        </span>
      );
    }
  }
}

interface BubbleProps extends GroupProps {
  message: Message;
  name: string;
}

function Bubble(props: BubbleProps) {
  const { now, line, message, name, highlighted, onShow } = props;
  const { messages: words } = useStrings();
  const time = useTime();
  const isGone = message.deleted_at !== undefined || message.body === undefined;
  return (
    <div className={classes.row} data-own={line.isOwn}>
      <article
        className={classes.bubble}
        data-own={line.isOwn}
        data-message={message.message_id}
        data-offset={line.isOwn ? undefined : message.offset}
        data-gone={isGone}
        data-highlighted={highlighted === message.message_id}
        tabIndex={-1}
        aria-label={words.thread.said(name, time.bareClock(message.at))}
      >
        {message.reply_to ? <Quote now={now} to={message.reply_to} onShow={onShow} /> : null}
        {isGone ? (
          <p className={classes.gone}>{words.thread.deleted}</p>
        ) : (
          <MessageText text={message.body ?? ''} />
        )}
        {message.edited_at !== undefined && !isGone ? (
          <p className={classes.edited}>{words.thread.edited}</p>
        ) : null}
        {line.isOwn ? null : (
          <span className={classes.end} data-end="" data-offset={message.offset} />
        )}
      </article>
      {isGone ? null : <Actions {...props} />}
    </div>
  );
}

interface QuoteProps {
  now: ConversationNow;
  to: MessageId;
  onShow: (message: Message) => void;
}

/** What a message answers, with the way to it. */
function Quote({ now, to, onShow }: QuoteProps) {
  const { messages: words } = useStrings();
  const original = now.messages.find((it) => it.message_id === to);
  if (!original || !now.conversation) {
    return <p className={classes.quote}>{words.thread.earlierMessage}</p>;
  }
  const isOwn = original.member_id === now.conversation.you;
  const author = memberOf(now.conversation, original.member_id)?.display_name;
  const name = isOwn ? words.thread.you : (author ?? words.thread.somebody);
  return (
    <button type="button" className={classes.quote} onClick={() => onShow(original)}>
      <span className={classes.quoteName}>
        <span className="hidden">{words.thread.inAnswerTo}</span> {name}
      </span>
      <span className={classes.quoteText} dir="auto">
        {original.body ?? words.thread.deleted}
      </span>
    </button>
  );
}

/** What can be done with a message. */
const Actions = memo(function Actions(props: BubbleProps) {
  const { now, message, name, onWrite, onRemove } = props;
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const time = useTime();
  const [isOpen, setOpen] = useState(false);
  const you = now.conversation?.you;
  const isChangeable = isOpen && you !== undefined && canChange(message, you, bedside.hubTime());
  const canWrite = now.conversation?.can_write ?? false;
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
        <Menu.Item
          className={classes.menuItem ?? ''}
          leftSection={<IconCopy aria-hidden size={20} />}
          onClick={() => navigator.clipboard?.writeText(message.body ?? '').catch(() => {})}
        >
          {words.actions.copy}
        </Menu.Item>
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
});

interface RemoveDialogProps {
  handle: Conversation;
  message: Message | null;
  onClose: () => void;
}

function RemoveDialog({ handle, message, onClose }: RemoveDialogProps) {
  const { messages: words } = useStrings();
  const announce = useAnnounce();
  const remove = useAction(async () => {
    if (!message) return;
    await handle.remove(message.message_id);
    announce(words.actions.removed);
    onClose();
  });
  return (
    <Confirm
      title={words.actions.removeTitle}
      body={words.actions.removeBody}
      confirm={words.actions.removeConfirm}
      keep={words.actions.keep}
      isOpen={message !== null}
      isRunning={remove.isRunning}
      trouble={remove.trouble}
      onConfirm={() => remove.run()}
      onClose={onClose}
    />
  );
}
