import type { EmergencyCard, FieldClass, PatientProfile, PersonId } from '@bedside/client';
import { IconAlertHexagon, IconLock } from '@tabler/icons-react';
import { type Ref, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime, useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { ChartMessages } from './ChartMessages.tsx';
import { ChartVisits } from './ChartVisits.tsx';
import classes from './chart.module.css';
import { EmergencyBanner } from './EmergencyBanner.tsx';
import { EmergencyForm } from './EmergencyForm.tsx';
import { Profile } from './Profile.tsx';
import { type ChartNow, type ChartState, useChart } from './useChart.ts';

/** What a clinician may see of a patient's record. What is withheld is shown as withheld, never as empty. */
export function ChartPage({ patientId }: { patientId: PersonId }) {
  const { chart: words } = useStrings();
  useTitle(words.title);
  const state = useChart(patientId);
  return (
    <Shell width="medium">
      <Record patientId={patientId} state={state} />
    </Shell>
  );
}

function Record({ patientId, state }: { patientId: PersonId; state: ChartState }) {
  const { chart: words, common } = useStrings();
  const { now, emergency, reload } = state;
  const announce = useAnnounce();
  const time = useTime();
  const [isAsking, setAsking] = useState(false);
  const heading = useFocusOnOpening(emergency);
  const opened = async (card: EmergencyCard) => {
    setAsking(false);
    await reload();
    announce(words.emergency.opened(time.clock(card.ends_at)));
  };
  if (now.kind === 'loading') return <PageSkeleton />;
  if (now.kind === 'failed') {
    return (
      <>
        <h1>{words.title}</h1>
        <TroubleNote trouble={now.trouble}>
          <Act onClick={() => void reload()}>{common.tryAgain}</Act>
        </TroubleNote>
      </>
    );
  }
  const ask = () => setAsking(true);
  return (
    <div className={classes.page}>
      {emergency ? <EmergencyBanner card={emergency} onOver={reload} /> : null}
      {now.kind === 'closed' ? (
        <Closed heading={heading} onAsk={ask} />
      ) : (
        <Open
          key={emergency?.grant_id ?? 'as it is'}
          patientId={patientId}
          now={now}
          heading={heading}
          onAsk={emergency ? null : ask}
        />
      )}
      <Sheet title={words.emergency.title} isOpen={isAsking} onClose={() => setAsking(false)}>
        <EmergencyForm
          patientId={patientId}
          onOpened={(card) => void opened(card)}
          onClose={() => setAsking(false)}
        />
      </Sheet>
    </div>
  );
}

/** What asked is gone when it is open: the keyboard goes on from the heading. */
function useFocusOnOpening(emergency: EmergencyCard | null): Ref<HTMLHeadingElement> {
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef<string | null | undefined>(undefined);
  const id = emergency?.grant_id ?? null;
  useEffect(() => {
    const before = first.current;
    first.current = id;
    if (id !== null && before === null) heading.current?.focus();
  }, [id]);
  return heading;
}

interface ClosedProps {
  heading: Ref<HTMLHeadingElement>;
  onAsk: () => void;
}

function Closed({ heading, onAsk }: ClosedProps) {
  const { chart: words } = useStrings();
  return (
    <section className={classes.card}>
      <IconLock aria-hidden size={40} stroke={1.4} className={classes.lock} />
      <h1 ref={heading} tabIndex={-1}>
        {words.closed.title}
      </h1>
      <p>{words.closed.body}</p>
      <p>{words.closed.emergency}</p>
      <div>
        <EmergencyAct onClick={onAsk} />
      </div>
    </section>
  );
}

function EmergencyAct({ onClick }: { onClick: () => void }) {
  const { chart: words } = useStrings();
  return (
    <Act icon={<IconAlertHexagon aria-hidden size={22} />} onClick={onClick}>
      {words.emergency.open}
    </Act>
  );
}

const OF_PROFILE: readonly FieldClass[] = ['identity', 'contact', 'insurance'];
const NOTHING: PatientProfile = {};

interface OpenProps {
  patientId: PersonId;
  now: Extract<ChartNow, { kind: 'open' | 'partly' }>;
  heading: Ref<HTMLHeadingElement>;
  /** `null` while it is open in an emergency already. */
  onAsk: (() => void) | null;
}

function Open({ patientId, now, heading, onAsk }: OpenProps) {
  const { chart: words } = useStrings();
  const chart = now.kind === 'open' ? now.chart : null;
  const withheld: readonly FieldClass[] = chart?.withheld ?? OF_PROFILE;
  return (
    <>
      <header className={classes.head}>
        <div className={classes.who}>
          <h1 ref={heading} tabIndex={-1}>
            {chart?.display_name ?? words.somebody}
          </h1>
          <p className={classes.about}>
            {chart && (onAsk || chart.basis !== 'emergency') ? (
              <Chip tone="brand">{words.basis[chart.basis]}</Chip>
            ) : null}
            <span className="quiet">{words.logged}</span>
          </p>
        </div>
        {onAsk && withheld.length > 0 ? <EmergencyAct onClick={onAsk} /> : null}
      </header>
      <div className={classes.profile}>
        {OF_PROFILE.map((it) => (
          <Profile
            key={it}
            of={it}
            profile={chart?.profile ?? NOTHING}
            isWithheld={withheld.includes(it)}
          />
        ))}
      </div>
      <ChartVisits
        patientId={patientId}
        isWithheld={withheld.includes('visits')}
        hasReasons={!withheld.includes('complaint')}
      />
      <ChartMessages patientId={patientId} isWithheld={withheld.includes('messages')} />
      <p className="quiet">
        {words.number}: <code className={classes.number}>{patientId}</code>. {words.numberHint}
      </p>
    </>
  );
}
