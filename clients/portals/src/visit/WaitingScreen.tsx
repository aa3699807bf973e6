import type { Participant, Visit, VisitView } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import {
  IconBell,
  IconClipboardList,
  IconDoorExit,
  IconMessage,
  IconSettings,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { Thread } from '../messages/Thread.tsx';
import { useVisitChat } from '../messages/useVisitChat.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Initials } from '../parts/Initials.tsx';
import { StreamVideo } from '../parts/StreamVideo.tsx';
import { useStreamOf } from '../parts/tracks.ts';
import { type Strings, useStrings } from '../strings/index.ts';
import chat from './chat.module.css';
import { DevicesDialog } from './DevicesDialog.tsx';
import classes from './waiting.module.css';

export interface WaitingScreenProps {
  visit: Visit;
  view: VisitView;
  /** They were inside already and were sent back. */
  wasHeld: boolean;
  onLeave: () => void;
}

const MINUTE_MS = 60_000;
/** An estimate this near is "in a few minutes": nobody can keep it to the minute. */
const SOON_MS = 4 * MINUTE_MS;

/** Who they will see, how long it may take, and what to do meanwhile. The page may be in the background. */
export function WaitingScreen({ visit, view, wasHeld, onLeave }: WaitingScreenProps) {
  const { waiting } = useStrings();
  const [isChoosing, setChoosing] = useState(false);
  useTitle(waiting.title);
  useStateAnnouncement(view);
  return (
    <div className={classes.page}>
      <div className={classes.main}>
        <p className={classes.eyebrow}>{waiting.title}</p>
        <h1>{wasHeld ? waiting.heldTitle : waiting.seeing(view.clinician_name)}</h1>
        {wasHeld ? <p className={classes.held}>{waiting.held(view.clinician_name)}</p> : null}
        <Standing view={view} />
        <div className={classes.actions}>
          <NotifyButton />
          <Act icon={<IconSettings aria-hidden size={20} />} onClick={() => setChoosing(true)}>
            {waiting.devices}
          </Act>
          <Act tone="bare" icon={<IconDoorExit aria-hidden size={20} />} onClick={onLeave}>
            {waiting.leave}
          </Act>
        </div>
        <p className="quiet">{waiting.stay}</p>
        <WaitingChat visit={visit} />
      </div>
      <aside className={classes.side}>
        <Preview visit={visit} />
        <AtHand />
      </aside>
      <DevicesDialog visit={visit} isOpen={isChoosing} onClose={() => setChoosing(false)} />
    </div>
  );
}

/** Writing to the clinic while one waits. */
function WaitingChat({ visit }: { visit: Visit }) {
  const { messages: words } = useStrings();
  const { conversationId, unread } = useVisitChat(visit.id);
  const [isOpen, setOpen] = useState(false);
  if (conversationId === null) return null;
  return (
    <>
      <div className={classes.actions}>
        <Act
          tone={unread > 0 && !isOpen ? 'act' : 'quiet'}
          icon={<IconMessage aria-hidden size={20} />}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? words.inVisit.waitingHide : words.inVisit.waiting}
          {unread > 0 && !isOpen ? ` (${words.thread.newCount(unread)})` : null}
        </Act>
      </div>
      {isOpen ? (
        <section className={chat.card} aria-label={words.inVisit.title}>
          <Thread conversationId={conversationId} isFocused />
        </section>
      ) : null}
    </>
  );
}

function Standing({ view }: { view: VisitView }) {
  const { waiting } = useStrings();
  const time = useTime(view.time_zone);
  const now = useNow();
  const waitingSince = view.queue?.waiting_since ?? you(view)?.waiting_since;
  const waited = waitingSince === undefined ? 0 : now - waitingSince;
  return (
    <section className={classes.standing} aria-label={waiting.title}>
      <div className={classes.host}>
        <Initials name={view.clinician_name} />
        <p data-testid="host-state">{hostWords(view, waiting)}</p>
      </div>
      <div className={classes.facts}>
        {view.queue ? (
          <p className={classes.fact}>
            <Chip tone="brand">
              {view.queue.position === 1 ? waiting.next : waiting.position(view.queue.position)}
            </Chip>
          </p>
        ) : null}
        {view.queue ? (
          <p>
            {estimateWords(
              view.queue.estimated_at,
              now,
              time.clock(view.queue.estimated_at),
              waiting,
            )}
          </p>
        ) : null}
        <p className="quiet">
          {waited < MINUTE_MS ? waiting.sinceNow : waiting.since(time.duration(waited))}{' '}
          {waiting.planned(time.clock(view.starts_at))}
        </p>
      </div>
    </section>
  );
}

function hostWords(view: VisitView, { host }: Strings['waiting']): string {
  return host[view.clinician](view.clinician_name);
}

export function estimateWords(
  at: number,
  now: number,
  clock: string,
  words: Pick<Strings['waiting'], 'estimate' | 'estimateSoon'>,
): string {
  return at - now < SOON_MS ? words.estimateSoon : words.estimate(clock);
}

function you(view: VisitView): Participant | undefined {
  return view.participants.find((it) => it.participant_id === view.you);
}

/** A change of the clinician's state or of the place in line is told to screen readers; the passing minutes are not. */
function useStateAnnouncement(view: VisitView): void {
  const { waiting } = useStrings();
  const announce = useAnnounce();
  const position = view.queue?.position;
  const said = [
    hostWords(view, waiting),
    position === undefined ? '' : position === 1 ? waiting.next : waiting.position(position),
  ].join(' ');
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (last.current !== null && last.current !== said) announce(said);
    last.current = said;
  }, [said, announce]);
}

function NotifyButton() {
  const { waiting } = useStrings();
  const [permission, setPermission] = useState(() =>
    typeof Notification === 'undefined' ? 'denied' : Notification.permission,
  );
  if (permission === 'granted') {
    return (
      <p className={classes.notified}>
        <IconBell aria-hidden size={20} />
        {waiting.notifyOn}
      </p>
    );
  }
  if (permission === 'denied') return null;
  return (
    <Act
      icon={<IconBell aria-hidden size={20} />}
      onClick={() => Notification.requestPermission().then(setPermission, () => {})}
    >
      {waiting.notify}
    </Act>
  );
}

function Preview({ visit }: { visit: Visit }) {
  const { waiting, check } = useStrings();
  const own = useStore(visit.own);
  const stream = useStreamOf(own.camera.on ? own.camera.track : undefined);
  return (
    <figure className={classes.preview}>
      <div className={classes.picture}>
        {stream ? (
          <StreamVideo stream={stream} isMirrored data-own="" aria-label={check.picture} />
        ) : (
          <p className={classes.noPicture}>{waiting.pictureOff}</p>
        )}
      </div>
      <figcaption className="quiet">{waiting.yourPicture}</figcaption>
    </figure>
  );
}

function AtHand() {
  const { waiting } = useStrings();
  return (
    <section className={classes.hand}>
      <h2>
        <IconClipboardList aria-hidden size={22} />
        {waiting.handTitle}
      </h2>
      <ul>
        {waiting.hand.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
    </section>
  );
}
