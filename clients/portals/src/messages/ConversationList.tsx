import type { ConversationCard, Me, PendingMessage } from '@bedside/client';
import { useBedside, usePending } from '@bedside/client/react';
import { IconAlertTriangle, IconClock, IconMessages } from '@tabler/icons-react';
import { useNow, useTime } from '../app/hooks.ts';
import { conversationPath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { saidIn } from '../files/said.ts';
import { Chip } from '../parts/Chip.tsx';
import { Initials } from '../parts/Initials.tsx';
import { useMore } from '../parts/useMore.ts';
import { useStrings } from '../strings/index.ts';
import { Count } from './controls.tsx';
import classes from './list.module.css';
import { othersIn } from './thread.ts';

export interface ConversationListProps {
  me: Me;
  cards: readonly ConversationCard[];
  /** The one that is open beside the list. */
  openId: string | null;
  isFiltered: boolean;
}

/** Somebody's conversations, the most recently active first. */
export function ConversationList({ me, cards, openId, isFiltered }: ConversationListProps) {
  const pending = usePending(useBedside());
  const now = useNow(60_000);
  const open = cards.findIndex((it) => it.conversation.conversation_id === openId);
  const { count, isMore, end } = useMore(cards.length, open + 1);
  if (cards.length === 0) return <None me={me} isFiltered={isFiltered} />;
  return (
    <ul className={classes.list}>
      {cards.slice(0, count).map((card) => {
        const id = card.conversation.conversation_id;
        return (
          <li key={id}>
            <Row
              card={card}
              isOpen={id === openId}
              isClinic={me.role === 'clinician'}
              now={now}
              pending={pending.filter((it) => it.conversation_id === id)}
            />
          </li>
        );
      })}
      {isMore ? <li key={count} ref={end} className={classes.more} aria-hidden="true" /> : null}
    </ul>
  );
}

/** Messages that were refused where the person is not part of the conversation any more: a line leads to each. */
export function Unsent({ cards, openId }: Pick<ConversationListProps, 'cards' | 'openId'>) {
  const { messages: words } = useStrings();
  const pending = usePending(useBedside());
  const known = new Set<string>(cards.map((it) => it.conversation.conversation_id));
  const counts = new Map<string, number>();
  for (const { conversation_id: id, fault } of pending) {
    if (fault && !known.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  if (counts.size === 0) return null;
  return (
    <ul className={classes.list}>
      {[...counts].map(([id, count]) => (
        <li key={id}>
          <Link to={conversationPath(id)} current={id === openId} className={classes.row}>
            <IconAlertTriangle aria-hidden size={20} className={classes.unsent} />
            <span className={classes.text}>{words.list.unsent(count)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

interface RowProps {
  card: ConversationCard;
  isOpen: boolean;
  isClinic: boolean;
  now: number;
  pending: readonly PendingMessage[];
}

function Row({ card, isOpen, isClinic, now, pending }: RowProps) {
  const { messages: words } = useStrings();
  const time = useTime();
  const { conversation, unread, active_at: at } = card;
  const names = othersIn(conversation).map((it) => it.display_name);
  const name = names.length === 0 ? words.thread.somebody : names.join(', ');
  const when = time.isSameDay(at, now) ? time.clock(at) : time.day(at, now);
  return (
    <Link
      to={conversationPath(conversation.conversation_id)}
      current={isOpen}
      className={classes.row}
    >
      <Initials name={names[0] ?? '?'} />
      <span className={classes.text}>
        <span className={classes.head}>
          <span className={classes.name}>{name}</span>
          <bdi className={classes.when}>{when}</bdi>
        </span>
        <span className={classes.second}>
          <Snippet card={card} />
          <Count count={unread} words={words.list.unread(unread)} />
        </span>
        <span className={classes.chips}>
          {isClinic && conversation.status === 'needs_answer' ? (
            <Chip tone="act">{words.status.needs_answer}</Chip>
          ) : null}
          {conversation.kind === 'visit' ? <Chip>{words.kind.visit}</Chip> : null}
          <PendingChip pending={pending} />
        </span>
      </span>
    </Link>
  );
}

function Snippet({ card }: { card: ConversationCard }) {
  const strings = useStrings();
  const { messages: words } = strings;
  const { last, conversation } = card;
  const body = last ? saidIn(last, strings) : undefined;
  if (!last || body === undefined) {
    const why = last && last.deleted_at === undefined ? words.list.unreadable : words.list.empty;
    return <span className={classes.snippet}>{why}</span>;
  }
  return (
    <span className={classes.snippet} dir="auto" data-unread={card.unread > 0}>
      {last.member_id === conversation.you ? words.list.you(body) : body}
    </span>
  );
}

function PendingChip({ pending }: { pending: readonly PendingMessage[] }) {
  const { messages: words } = useStrings();
  if (pending.some((it) => it.fault)) {
    return (
      <Chip tone="danger" icon={<IconAlertTriangle aria-hidden size={16} />}>
        {words.list.failed}
      </Chip>
    );
  }
  return pending.length > 0 ? (
    <Chip icon={<IconClock aria-hidden size={16} />}>{words.list.waiting}</Chip>
  ) : null;
}

function None({ me, isFiltered }: { me: Me; isFiltered: boolean }) {
  const { messages: words } = useStrings();
  const { list } = words;
  return (
    <section className={classes.none}>
      <IconMessages aria-hidden size={40} stroke={1.4} />
      <h2>{isFiltered ? list.noneFiltered : list.none}</h2>
      <p className="quiet">
        {isFiltered
          ? list.noneFilteredBody
          : me.role === 'clinician'
            ? list.noneClinician
            : list.nonePatient}
      </p>
    </section>
  );
}
