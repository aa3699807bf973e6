import type { UsageLine, UsageReport, UsageService } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { type ReactNode, useCallback } from 'react';
import { useTime } from '../app/hooks.ts';
import { dayText } from '../format/days.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { useLoad } from '../support/useLoad.ts';
import classes from './admin.module.css';
import own from './figures.module.css';
import { SPANS, type Weeks } from './filter.ts';
import { Empty, Table } from './Table.tsx';

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

export interface FiguresProps {
  weeks: Weeks;
  onWeeks: (weeks: Weeks) => void;
}

/** How the clinic is used, of patients who agreed to be counted. */
export function Figures({ weeks, onWeeks }: FiguresProps) {
  const { figures: words } = useStrings();
  return (
    <div className={classes.sections}>
      <div className={own.lead}>
        <p>{words.lead}</p>
        <p className="quiet">
          {words.who} {words.small}
        </p>
      </div>
      <NativeSelect
        className={own.span ?? ''}
        size="md"
        label={words.span}
        value={String(weeks)}
        data={SPANS.map((it) => ({ value: String(it), label: words.spans[it] }))}
        onChange={(event) =>
          onWeeks(SPANS.find((it) => String(it) === event.currentTarget.value) ?? weeks)
        }
      />
      {/* What was asked of another span is not waited for. */}
      <Read key={weeks} weeks={weeks} />
    </div>
  );
}

function Read({ weeks }: { weeks: Weeks }) {
  const { figures: words, common } = useStrings();
  const bedside = useBedside();
  const load = useCallback(() => {
    const now = bedside.hubTime();
    // The week that goes on is one of them.
    const since = now - (weeks - 1) * WEEK;
    return bedside.call('report.read_usage', { since, until: now + 1 });
  }, [bedside, weeks]);
  const { value, trouble, reload } = useLoad(load);
  if (!value) {
    return trouble ? (
      <TroubleNote trouble={trouble}>
        <Act onClick={reload}>{common.tryAgain}</Act>
      </TroubleNote>
    ) : (
      <PageSkeleton />
    );
  }
  if (value.patients === undefined) return <Empty title={words.few} body={words.fewBody} />;
  if (value.patients === 0) return <Empty title={words.empty} body={words.emptyBody} />;
  return <Report report={value} />;
}

function Report({ report }: { report: UsageReport }) {
  const { figures: words } = useStrings();
  const { language } = useTime();
  const most = Math.max(1, ...report.weeks.map((it) => it.appointments.held ?? 0));
  const columns = [words.held, words.booked, words.cancelled, words.missed];
  const dayOf = (monday: string) =>
    dayText(monday, language, { day: 'numeric', month: 'long', year: 'numeric' });
  return (
    <>
      <Facts report={report} />
      <section aria-labelledby="by-week">
        <div className={own.head}>
          <h2 id="by-week">{words.byWeek}</h2>
          <p className="quiet">
            {words.zone(report.time_zone)} {words.bookedHint}
          </p>
        </div>
        <Table label={words.byWeek} columns={[words.week, ...columns]}>
          <Row title={words.all} line={report.whole} isSum />
          {report.weeks.map((it) => (
            <Row
              key={it.monday}
              title={dayOf(it.monday)}
              line={it.appointments}
              bar={it.appointments.held === undefined ? undefined : it.appointments.held / most}
            />
          ))}
        </Table>
      </section>
      <section aria-labelledby="by-service">
        <h2 id="by-service" className={classes.listTitle}>
          {words.byService}
        </h2>
        <Table label={words.byService} columns={[words.service, ...columns]}>
          {report.services.map((it) => (
            <Row key={it.service_id ?? ''} title={nameOf(it, words)} line={it.appointments} />
          ))}
        </Table>
      </section>
    </>
  );
}

function nameOf(it: UsageService, words: { noService: string; unknownService: string }): string {
  if (it.service_id === undefined) return words.noService;
  return it.name ?? words.unknownService;
}

function Facts({ report }: { report: UsageReport }) {
  const { figures: words } = useStrings();
  const time = useTime();
  const minutes = (it: number | undefined) =>
    it === undefined ? undefined : time.duration(it * MINUTE);
  return (
    <dl className={own.facts}>
      <Fact title={words.patients} value={countText(report.patients, time.language)} />
      <Fact title={words.waited} value={minutes(report.waited_min)} hint={words.waitedHint} />
      <Fact title={words.lasted} value={minutes(report.lasted_min)} hint={words.lastedHint} />
    </dl>
  );
}

interface FactProps {
  title: string;
  value: string | undefined;
  hint?: string;
}

function Fact({ title, value, hint }: FactProps) {
  const { figures: words } = useStrings();
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {value ?? words.hidden}
        {hint === undefined || value === undefined ? null : (
          <span className={classes.partHint}>{hint}</span>
        )}
      </dd>
    </div>
  );
}

interface RowProps {
  title: string;
  line: UsageLine;
  isSum?: boolean;
  /** How long the bar of what took place is, to 1. */
  bar?: number | undefined;
}

function Row({ title, line, isSum = false, bar }: RowProps) {
  const { figures: words } = useStrings();
  return (
    <tr data-sum={isSum || undefined} className={own.row}>
      <th scope="row">{title}</th>
      <td data-label={words.held}>
        <Count of={line.held} />
        {bar === undefined ? null : <Bar share={bar} />}
      </td>
      <td data-label={words.booked}>
        <Count of={line.booked} />
      </td>
      <td data-label={words.cancelled}>
        <Count of={line.cancelled} />
      </td>
      <td data-label={words.missed}>
        <Count of={line.missed} />
      </td>
    </tr>
  );
}

function Count({ of }: { of: number | undefined }): ReactNode {
  const { figures: words } = useStrings();
  const text = countText(of, useTime().language);
  return text ?? <span className={own.hidden}>{words.hidden}</span>;
}

/** The number beside it says the same. */
function Bar({ share }: { share: number }) {
  return (
    <svg className={own.bar} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      <rect width={100 * share} height="1" />
    </svg>
  );
}

function countText(count: number | undefined, language: string): string | undefined {
  return count === undefined ? undefined : new Intl.NumberFormat(language).format(count);
}
