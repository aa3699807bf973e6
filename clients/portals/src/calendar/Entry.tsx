import type { Stage } from '@bedside/client';
import {
  IconCheck,
  IconHourglass,
  IconUserOff,
  IconVideo,
  type TablerIcon,
} from '@tabler/icons-react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';
import type { Item } from './items.ts';
import type { ServiceIndex } from './useServices.ts';

export interface EntryProps {
  item: Item;
  zone: string;
  services: ServiceIndex;
  /** How many minutes of the axis it has. */
  room: number;
  isActive: boolean;
  isDragged: boolean;
  onOpen: () => void;
  onFocus: () => void;
  onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => void;
  onGrab: (event: PointerEvent<HTMLElement>) => void;
  /** The column is the whole page: everything fits in one line. */
  isWide: boolean;
}

const icons: Partial<Record<Stage, TablerIcon>> = {
  waiting: IconHourglass,
  admitted: IconVideo,
  in_call: IconVideo,
  ended: IconCheck,
  no_show: IconUserOff,
};

/** From so many minutes on there is room for a second line. */
const TWO_LINES = 28;
const THREE_LINES = 44;

/** One appointment, or a time that is being booked, as a button. Its colour only repeats what is written. */
export function Entry(props: EntryProps) {
  const { item, zone, services, room, isActive, isDragged, isWide } = props;
  const { stages } = useStrings();
  const time = useTime(zone);
  const stage = stageOf(item);
  const Icon = stage ? icons[stage] : undefined;
  const service = item.serviceId ? services.get(item.serviceId)?.terms.name : undefined;
  return (
    <button
      type="button"
      className={classes.entry}
      data-entry={item.key}
      data-stage={item.kind === 'held' ? 'held' : stage}
      data-dragged={isDragged || undefined}
      data-wide={isWide || undefined}
      data-lines={room >= THREE_LINES ? 3 : room >= TWO_LINES ? 2 : 1}
      tabIndex={isActive ? 0 : -1}
      onClick={props.onOpen}
      onFocus={props.onFocus}
      onKeyDown={props.onKeyDown}
      onPointerDown={props.onGrab}
    >
      <span className={classes.entryTime}>
        <bdi>{time.bareClock(item.from)}</bdi>
        <span className="hidden">
          {' – '}
          <bdi>{time.bareClock(item.until)}</bdi>
        </span>
        {Icon ? <Icon aria-hidden size={16} /> : null}
        {item.expiresAt === null ? null : (
          <>
            {'· '}
            <HeldLeft until={item.expiresAt} />
          </>
        )}
      </span>{' '}
      <span className={classes.entryName}>
        <ItemName item={item} />
      </span>{' '}
      {service ? <span className={classes.entryService}>{service}</span> : null}{' '}
      {stage ? (
        <span className={isWide && stage !== 'scheduled' ? 'quiet' : 'hidden'}>
          {stages[stage]}
        </span>
      ) : null}
    </button>
  );
}

/** The patient's name, or what there is instead. */
export function ItemName({ item }: { item: Item }) {
  const { calendar } = useStrings();
  if (item.kind === 'held') return calendar.beingBooked;
  if (item.members.length > 0) return calendar.people(item.members.length);
  return item.card?.patient.display_name ?? calendar.unknown;
}

/** Of a group: that somebody waits counts most. */
export function stageOf(item: Item): Stage | undefined {
  const stages = item.members.map((it) => it.card?.stage);
  if (stages.includes('waiting')) return 'waiting';
  return item.card?.stage ?? stages[0];
}

/** How long a time is still held, second by second. */
export function HeldLeft({ until }: { until: number }) {
  const { calendar } = useStrings();
  const now = useNow(1_000);
  const time = useTime();
  return <bdi>{until <= now ? calendar.heldOver : time.stopwatch(until - now)}</bdi>;
}
