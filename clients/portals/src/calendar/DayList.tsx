import type { Calendar } from '@bedside/client';
import { useTime } from '../app/hooks.ts';
import { Chip } from '../parts/Chip.tsx';
import { useStrings } from '../strings/index.ts';
import shared from './calendar.module.css';
import { ClockNote } from './DayHead.tsx';
import { daySpan, type LocalDate } from './days.ts';
import { HeldLeft, ItemName, stageOf } from './Entry.tsx';
import { type Closed, type Item, overlaps } from './items.ts';
import classes from './list.module.css';
import type { ServiceIndex } from './useServices.ts';

export interface DayListProps {
  date: LocalDate;
  zone: string;
  now: number;
  items: readonly Item[];
  closed: readonly Closed[];
  open: Calendar['open'];
  services: ServiceIndex;
  onOpen: (item: Item) => void;
}

type Row =
  | { kind: 'item'; from: number; item: Item }
  | { kind: 'open'; from: number; open: Calendar['open'][number] }
  | { kind: 'closed'; from: number; closed: Closed };

/** One day from top to bottom, for a narrow screen. */
export function DayList(props: DayListProps) {
  const { date, zone, items, closed, open } = props;
  const { calendar } = useStrings();
  const time = useTime(zone);
  const span = daySpan(date, zone);
  const rows: Row[] = [
    ...closed.map((it) => ({ kind: 'closed' as const, from: it.from, closed: it })),
    ...open.map((it) => ({ kind: 'open' as const, from: it.from, open: it })),
    ...items.map((it) => ({ kind: 'item' as const, from: it.from, item: it })),
  ].filter((it) =>
    overlaps(it.kind === 'item' ? it.item : it.kind === 'open' ? it.open : it.closed, span),
  );
  rows.sort((one, other) => one.from - other.from);
  return (
    <section>
      <ClockNote date={date} zone={zone} />
      {rows.length === 0 ? (
        <p className={shared.empty}>
          {calendar.nothing}. {calendar.closedDay}.
        </p>
      ) : (
        <ol className={classes.list} aria-label={calendar.entriesOf(time.day(span.from, 0))}>
          {rows.map((it) => (
            <ListRow key={keyOf(it)} row={it} {...props} />
          ))}
        </ol>
      )}
    </section>
  );
}

function keyOf(row: Row): string {
  switch (row.kind) {
    case 'item':
      return row.item.key;
    case 'closed':
      return row.closed.key;
    case 'open':
      return `${row.open.from} ${row.open.location}`;
  }
}

function ListRow({ row, zone, services, onOpen }: DayListProps & { row: Row }) {
  const { calendar, stages } = useStrings();
  const time = useTime(zone);
  if (row.kind === 'open') {
    const { from, until, location } = row.open;
    const times = time.range(from, until);
    return (
      <li className={classes.listOpen}>
        {location === '' ? calendar.openAt(times) : calendar.openIn(times, location)}
      </li>
    );
  }
  if (row.kind === 'closed') {
    return (
      <li className={classes.listClosed}>
        {row.closed.isClinic ? calendar.closure : calendar.off}
        {row.closed.reason === '' ? null : `: ${row.closed.reason}`}
      </li>
    );
  }
  const { item } = row;
  const stage = stageOf(item);
  const service = item.serviceId ? services.get(item.serviceId)?.terms.name : undefined;
  return (
    <li>
      <button
        type="button"
        className={classes.listEntry}
        data-entry={item.key}
        data-stage={item.kind === 'held' ? 'held' : stage}
        onClick={() => onOpen(item)}
      >
        <span className={classes.listTime}>
          <bdi>{time.bareClock(item.from)}</bdi>
          <bdi className="quiet">{time.bareClock(item.until)}</bdi>
        </span>
        <span className={classes.listText}>
          <span className={classes.listName}>
            <ItemName item={item} />
          </span>
          {item.expiresAt === null ? null : (
            <span className="quiet">
              <HeldLeft until={item.expiresAt} />
            </span>
          )}
          {service ? <span className="quiet">{service}</span> : null}
          {stage && stage !== 'scheduled' ? (
            <Chip tone={stage === 'waiting' ? 'act' : 'plain'}>{stages[stage]}</Chip>
          ) : null}
        </span>
      </button>
    </li>
  );
}
