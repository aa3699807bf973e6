import { ActionIcon } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTime } from '../app/hooks.ts';
import { dayText } from '../format/days.ts';
import { useStrings } from '../strings/index.ts';
import classes from './search.module.css';

export interface DayStripProps {
  days: readonly string[];
  today: string;
  /** The last day that can be booked. */
  last: string;
  selected: string | null;
  /** `null` while it is looked for; a day that is absent was not looked at whole. */
  counts: ReadonlyMap<string, number> | null;
  onChoose: (day: string) => void;
  onTurn: (strips: -1 | 1) => void;
}

/** Seven days with how many times each has. */
export function DayStrip(props: DayStripProps) {
  const { days, today, last, selected, counts, onChoose, onTurn } = props;
  const { booking } = useStrings();
  const { language } = useTime();
  const [first = today] = days;
  const until = days.at(-1) ?? first;
  const month = (day: string) => dayText(day, language, { month: 'long', year: 'numeric' });
  return (
    <section className={classes.strip} aria-label={booking.times.days}>
      <div className={classes.stripHead}>
        <h2>
          {month(first) === month(until) ? month(first) : `${month(first)} – ${month(until)}`}
        </h2>
        <Turn label={booking.times.earlierDays} disabled={first <= today} onTurn={() => onTurn(-1)}>
          <IconChevronLeft aria-hidden className={classes.arrow} />
        </Turn>
        <Turn label={booking.times.laterDays} disabled={until >= last} onTurn={() => onTurn(1)}>
          <IconChevronRight aria-hidden className={classes.arrow} />
        </Turn>
      </div>
      <ul className={classes.days}>
        {days.map((day) => (
          <li key={day}>
            <Day
              day={day}
              isSelected={day === selected}
              count={day > last ? 0 : counts?.get(day)}
              isKnown={counts !== null}
              onChoose={() => onChoose(day)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface DayProps {
  day: string;
  isSelected: boolean;
  count: number | undefined;
  isKnown: boolean;
  onChoose: () => void;
}

function Day({ day, isSelected, count, isKnown, onChoose }: DayProps) {
  const { booking } = useStrings();
  const { language } = useTime();
  const words = !isKnown
    ? ''
    : count === undefined
      ? booking.times.notLooked
      : booking.times.free(count);
  const short = count === undefined ? '…' : count === 0 ? '–' : String(count);
  return (
    <button
      type="button"
      className={classes.day}
      aria-pressed={isSelected}
      disabled={count === 0 && !isSelected}
      onClick={onChoose}
    >
      <span className="hidden">{[dayText(day, language), words].filter(Boolean).join(', ')}</span>
      <span className={classes.dayName} aria-hidden="true">
        {dayText(day, language, { weekday: 'short' })}
      </span>
      <span className={classes.dayNumber} aria-hidden="true">
        {dayText(day, language, { day: 'numeric' })}
      </span>
      <span className={classes.dayCount} aria-hidden="true">
        <span className={classes.dayShort}>{short}</span>
        <span className={classes.dayWords}>{words || short}</span>
      </span>
    </button>
  );
}

interface TurnProps {
  label: string;
  disabled: boolean;
  onTurn: () => void;
  children: React.ReactNode;
}

function Turn({ label, disabled, onTurn, children }: TurnProps) {
  return (
    <ActionIcon
      variant="default"
      size={44}
      radius="xl"
      aria-label={label}
      disabled={disabled}
      onClick={onTurn}
    >
      {children}
    </ActionIcon>
  );
}
