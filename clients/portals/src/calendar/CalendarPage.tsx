import type { AppointmentCard, Me, PersonId } from '@bedside/client';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { useNow, useTitle } from '../app/hooks.ts';
import { visitPath } from '../app/pages.ts';
import { useNavigation } from '../app/router.tsx';
import { useShortcuts } from '../app/shortcuts.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { MessagePage, TroubleNote } from '../parts/TroubleNote.tsx';
import { type Subject, SubjectPage } from '../practice/Subject.tsx';
import { useStrings } from '../strings/index.ts';
import { CalendarHelp } from './CalendarHelp.tsx';
import { CalendarTools } from './CalendarTools.tsx';
import classes from './calendar.module.css';
import { useChangesTold } from './changes.ts';
import { DayList } from './DayList.tsx';
import { dateAt, daySpan, weekOf } from './days.ts';
import { CancelDialog, EntrySheet } from './EntrySheet.tsx';
import { canMove, grouped, type Item, zonesOf } from './items.ts';
import { MoveDialog } from './MoveDialog.tsx';
import { usePlace } from './place.ts';
import { focusEntry, TimeGrid } from './TimeGrid.tsx';
import { useCalendar } from './useCalendar.ts';
import { useServices } from './useServices.ts';

/** Below this a week does not fit: the day as a list. */
const NARROW = '(max-width: 48em)';

/** A practitioner's week or day: one's own, or by an administrator that of somebody else. */
export function CalendarPage({ me, personId }: { me: Me; personId: PersonId | null }) {
  return (
    <SubjectPage me={me} personId={personId}>
      {(subject) => <CalendarOf key={subject.personId} subject={subject} me={me} />}
    </SubjectPage>
  );
}

function CalendarOf({ subject, me }: { subject: Subject; me: Me }) {
  const { calendar: words } = useStrings();
  const { zone, personId } = subject;
  const now = useNow();
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false }) ?? false;
  const today = dateAt(now, zone);
  const { place, change, turn } = usePlace(today);
  const view = isNarrow ? 'day' : place.view;
  const dates = useMemo(
    () => (view === 'week' ? weekOf(place.date) : [place.date]),
    [view, place.date],
  );
  const span = useMemo(() => spanOf(dates, zone), [dates, zone]);
  const calendar = useCalendar(personId, span, now);
  const services = useServices();
  const dialogs = useDialogs();
  const title = subject.name === null ? words.title : words.titleOf(subject.name);
  useTitle(title);
  useChangesTold(calendar.items, `${personId} ${dates.join()}`, zone);
  const items = useMemo(() => grouped(calendar.items ?? []), [calendar.items]);
  useCalendarKeys({
    items,
    now,
    onMove: dialogs.move,
    onHelp: () => dialogs.help(true),
    onView: (next) => change({ view: next }),
    onToday: () => change({ date: today }),
    onTurn: (direction) => turn(direction, isNarrow ? 'day' : undefined),
  });
  if (calendar.denied) return <MessagePage title={words.denied} body={words.deniedBody} />;
  const shown = { zone, now, items, closed: calendar.closed, open: calendar.open, services };
  return (
    <div className={classes.page}>
      <CalendarTools
        title={title}
        subject={subject}
        place={{ ...place, view }}
        dates={dates}
        today={today}
        isNarrow={isNarrow}
        zones={zonesOf(calendar.open, zone)}
        onChange={change}
        onTurn={(direction) => turn(direction, isNarrow ? 'day' : undefined)}
        onHelp={() => dialogs.help(true)}
      />
      <TroubleNote trouble={calendar.trouble}>
        <Retry onClick={calendar.reload} />
      </TroubleNote>
      {calendar.items === null ? (
        calendar.trouble ? null : (
          <PageSkeleton />
        )
      ) : isNarrow ? (
        <DayList {...shown} date={place.date} onOpen={dialogs.open} />
      ) : (
        <TimeGrid
          {...shown}
          dates={dates}
          isWhole={place.isWhole}
          onOpen={dialogs.open}
          onMove={dialogs.move}
          onDay={(date) => change({ view: 'day', date })}
        />
      )}
      <Dialogs dialogs={dialogs} items={items} zone={zone} services={services} me={me} />
    </div>
  );
}

function Retry({ onClick }: { onClick: () => void }) {
  const { common } = useStrings();
  return <Act onClick={onClick}>{common.tryAgain}</Act>;
}

function spanOf(dates: readonly string[], zone: string) {
  const first = dates[0] ?? '';
  const last = dates.at(-1) ?? first;
  return { from: daySpan(first, zone).from, until: daySpan(last, zone).until };
}

type Open =
  | { name: 'entry'; key: string }
  | { name: 'move'; card: AppointmentCard; wanted: number | null }
  | { name: 'cancel'; card: AppointmentCard }
  | { name: 'help' };

/** One dialog at a time. */
function useDialogs() {
  const [open, setOpen] = useState<Open | null>(null);
  return {
    current: open,
    close: () => setOpen(null),
    open: (item: Item) => setOpen({ name: 'entry', key: item.key }),
    move: (item: Item, wanted: number | null = null) => {
      if (item.card && canMove(item.card)) setOpen({ name: 'move', card: item.card, wanted });
    },
    cancel: (card: AppointmentCard) => setOpen({ name: 'cancel', card }),
    help: (isOpen: boolean) => setOpen(isOpen ? { name: 'help' } : null),
  };
}

interface DialogsProps {
  dialogs: ReturnType<typeof useDialogs>;
  items: readonly Item[];
  zone: string;
  services: ReturnType<typeof useServices>;
  me: Me;
}

function Dialogs({ dialogs, items, zone, services, me }: DialogsProps) {
  const { go } = useNavigation();
  const { current, close } = dialogs;
  // The entry as it is now: it may be moved or gone while its sheet is open.
  const all = items.flatMap((it) => [it, ...it.members]);
  const item = current?.name === 'entry' ? all.find((it) => it.key === current.key) : undefined;
  const enter = (card: AppointmentCard) => go(visitPath(card.appointment_id), { intent: 'enter' });
  const shared = { zone, onClose: close };
  return (
    <>
      <EntrySheet
        {...shared}
        item={item ?? null}
        services={services}
        onVisit={me.role === 'admin' ? null : enter}
        onMove={dialogs.move}
        onOpen={dialogs.open}
        onCancel={dialogs.cancel}
      />
      <MoveDialog
        {...shared}
        card={current?.name === 'move' ? current.card : null}
        wanted={current?.name === 'move' ? current.wanted : null}
      />
      <CancelDialog {...shared} card={current?.name === 'cancel' ? current.card : null} />
      <CalendarHelp isOpen={current?.name === 'help'} onClose={close} />
    </>
  );
}

interface Keys {
  items: readonly Item[];
  now: number;
  onMove: (item: Item) => void;
  onHelp: () => void;
  onView: (view: 'day' | 'week') => void;
  onToday: () => void;
  onTurn: (direction: 1 | -1) => void;
}

function useCalendarKeys({ items, now, onMove, onHelp, onView, onToday, onTurn }: Keys): void {
  const focused = () => {
    const element = document.activeElement?.closest<HTMLElement>('[data-entry]');
    return items.find((it) => it.key === element?.dataset.entry);
  };
  /** Where nothing is selected yet: what comes next. */
  const enter = () => {
    const first = items.find((it) => it.until > now) ?? items[0];
    if (first) focusEntry(first.key);
  };
  useShortcuts({
    ArrowDown: enter,
    ArrowUp: enter,
    ArrowLeft: enter,
    ArrowRight: enter,
    t: onToday,
    d: () => onView('day'),
    w: () => onView('week'),
    m: () => {
      const item = focused();
      if (item) onMove(item);
    },
    PageDown: () => onTurn(1),
    PageUp: () => onTurn(-1),
    '?': onHelp,
  });
}
