import type { EmergencyReview, EmergencyUse, EmergencyUses, GrantId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { type ReactNode, useEffect, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { deedTitle, endingOf } from '../audit/deeds.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { type Strings, useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import type { NameOf } from './Emergencies.tsx';
import { ReviewForm } from './ReviewForm.tsx';

/** The form stays in sight below so many. */
const SHOWN_USES = 8;

export interface EmergencySheetProps {
  review: EmergencyReview;
  nameOf: NameOf;
  onReviewed: () => void;
}

/** One emergency with its reason and what was read under it, and what somebody found or has to find. */
export function EmergencySheet({ review, nameOf, onReviewed }: EmergencySheetProps) {
  const { emergencies: words } = useStrings();
  const own = useStore(useBedside().me)?.person_id;
  const { emergency } = review;
  return (
    <div className={classes.form}>
      <Facts review={review} nameOf={nameOf} />
      <Uses grantId={emergency.grant_id} />
      {review.verdict !== undefined ? null : emergency.clinician_id === own ? (
        <p>{words.own}</p>
      ) : (
        <ReviewForm grantId={emergency.grant_id} onReviewed={onReviewed} />
      )}
    </div>
  );
}

function Facts({ review, nameOf }: { review: EmergencyReview; nameOf: NameOf }) {
  const { emergencies: words, chart } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { emergency, text, verdict, reviewed_by, reviewed_at, note } = review;
  return (
    <dl className={classes.facts}>
      <Fact name={words.who}>{nameOf(emergency.clinician_id)}</Fact>
      <Fact name={words.opened}>{time.dayAndClock(emergency.opened_at, now)}</Fact>
      <Fact name={words.until}>{time.dayAndClock(emergency.ends_at, now)}</Fact>
      <Fact name={words.reason}>{chart.emergency.reasons[emergency.reason]}</Fact>
      <Fact name={words.text}>
        <span dir="auto">{text}</span>
      </Fact>
      {verdict === undefined ? null : (
        <Fact name={words.found}>
          <Chip tone={verdict === 'appropriate' ? 'good' : 'danger'}>
            {words.verdicts[verdict]}
          </Chip>{' '}
          {reviewed_by && reviewed_at !== undefined
            ? words.by(nameOf(reviewed_by), time.dayAndClock(reviewed_at, now))
            : null}
        </Fact>
      )}
      {note === undefined ? null : (
        <Fact name={words.note}>
          <span dir="auto">{note}</span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What was read under it, the latest first. */
function Uses({ grantId }: { grantId: GrantId }) {
  const { emergencies: words, common } = useStrings();
  const bedside = useBedside();
  const [found, setFound] = useState<EmergencyUses | null>(null);
  const { run: load, trouble } = useAction(async () => {
    setFound(await bedside.call('emergency.list_uses', { grant_id: grantId }));
  });
  useEffect(() => void load(), [load]);
  return (
    <section aria-labelledby="uses" className={classes.uses}>
      <div>
        <h3 id="uses">{words.uses}</h3>
        <p className="quiet">{words.usesLead}</p>
      </div>
      <TroubleNote trouble={trouble}>
        <Act onClick={() => load()}>{common.tryAgain}</Act>
      </TroubleNote>
      {!found ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : found.uses.length === 0 ? (
        <p>{words.usesNone}</p>
      ) : (
        <UseList uses={found.uses} />
      )}
      {found?.is_cut ? <p>{words.usesMost}</p> : null}
    </section>
  );
}

function UseList({ uses }: { uses: readonly EmergencyUse[] }) {
  const { emergencies: words } = useStrings();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? uses : uses.slice(0, SHOWN_USES);
  return (
    <>
      <ol className={classes.useList}>
        {shown.map((it) => (
          <Use key={it.audit_id} use={it} />
        ))}
      </ol>
      {shown.length < uses.length ? (
        <div>
          <Act onClick={() => setWhole(true)}>{words.usesAll(uses.length)}</Act>
        </div>
      ) : null}
    </>
  );
}

function Use({ use }: { use: EmergencyUse }) {
  const strings = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { ended } = strings.emergencies;
  const ending = endingOf(use);
  const came = returnedIn(use.returned, strings);
  return (
    <li>
      <span>
        {deedTitle(use.operation, strings)}
        {came === '' ? null : <span className={classes.came}>{came}</span>}
      </span>
      <span className="quiet">
        {time.dayAndClock(use.at, now)}
        {ending === 'done' ? null : `, ${ending === 'begun' ? ended.begin : ended.refused}`}
      </span>
    </li>
  );
}

/** `1 × Conversation, 2 × Message`: how many of which kind came back. Their ids say nothing to who reads this. */
function returnedIn(returned: readonly string[], strings: Strings): string {
  const { audit, emergencies, language } = strings;
  const number = new Intl.NumberFormat(language);
  const counts = new Map<string, number>();
  for (const it of returned) {
    const kind = it.split(':')[0]?.replace(/_id$/, '') ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts]
    .map(([kind, count]) => emergencies.returned(number.format(count), audit.kinds[kind] ?? kind))
    .join(', ');
}
