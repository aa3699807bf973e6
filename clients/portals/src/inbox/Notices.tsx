import type { InboxMessage, Me, NoticeTopic } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import {
  IconBell,
  IconCalendarCheck,
  IconCalendarTime,
  IconCalendarX,
  IconKey,
  IconMail,
  IconMailOpened,
  IconShieldExclamation,
} from '@tabler/icons-react';
import { type ComponentType, useEffect, useRef, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { homeOf, isInVisits, REVIEWS_PATH } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { bookPath } from '../booking/choice.ts';
import { Chip } from '../parts/Chip.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { useMore } from '../parts/useMore.ts';
import { useStrings } from '../strings/index.ts';
import { useInbox } from './inbox.tsx';
import classes from './notices.module.css';

const ICONS: Record<NoticeTopic, ComponentType<{ size?: number; 'aria-hidden'?: boolean }>> = {
  booked: IconCalendarCheck,
  moved: IconCalendarTime,
  cancelled: IconCalendarX,
  day_before: IconBell,
  hour_before: IconBell,
  place_free: IconCalendarCheck,
  new_message: IconMail,
  record_opened: IconShieldExclamation,
  review_due: IconShieldExclamation,
  password_asked: IconKey,
  invited: IconKey,
  password_changed: IconKey,
};

/** What the clinic told, newest first. Shown is read; what was new when the page opened stays marked. */
export function Notices({ me }: { me: Me }) {
  const { messages, isKnown } = useInbox();
  const { count, isMore, end } = useMore(messages.length);
  const fresh = useMarkedRead(messages);
  return (
    <>
      {!isKnown ? <PageSkeleton /> : messages.length === 0 ? <None /> : null}
      <ul className={classes.list}>
        {messages.slice(0, count).map((it) => (
          <Row key={it.notice_id} message={it} me={me} isFresh={fresh.has(it.notice_id)} />
        ))}
        {isMore ? <li key={count} ref={end} aria-hidden="true" /> : null}
      </ul>
    </>
  );
}

/** Tells the hub that what is shown was read, once each, and remembers what was new. */
function useMarkedRead(messages: readonly InboxMessage[]): ReadonlySet<string> {
  const bedside = useBedside();
  const { refresh } = useInbox();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const told = useRef(new Set<string>());
  useEffect(() => {
    const unread = messages.filter(
      (it) => it.read_at === undefined && !told.current.has(it.notice_id),
    );
    if (unread.length === 0) return;
    for (const it of unread) told.current.add(it.notice_id);
    setFresh((before) => new Set([...before, ...unread.map((it) => it.notice_id)]));
    const tell = async () => {
      for (const { notice_id } of unread) await bedside.call('inbox.mark_read', { notice_id });
      await refresh();
    };
    // Not told, it stays new; nothing is lost.
    tell().catch(() => {});
  }, [bedside, messages, refresh]);
  return fresh;
}

function Row({ message, me, isFresh }: { message: InboxMessage; me: Me; isFresh: boolean }) {
  const { inbox: words } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const Icon = ICONS[message.topic];
  return (
    <li className={classes.row} data-fresh={isFresh}>
      <span className={classes.icon}>
        <Icon aria-hidden size={24} />
      </span>
      <div className={classes.text}>
        <p className={classes.head}>
          <strong>{words.topics[message.topic]}</strong>
          {isFresh ? <Chip tone="act">{words.fresh}</Chip> : null}
          <span className="quiet">{time.dayAndClock(message.at, now)}</span>
        </p>
        <p>{message.text}</p>
        <p>
          <Way topic={message.topic} me={me} />
        </p>
      </div>
    </li>
  );
}

/** From what was told to where something can be done about it. */
function Way({ topic, me }: { topic: NoticeTopic; me: Me }) {
  const { inbox: words } = useStrings();
  const isPatient = me.role === 'patient';
  if (topic === 'new_message') return <Link to="/messages">{words.toMessages}</Link>;
  if (topic === 'place_free' && isPatient) return <Link to={bookPath()}>{words.toTimes}</Link>;
  if (topic === 'record_opened' && isPatient) return <Link to="/access">{words.toAccess}</Link>;
  if (topic === 'password_changed') return <Link to="/account">{words.toAccount}</Link>;
  if (topic === 'review_due' && me.role === 'admin') {
    return <Link to={REVIEWS_PATH}>{words.toReviews}</Link>;
  }
  return <Link to={homeOf(me)}>{isInVisits(me) ? words.toVisit : words.toStart}</Link>;
}

function None() {
  const { inbox: words } = useStrings();
  return (
    <section className={classes.none}>
      <IconMailOpened aria-hidden size={40} stroke={1.4} />
      <h2>{words.none}</h2>
      <p className="quiet">{words.noneBody}</p>
    </section>
  );
}
