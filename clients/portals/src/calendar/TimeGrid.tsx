import type { Calendar } from '@bedside/client';
import { type CSSProperties, Fragment, type KeyboardEvent, useMemo, useState } from 'react';
import { useTime } from '../app/hooks.ts';
import { zoneInWords } from '../hours/words.ts';
import { useStrings } from '../strings/index.ts';
import { Axis, type Piece } from './axis.ts';
import { DayHead } from './DayHead.tsx';
import { daySpan, type LocalDate, wallTime } from './days.ts';
import { type Alignment, type Dragged, useDrag } from './drag.ts';
import { Entry } from './Entry.tsx';
import classes from './grid.module.css';
import { type Closed, canMove, type Item, overlaps, zonesOf } from './items.ts';
import { neighbour } from './keys.ts';
import { besides } from './layout.ts';
import { shownPart } from './range.ts';
import type { ServiceIndex } from './useServices.ts';

export interface TimeGridProps {
  dates: readonly LocalDate[];
  zone: string;
  now: number;
  isWhole: boolean;
  items: readonly Item[];
  closed: readonly Closed[];
  open: Calendar['open'];
  services: ServiceIndex;
  onOpen: (item: Item) => void;
  onMove: (item: Item, at: number | null) => void;
  onDay: (date: LocalDate) => void;
}

/** `--top` and the like: a length in minutes, which the style sheet turns into one on the screen. */
const at = (values: Record<string, number>) => values as CSSProperties;

/** Ten hours of an ordinary week, or all of it: days side by side, each a list of its entries. */
export function TimeGrid(props: TimeGridProps) {
  const { dates, zone, items, open, services, isWhole, now } = props;
  const axis = useMemo(() => new Axis(dates, zone), [dates, zone]);
  const part = useMemo(
    () => shownPart(axis, [...items.map((it) => it.busy), ...open], isWhole),
    [axis, items, open, isWhole],
  );
  const [activeKey, setActive] = useState<string | null>(null);
  const active = items.find((it) => it.key === activeKey) ?? items.find((it) => it.until > now);
  const tabStop = (active ?? items[0])?.key;
  const alignmentOf = (item: Item): Alignment => {
    const terms = item.serviceId ? services.get(item.serviceId)?.terms : undefined;
    return {
      interval: terms?.alignment_interval_min ?? 5,
      offset: terms?.alignment_offset_min ?? 0,
    };
  };
  const drag = useDrag({ axis, part, alignmentOf, onDrop: props.onMove });
  const zones = zonesOf(open, zone).map((it) => it.zone);
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    const key = event.currentTarget.dataset.entry;
    const found = neighbour(event.key, key ?? null, items, dates, zone);
    if (!found) return;
    event.preventDefault();
    focusEntry(found.key);
  };
  return (
    <>
      {zones.slice(1).map((it) => (
        <DifferenceNote key={it} axis={axis} part={part} zone={it} />
      ))}
      <div
        className={classes.grid}
        style={at({
          '--days': dates.length,
          '--zones': zones.length,
          '--length': part.bottom - part.top,
        })}
        data-grid=""
      >
        {zones.map((it, index) => (
          <ZoneColumn key={it} axis={axis} part={part} zone={it} isOwn={index === 0} />
        ))}
        {dates.map((date) => (
          <Day
            key={date}
            {...props}
            axis={axis}
            part={part}
            date={date}
            tabStop={tabStop}
            dragged={drag.dragged}
            columnRef={drag.column(date)}
            entryProps={(item) => ({
              onOpen: () => {
                if (!drag.wasDragged.current) props.onOpen(item);
                drag.wasDragged.current = false;
              },
              onFocus: () => setActive(item.key),
              onKeyDown,
              onGrab: (event) => {
                if (item.card && canMove(item.card)) drag.grab(event, item);
              },
            })}
          />
        ))}
      </div>
    </>
  );
}

/** Puts the focus on an entry, wherever it is drawn. */
export function focusEntry(key: string): void {
  const entries = document.querySelectorAll<HTMLElement>('[data-entry]');
  [...entries].find((it) => it.dataset.entry === key)?.focus();
}

interface ZoneColumnProps {
  axis: Axis;
  part: Piece;
  zone: string;
  isOwn: boolean;
}

/** The hours in one zone. Of another zone than the axis is in, every reading that an hour has in these days. */
function ZoneColumn({ axis, part, zone, isOwn }: ZoneColumnProps) {
  const { calendar } = useStrings();
  const time = useTime(zone);
  const ends = axis.dates.flatMap((date) => [
    axis.instantAt(date, part.top),
    axis.instantAt(date, part.bottom - 1),
  ]);
  const names = ends.filter((it) => it !== null).map((it) => time.zoneAbbreviation(it));
  const shortName = [...new Set(names)].join(' / ');
  const shown = axis.marks.filter((it) => it.top >= part.top && it.top < part.bottom);
  const label = (top: number, wall: number): string =>
    isOwn ? wallTime(wall) : readings(axis, top, (at) => time.bareClock(at)).join(' · ');
  return (
    <div className={classes.zone} aria-hidden="true" data-own={isOwn}>
      <p className={classes.zoneHead} title={calendar.zoneColumn(zone)}>
        {shortName}
      </p>
      <div className={classes.zoneHours}>
        {shown.map((mark) => (
          <span key={mark.top} style={at({ '--top': mark.top - part.top })}>
            <bdi>{label(mark.top, mark.wall)}</bdi>
            {mark.isRepeat ? <em>{calendar.again}</em> : null}
          </span>
        ))}
      </div>
    </div>
  );
}

/** What another zone's clocks show at that place of the axis: one reading, or two where the clocks changed between. */
function readings(axis: Axis, top: number, clock: (at: number) => string): string[] {
  const instants = axis.dates.map((date) => axis.instantAt(date, top));
  return [...new Set(instants.filter((it) => it !== null).map(clock))];
}

/** Says so where an hour has two readings in another zone. */
function DifferenceNote({ axis, part, zone }: Omit<ZoneColumnProps, 'isOwn'>) {
  const { calendar } = useStrings();
  const time = useTime(zone);
  const isDifferent = axis.marks.some(
    (it) =>
      it.top >= part.top &&
      it.top < part.bottom &&
      readings(axis, it.top, (at) => time.bareClock(at)).length > 1,
  );
  if (!isDifferent) return null;
  return <p className={classes.note}>{calendar.differenceChanges(zoneInWords(zone))}</p>;
}

interface DayProps extends TimeGridProps {
  axis: Axis;
  part: Piece;
  date: LocalDate;
  tabStop: string | undefined;
  dragged: Dragged | null;
  columnRef: (element: HTMLElement | null) => void;
  entryProps: (
    item: Item,
  ) => Pick<Parameters<typeof Entry>[0], 'onOpen' | 'onFocus' | 'onKeyDown' | 'onGrab'>;
}

function Day(props: DayProps) {
  const { axis, part, date, zone, now, items, services, dragged } = props;
  const span = useMemo(() => daySpan(date, zone), [date, zone]);
  const own = items.filter((it) => overlaps(it, span));
  const isToday = span.from <= now && now < span.until;
  const titleId = `day-${date}`;
  return (
    <section className={classes.day} aria-labelledby={titleId} data-today={isToday || undefined}>
      <DayHead
        id={titleId}
        date={date}
        zone={zone}
        count={own.length}
        open={props.open.filter((it) => overlaps(it, span))}
        closed={props.closed.filter((it) => overlaps(it, span))}
        isLink={props.dates.length > 1}
        onDay={() => props.onDay(date)}
      />
      <div className={classes.column} ref={props.columnRef} data-column={date}>
        <Backdrop {...props} span={span} own={own} />
        <ol aria-labelledby={titleId}>
          {besides(own).map(({ item, column, columns }) => {
            const [piece, ...rest] = shown(axis.place(date, item), part);
            if (!piece) return null;
            const beside = { '--column': column, '--columns': columns };
            return (
              <Fragment key={item.key}>
                <li className={classes.place} style={at({ ...lengths(piece, part), ...beside })}>
                  <Entry
                    item={item}
                    zone={zone}
                    services={services}
                    room={piece.bottom - piece.top}
                    isWide={props.dates.length === 1}
                    isActive={item.key === props.tabStop}
                    isDragged={dragged?.item.key === item.key}
                    {...props.entryProps(item)}
                  />
                </li>
                {rest.map((it) => (
                  <li
                    key={it.top}
                    aria-hidden="true"
                    className={classes.rest}
                    style={at({ ...lengths(it, part), ...beside })}
                  />
                ))}
              </Fragment>
            );
          })}
        </ol>
        {dragged?.date === date ? <Ghost {...props} dragged={dragged} /> : null}
      </div>
    </section>
  );
}

interface BackdropProps extends DayProps {
  span: { from: number; until: number };
  own: readonly Item[];
}

/** Everything behind the entries. For the eye alone: the head of the day says it in words. */
function Backdrop({ axis, part, date, span, open, closed, own, now }: BackdropProps) {
  const { calendar } = useStrings();
  const pieces = (from: number, until: number) => shown(axis.place(date, { from, until }), part);
  const nowAt = span.from <= now && now < span.until ? axis.at(date, now) : null;
  return (
    <div aria-hidden="true">
      {open.flatMap((it) =>
        pieces(it.from, it.until).map((piece) => (
          <i
            key={`${it.from} ${piece.top} ${it.location}`}
            className={classes.open}
            style={at(lengths(piece, part))}
          />
        )),
      )}
      {axis.marks
        .filter((it) => it.top > part.top && it.top < part.bottom)
        .map((it) => (
          <i key={it.top} className={classes.line} style={at({ '--top': it.top - part.top })} />
        ))}
      {own.flatMap((it) =>
        buffersOf(it).flatMap(([from, until]) =>
          pieces(from, until).map((piece) => (
            <i
              key={`${it.key} ${piece.top}`}
              className={classes.buffer}
              style={at(lengths(piece, part))}
            />
          )),
        ),
      )}
      {closed.flatMap((it) =>
        pieces(it.from, it.until).map((piece) => (
          <i
            key={`${it.key} ${piece.top}`}
            className={classes.closed}
            style={at(lengths(piece, part))}
          >
            {it.isClinic ? calendar.closure : calendar.off}
            {it.reason === '' ? null : `: ${it.reason}`}
          </i>
        )),
      )}
      {shownVoids(axis, date, part).map((it) => (
        <i key={it.top} className={classes.void} style={at(lengths(it, part))}>
          {it.reason === 'skipped' ? calendar.skipped : calendar.notTwice}
        </i>
      ))}
      {nowAt !== null && nowAt >= part.top && nowAt < part.bottom ? (
        <i className={classes.now} style={at({ '--top': nowAt - part.top })} />
      ) : null}
    </div>
  );
}

/** Where the dragged entry would be, and whether that looks free. The hub decides when it is dropped. */
function Ghost({ dragged, part, zone, items, open, closed }: DayProps & { dragged: Dragged }) {
  const { calendar } = useStrings();
  const time = useTime(zone);
  const { item } = dragged;
  const span = { from: dragged.at, until: dragged.at + item.until - item.from };
  const isTaken = items.some((it) => it.key !== item.key && overlaps(it.busy, span));
  const isOpen =
    open.some((it) => it.from <= span.from && span.until <= it.until) &&
    !closed.some((it) => overlaps(it, span));
  const word = isTaken ? calendar.dragTaken : isOpen ? null : calendar.dragClosed;
  return (
    <div
      className={classes.ghost}
      style={at(lengths(dragged.piece, part))}
      data-conflict={word !== null}
      data-testid="ghost"
    >
      <bdi>{time.range(span.from, span.until)}</bdi>
      {word ? <strong>{word}</strong> : null}
    </div>
  );
}

function buffersOf(item: Item): [number, number][] {
  const buffers: [number, number][] = [
    [item.busy.from, item.from],
    [item.until, item.busy.until],
  ];
  return buffers.filter(([from, until]) => until > from);
}

function lengths(piece: Piece, part: Piece): Record<string, number> {
  return { '--top': piece.top - part.top, '--height': piece.bottom - piece.top };
}

/** The pieces as far as they are in the shown part. */
function shown<P extends Piece>(pieces: readonly P[], part: Piece): P[] {
  return pieces.flatMap((it) => {
    const top = Math.max(it.top, part.top);
    const bottom = Math.min(it.bottom, part.bottom);
    return top < bottom ? [{ ...it, top, bottom }] : [];
  });
}

const shownVoids = (axis: Axis, date: LocalDate, part: Piece) => shown(axis.voids(date), part);
