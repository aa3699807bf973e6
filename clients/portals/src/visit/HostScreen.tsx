import type { Me, Participant, ParticipantId, Visit, VisitView } from '@bedside/client';
import { IconLayoutSidebarRight } from '@tabler/icons-react';
import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { useIsBesideLocked } from '../account/locked.ts';
import { useTitle } from '../app/hooks.ts';
import { recall, remember } from '../app/remember.ts';
import { useShortcuts } from '../app/shortcuts.ts';
import { useVisitChat } from '../messages/useVisitChat.ts';
import { Act } from '../parts/Act.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { Control, useOwnControls } from './Controls.tsx';
import classes from './host.module.css';
import { Panel, type PanelTab } from './Panel.tsx';
import { PanelEdge } from './PanelEdge.tsx';
import { longestWaiting, patientOf } from './people.ts';
import { Stage } from './Stage.tsx';
import type { Session } from './session.ts';

export interface HostScreenProps {
  visit: Visit;
  view: VisitView;
  me: Me;
  session: Session;
}

/** The clinician's visit: the call, and beside it who waits, who is in, and what to do about it. */
export function HostScreen({ visit, view, session }: HostScreenProps) {
  const { call, visit: words, messages } = useStrings();
  const chat = useVisitChat(visit.id);
  const [tab, setTab] = useState<PanelTab>('people');
  const [panel, setPanel] = useState(() => recall('panel'));
  const change = (next: Partial<typeof panel>) => {
    const kept = { ...panel, ...next };
    setPanel(kept);
    remember('panel', kept);
  };
  const first = longestWaiting(view);
  const admit = useAction((participantId: ParticipantId) => visit.admit(participantId));
  const own = useOwnControls(visit, view);
  useTitle(call.stage);
  useAdmitOnArrival(view, session.isToAdmit, admit.run);
  const isLocked = useIsBesideLocked();
  useShortcuts({
    m: own.microphone.toggle,
    v: own.camera.toggle,
    p: () => change({ open: !panel.open }),
    a: () => {
      if (first && !isLocked) void admit.run(first.participant_id);
    },
  });
  const name = patientOf(view)?.display_name;
  return (
    <div
      className={classes.host}
      data-panel={panel.open}
      style={{ '--panel': `${panel.width}px` } as CSSProperties}
    >
      {panel.open ? null : <h1 className="hidden">{name ?? call.stage}</h1>}
      <Stage
        visit={visit}
        view={view}
        onLeave={session.leave}
        emptyText={call.aloneClinician}
        head={
          first && !panel.open && !isLocked ? (
            <WaitingBar waiting={first} onAdmit={() => admit.run(first.participant_id)} />
          ) : null
        }
        extra={
          <Control
            icon={<IconLayoutSidebarRight />}
            isExpanded={panel.open}
            onClick={() => change({ open: !panel.open })}
            label={panel.open ? words.hidePanel : words.showPanel}
            news={{
              count: panel.open ? 0 : chat.unread,
              words: messages.thread.newCount(chat.unread),
            }}
          />
        }
      />
      {panel.open ? (
        <>
          <PanelEdge width={panel.width} onWidth={(width) => change({ width })} />
          <Panel visit={visit} view={view} chat={chat} tab={tab} onTab={setTab} />
        </>
      ) : null}
    </div>
  );
}

/** Nobody is overlooked while the panel is hidden. */
function WaitingBar({ waiting, onAdmit }: { waiting: Participant; onAdmit: () => void }) {
  const { visit: words, stages } = useStrings();
  return (
    <div className={classes.waitingBar} role="status">
      <p>
        {waiting.display_name}: {stages.waiting}
      </p>
      <Act
        tone="act"
        onClick={onAdmit}
        aria-label={words.actionOn(words.admit, waiting.display_name)}
      >
        {words.admit}
      </Act>
    </div>
  );
}

/** “Admit” on the day's list leads here: one click there is enough. */
function useAdmitOnArrival(
  view: VisitView,
  isWanted: boolean,
  admit: (participantId: ParticipantId) => Promise<unknown>,
): void {
  const done = useRef(!isWanted);
  const patient = patientOf(view);
  const isReady = patient?.place === 'waiting' && view.can.includes('host');
  const id = patient?.participant_id;
  useEffect(() => {
    if (done.current || !isReady || !id) return;
    done.current = true;
    void admit(id);
  }, [isReady, id, admit]);
}
