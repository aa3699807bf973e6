import type {
  Conversation,
  ConversationNow,
  ConversationView,
  MemberMarks,
  Message,
  MessageId,
} from '@bedside/client';
import { IconCheck, IconChecks, IconEye } from '@tabler/icons-react';
import { memo, useMemo, useRef, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';
import { Bubble, type BubbleProps } from './Bubble.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import classes from './thread.module.css';
import { deliveryOf, type Line, linesOf, memberOf } from './thread.ts';

export interface LinesProps extends Pick<BubbleProps, 'onShow' | 'onOpen' | 'onWrite'> {
  now: ConversationNow;
  /** Of the messages those that are on the page. */
  shown: readonly Message[];
  handle: Conversation;
  newFrom: number | null;
  highlighted: MessageId | null;
}

/** The messages of a thread, by day and by who wrote them. */
export function Lines(props: LinesProps) {
  const { now, shown, handle, newFrom, highlighted, onShow, onOpen, onWrite } = props;
  const { messages: words } = useStrings();
  const time = useTime();
  const today = useNow(60_000);
  const list = useRef<HTMLOListElement>(null);
  const [removing, setRemoving] = useState<Message | null>(null);
  const { conversation } = now;
  const you = conversation?.you;
  const lines = useMemo(
    () =>
      you === undefined
        ? []
        : linesOf({
            messages: shown,
            you,
            newFrom,
            isSameDay: (one, other) => time.isSameDay(one, other),
          }),
    [shown, you, newFrom, time],
  );
  if (!conversation || lines.length === 0) return null;
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
          const isIn = line.messages.some((it) => it.message_id === highlighted);
          return (
            <Group
              key={line.key}
              line={line}
              conversation={conversation}
              messages={now.messages}
              marks={now.marks}
              highlighted={isIn ? highlighted : null}
              onShow={onShow}
              onOpen={onOpen}
              onWrite={onWrite}
              onRemove={setRemoving}
            />
          );
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

interface GroupProps
  extends Pick<
    BubbleProps,
    'conversation' | 'messages' | 'onShow' | 'onOpen' | 'onWrite' | 'onRemove'
  > {
  line: Extract<Line, { kind: 'group' }>;
  marks: readonly MemberMarks[];
  highlighted: MessageId | null;
}

/** What one person wrote without a break: one name, one time. That somebody types changes none of it. */
const Group = memo(function Group({ line, marks, highlighted, ...rest }: GroupProps) {
  const { conversation } = rest;
  const { messages: words } = useStrings();
  const time = useTime();
  const last = line.messages.at(-1);
  if (!last) return null;
  const author = memberOf(conversation, line.memberId);
  const name = line.isOwn ? words.thread.you : (author?.display_name ?? words.thread.somebody);
  return (
    <li className={classes.group} data-own={line.isOwn}>
      <p className={line.isOwn ? 'hidden' : classes.author}>{name}</p>
      {line.messages.map((message) => (
        <Bubble
          {...rest}
          key={message.message_id}
          message={message}
          name={name}
          isOwn={line.isOwn}
          isHighlighted={highlighted === message.message_id}
        />
      ))}
      <p className={classes.meta}>
        <bdi>{time.bareClock(last.at)}</bdi>
        {line.isOwn && last.deleted_at === undefined ? (
          <State message={last} conversation={conversation} marks={marks} />
        ) : null}
      </p>
    </li>
  );
});

interface StateProps {
  message: Message;
  conversation: ConversationView;
  marks: readonly MemberMarks[];
}

function State({ message, conversation, marks }: StateProps) {
  const { messages: words } = useStrings();
  const time = useTime();
  const delivery = deliveryOf(message, conversation, marks);
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
