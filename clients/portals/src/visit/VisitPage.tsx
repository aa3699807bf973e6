import type { Me, Visit, VisitView } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { lazy, useEffect, useRef } from 'react';
import { useTitle, useVisitOf } from '../app/hooks.ts';
import { homeOf } from '../app/pages.ts';
import { useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { MessagePage, TroubleNote } from '../parts/TroubleNote.tsx';
import { type Strings, useStrings } from '../strings/index.ts';
import { useAdmissionSignal } from './admission.ts';
import { CallScreen } from './CallScreen.tsx';
import { CheckScreen } from './CheckScreen.tsx';
import { HostScreen } from './HostScreen.tsx';
import { type Session, useSession } from './session.ts';
import { WaitingScreen } from './WaitingScreen.tsx';

// Few need it, and who needs it waits for nothing else.
const ConsentGate = lazy(() =>
  import('../record/ConsentGate.tsx').then((it) => ({ default: it.ConsentGate })),
);

/** One visit, whatever it is at the moment: check, waiting room, call, or over. */
export function VisitPage({ appointmentId, me }: { appointmentId: string; me: Me }) {
  const visit = useVisitOf(appointmentId);
  const view = useStore(visit.view);
  const session = useSession(visit);
  const wasInside = useWasInside(session.phase.name);
  useAdmissionSignal(session.phase.name, view?.clinician_name ?? '', me.role !== 'clinician');
  switch (session.phase.name) {
    case 'loading':
      return <Entering session={session} me={me} />;
    case 'check':
      return <Check session={session} view={view} me={me} />;
    case 'waiting':
      return view ? (
        <Shell large>
          <WaitingScreen visit={visit} view={view} wasHeld={wasInside} onLeave={session.leave} />
        </Shell>
      ) : null;
    case 'call':
      return view ? <InCall visit={visit} view={view} me={me} session={session} /> : null;
    case 'left':
      return <Left session={session} me={me} />;
    case 'closed':
    case 'revoked':
    case 'refused':
      return <Over session={session} me={me} />;
  }
}

function InCall(props: { visit: Visit; view: VisitView; me: Me; session: Session }) {
  const { visit, view, me, session } = props;
  const media = useStore(visit.media);
  return (
    <Shell inCall isMediaUp={media.phase === 'connected'}>
      {view.can.includes('host') ? (
        <HostScreen visit={visit} view={view} me={me} session={session} />
      ) : (
        <CallScreen visit={visit} view={view} onLeave={session.leave} />
      )}
    </Shell>
  );
}

function Entering({ session, me }: { session: Session; me: Me }) {
  const { common, call } = useStrings();
  useTitle(call.stage);
  const mayLackConsent = me.role === 'patient' && session.trouble?.code === 'not_allowed_now';
  return (
    <Shell large>
      <h1 className="hidden">{call.stage}</h1>
      {session.trouble && mayLackConsent ? (
        <ConsentGate trouble={session.trouble} onEnter={session.enter} />
      ) : session.trouble ? (
        <TroubleNote trouble={session.trouble}>
          <Act tone="main" onClick={session.enter}>
            {common.tryAgain}
          </Act>
        </TroubleNote>
      ) : (
        <PageSkeleton />
      )}
    </Shell>
  );
}

function Check({ session, view, me }: { session: Session; view: VisitView | null; me: Me }) {
  const { check } = useStrings();
  const isHost = me.role === 'clinician';
  return (
    <Shell large={!isHost}>
      <CheckScreen
        otherName={isHost ? '' : (view?.clinician_name ?? '')}
        enterLabel={isHost ? check.enterVisit : check.enter}
        onMeasured={session.prepare}
        onDone={session.checked}
        onSkip={session.skip}
      />
    </Shell>
  );
}

function Left({ session, me }: { session: Session; me: Me }) {
  const { after, visit, common } = useStrings();
  const { go } = useNavigation();
  const isHost = me.role === 'clinician';
  return (
    <Shell large={!isHost} width="narrow">
      <MessagePage
        title={isHost ? visit.leftTitle : after.left}
        body={isHost ? visit.leftBody : after.leftBody}
      >
        <Act tone="act" large onClick={session.rejoin}>
          {after.rejoin}
        </Act>
        {me.visit ? null : (
          <Act large onClick={() => go(homeOf(me))}>
            {isHost ? common.backToToday : after.home}
          </Act>
        )}
      </MessagePage>
    </Shell>
  );
}

function Over({ session, me }: { session: Session; me: Me }) {
  const strings = useStrings();
  const { go } = useNavigation();
  const words = overWords(session.phase, strings);
  const isHost = me.role === 'clinician';
  return (
    <Shell large={!isHost} width="narrow">
      <MessagePage title={words.title} body={words.body} number={words.number}>
        {me.visit ? null : (
          <Act tone="main" large onClick={() => go(homeOf(me))}>
            {isHost ? strings.common.backToToday : strings.after.home}
          </Act>
        )}
      </MessagePage>
    </Shell>
  );
}

interface OverWords {
  title: string;
  body: string;
  number?: number;
}

function overWords(phase: Session['phase'], { after, faults }: Strings): OverWords {
  if (phase.name === 'revoked') return { title: after.revoked, body: after.revokedBody };
  if (phase.name === 'refused') {
    const code = phase.fault?.code ?? 'not_found';
    return { ...faults[code], ...(phase.fault ? { number: phase.fault.number } : {}) };
  }
  if (phase.name === 'closed' && phase.stage === 'cancelled') {
    return { title: after.cancelled, body: after.cancelledBody };
  }
  if (phase.name === 'closed' && phase.stage === 'no_show') {
    return { title: after.noShow, body: after.noShowBody };
  }
  return { title: after.ended, body: after.endedBody };
}

/** Whether the person was in the call before: waiting again then means that they were sent back. */
function useWasInside(name: Session['phase']['name']): boolean {
  const was = useRef(false);
  useEffect(() => {
    if (name === 'call') was.current = true;
    if (name === 'left' || name === 'check') was.current = false;
  }, [name]);
  return was.current;
}
