import type { AppointmentCard, Me, PersonId } from '@bedside/client';
import { useAgenda, useBedside } from '@bedside/client/react';
import { IconCalendarEvent, IconKeyboard } from '@tabler/icons-react';
import { type RefObject, useRef, useState } from 'react';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { patientPath, visitPath } from '../app/pages.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { useShortcuts } from '../app/shortcuts.ts';
import { useChangesTold } from '../calendar/changes.ts';
import { itemsOf } from '../calendar/items.ts';
import { type ServiceIndex, useServices } from '../calendar/useServices.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { useStrings } from '../strings/index.ts';
import { DayRow } from './DayRow.tsx';
import { actionOf, dayOf, nowIndex } from './day.ts';
import { NoShowDialog } from './NoShowDialog.tsx';
import { ShortcutHelp } from './ShortcutHelp.tsx';
import classes from './today.module.css';

/** The clinician's day: who waits, who comes next, and the next action one click away. */
export function TodayPage({ me }: { me: Me }) {
  const { today } = useStrings();
  useTitle(today.title);
  return <Shell width="medium">{me.person_id ? <DayOf personId={me.person_id} /> : null}</Shell>;
}

function DayOf({ personId }: { personId: PersonId }) {
  const { today: words, common, chart } = useStrings();
  const { cards } = useAgenda(useBedside(), personId);
  const services = useServices();
  const now = useNow(5_000);
  const time = useTime();
  useChangesTold(cards ? itemsOf(cards, [], now) : null, personId, time.zone);
  const [isHelping, setHelping] = useState(false);
  const [noShow, setNoShow] = useState<AppointmentCard | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const { go } = useNavigation();
  const day = dayOf(cards ?? [], now, (at) => time.isSameDay(at, now));
  const open = (card: AppointmentCard) => go(visitPath(card.appointment_id), { intent: 'enter' });
  const act = (card: AppointmentCard) => {
    const action = actionOf(card, now);
    if (action === 'no_show') setNoShow(card);
    else if (action === 'admit') go(visitPath(card.appointment_id), { intent: 'admit' });
    else open(card);
  };
  useDayKeys(list, day.today, act, () => setHelping(true));
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <div>
          <h1>
            {words.title}, {longDate(now, time.language, time.zone)}
          </h1>
          <p className="quiet">
            {cards ? `${words.summary(day.waiting, day.toCome)}. ` : null}
            {common.zone(time.zoneName(now))}.
          </p>
        </div>
        <Link to={patientPath(null)} className={classes.headLink}>
          {chart.list.title}
        </Link>
        <Act
          tone="bare"
          icon={<IconKeyboard aria-hidden size={22} />}
          onClick={() => setHelping(true)}
          className={classes.keysButton ?? ''}
        >
          {words.shortcuts}
        </Act>
      </div>
      {cards ? (
        <Line
          list={list}
          cards={day.today}
          services={services}
          now={now}
          onAct={act}
          onOpen={open}
        />
      ) : (
        <PageSkeleton />
      )}
      {day.later.length > 0 ? <Later cards={day.later} now={now} /> : null}
      <ShortcutHelp isOpen={isHelping} onClose={() => setHelping(false)} />
      <NoShowDialog card={noShow} onClose={() => setNoShow(null)} />
    </div>
  );
}

interface LineProps {
  list: RefObject<HTMLOListElement | null>;
  cards: readonly AppointmentCard[];
  services: ServiceIndex;
  now: number;
  onAct: (card: AppointmentCard) => void;
  onOpen: (card: AppointmentCard) => void;
}

function Line({ list, cards, services, now, onAct, onOpen }: LineProps) {
  const { today: words } = useStrings();
  const time = useTime();
  if (cards.length === 0) {
    return (
      <section className={classes.empty}>
        <IconCalendarEvent aria-hidden size={40} stroke={1.4} />
        <h2>{words.empty}</h2>
        <p className="quiet">{words.emptyBody}</p>
      </section>
    );
  }
  const line = nowIndex(cards, now);
  const nowLine = (
    <li key="now" className={classes.now}>
      <span>
        {words.now} <bdi>{time.bareClock(now)}</bdi>
      </span>
    </li>
  );
  const rows = cards.map((card) => (
    <DayRow
      key={card.appointment_id}
      card={card}
      services={services}
      now={now}
      onAct={() => onAct(card)}
      onOpen={() => onOpen(card)}
    />
  ));
  return (
    <ol className={classes.line} ref={list}>
      {[...rows.slice(0, line), nowLine, ...rows.slice(line)]}
    </ol>
  );
}

function Later({ cards, now }: { cards: readonly AppointmentCard[]; now: number }) {
  const { today: words } = useStrings();
  const time = useTime();
  return (
    <section className={classes.later}>
      <h2>{words.tomorrowOn}</h2>
      <ul>
        {cards.map((card) => (
          <li key={card.appointment_id}>
            <span>{card.patient.display_name}</span>
            <span className="quiet">
              {time.day(card.starts_at, now)}, <bdi>{time.range(card.starts_at, card.ends_at)}</bdi>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function longDate(at: number, language: string, timeZone: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone,
  }).format(at);
}

/** The list by keyboard: up and down go from button to button, so that Enter does what it says. */
function useDayKeys(
  list: RefObject<HTMLOListElement | null>,
  cards: readonly AppointmentCard[],
  act: (card: AppointmentCard) => void,
  help: () => void,
): void {
  const buttons = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-main]') ?? [])];
  const index = () => buttons().indexOf(document.activeElement as HTMLElement);
  const down = () =>
    buttons()
      .at(Math.min(index() + 1, buttons().length - 1))
      ?.focus();
  const up = () =>
    buttons()
      .at(Math.max(index() - 1, 0))
      ?.focus();
  const selected = () => {
    const row = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row;
    return cards.find((card) => card.appointment_id === row);
  };
  useShortcuts({
    j: down,
    ArrowDown: down,
    k: up,
    ArrowUp: up,
    a: () => {
      const card = selected() ?? cards.find((it) => it.stage === 'waiting');
      if (card?.stage === 'waiting') act(card);
    },
    '?': help,
  });
}
