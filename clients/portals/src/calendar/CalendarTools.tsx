import { Checkbox, TextInput } from '@mantine/core';
import {
  IconChevronLeft,
  IconChevronRight,
  IconClockEdit,
  IconKeyboard,
} from '@tabler/icons-react';
import { useTime } from '../app/hooks.ts';
import { hoursPath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { zoneInWords } from '../hours/words.ts';
import { Act } from '../parts/Act.tsx';
import type { Subject } from '../practice/Subject.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './calendar.module.css';
import { isDate, type LocalDate } from './days.ts';
import type { Place, View } from './place.ts';

export interface CalendarToolsProps {
  title: string;
  subject: Subject;
  place: Place;
  dates: readonly LocalDate[];
  today: LocalDate;
  isNarrow: boolean;
  zones: readonly { zone: string; locations: readonly string[] }[];
  onChange: (next: Partial<Place>) => void;
  onTurn: (direction: 1 | -1) => void;
  onHelp: () => void;
}

/** Title, zones, and what chooses the days that are shown. */
export function CalendarTools(props: CalendarToolsProps) {
  const { title, subject, place, today, isNarrow, onChange, onHelp } = props;
  const { calendar } = useStrings();
  return (
    <>
      <div className={classes.head}>
        <div>
          <h1>{title}</h1>
          <Zones {...props} />
        </div>
        <div className={classes.headLinks}>
          <Link
            to={hoursPath(subject.name === null ? null : subject.personId)}
            className={classes.link}
          >
            <IconClockEdit aria-hidden size={20} />
            {calendar.editHours}
          </Link>
          {isNarrow ? null : (
            <Act tone="bare" icon={<IconKeyboard aria-hidden size={22} />} onClick={onHelp}>
              {calendar.shortcuts}
            </Act>
          )}
        </div>
      </div>
      <div className={classes.tools}>
        <Turn {...props} />
        <Act onClick={() => onChange({ date: today })}>{calendar.today}</Act>
        <TextInput
          size="md"
          type="date"
          aria-label={calendar.goTo}
          value={place.date}
          onChange={(event) => {
            if (isDate(event.currentTarget.value)) onChange({ date: event.currentTarget.value });
          }}
        />
        {isNarrow ? null : (
          <>
            <Checkbox
              size="md"
              label={calendar.allHours}
              checked={place.isWhole}
              onChange={(event) => onChange({ isWhole: event.currentTarget.checked })}
            />
            <Views view={place.view} onView={(view) => onChange({ view })} />
          </>
        )}
      </div>
    </>
  );
}

function Zones({ zones }: CalendarToolsProps) {
  const { calendar } = useStrings();
  const named = zones.map(({ zone, locations }) =>
    locations.length > 0 && zones.length > 1
      ? calendar.zoneOf(zoneInWords(zone), locations.join(', '))
      : zoneInWords(zone),
  );
  return <p className="quiet">{calendar.zones(named.join(' · '))}</p>;
}

function Turn({ place, dates, onTurn }: CalendarToolsProps) {
  const { calendar } = useStrings();
  const isWeek = place.view === 'week';
  return (
    <div className={classes.turn}>
      <button
        type="button"
        className={classes.arrow}
        aria-label={isWeek ? calendar.previousWeek : calendar.previousDay}
        onClick={() => onTurn(-1)}
      >
        <IconChevronLeft aria-hidden />
      </button>
      <p className={classes.period} aria-live="polite">
        <Period dates={dates} />
      </p>
      <button
        type="button"
        className={classes.arrow}
        aria-label={isWeek ? calendar.nextWeek : calendar.nextDay}
        onClick={() => onTurn(1)}
      >
        <IconChevronRight aria-hidden />
      </button>
    </div>
  );
}

/** `22 – 28 March 2027`, or the one day with its weekday. */
function Period({ dates }: { dates: readonly LocalDate[] }) {
  const { language } = useTime();
  const noon = (date: LocalDate | undefined) => Date.parse(`${date}T12:00:00Z`);
  const format = new Intl.DateTimeFormat(language, {
    ...(dates.length === 1 ? { weekday: 'long' } : {}),
    day: 'numeric',
    month: dates.length === 1 ? 'long' : 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return <bdi>{format.formatRange(noon(dates[0]), noon(dates.at(-1)))}</bdi>;
}

function Views({ view, onView }: { view: View; onView: (view: View) => void }) {
  const { calendar } = useStrings();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset with a legend would be a form's.
    <div className={classes.views} role="group" aria-label={calendar.view}>
      {(['day', 'week'] as const).map((it) => (
        <button key={it} type="button" aria-pressed={view === it} onClick={() => onView(it)}>
          {calendar[it]}
        </button>
      ))}
    </div>
  );
}
