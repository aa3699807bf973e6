import type { AppointmentCard, HistoryLine, Me } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconCalendarPlus, IconCalendarTime, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { useNavigation } from '../app/router.tsx';
import { CalendarAct } from '../booking/CalendarAct.tsx';
import { bookPath } from '../booking/choice.ts';
import { StartAct } from '../messages/StartAct.tsx';
import { writingAbout } from '../messages/start.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './home.module.css';
import { isClosed } from './next.ts';

export interface VisitSheetProps {
  me: Me;
  card: AppointmentCard | null;
  onClose: () => void;
}

/** What can be done with a visit, and what happened to it. */
export function VisitSheet({ me, card, onClose }: VisitSheetProps) {
  const { change } = useStrings();
  const [isCancelling, setCancelling] = useState(false);
  const closeAll = () => {
    setCancelling(false);
    onClose();
  };
  return (
    <>
      <Sheet title={change.title} isOpen={card !== null && !isCancelling} onClose={onClose}>
        {card ? <Choices me={me} card={card} onCancel={() => setCancelling(true)} /> : null}
      </Sheet>
      <CancelDialog card={isCancelling ? card : null} onClose={closeAll} />
    </>
  );
}

interface ChoicesProps {
  me: Me;
  card: AppointmentCard;
  onCancel: () => void;
}

function Choices({ me, card, onCancel }: ChoicesProps) {
  const { change, home } = useStrings();
  const { go } = useNavigation();
  const time = useTime();
  const now = useNow();
  const canChange = card.stage === 'scheduled' && card.starts_at > now;
  return (
    <div className={classes.sheet}>
      <p>
        <strong>{time.dayAndClock(card.starts_at, now)}</strong>
        <br />
        {home.withClinician(card.clinician.display_name)}
      </p>
      <div className={classes.sheetActs}>
        {me.role === 'patient' ? <WriteAct card={card} /> : null}
        {isClosed(card.stage) ? null : (
          <>
            {canChange ? (
              <Act
                wide
                icon={<IconCalendarTime aria-hidden size={22} />}
                onClick={() => go(bookPath({ moves: card.appointment_id }))}
              >
                {change.move}
              </Act>
            ) : null}
            <CalendarAct
              appointmentId={card.appointment_id}
              wide
              icon={<IconCalendarPlus aria-hidden size={22} />}
            />
            {canChange ? (
              <Act wide icon={<IconTrash aria-hidden size={22} />} onClick={onCancel}>
                {change.cancel}
              </Act>
            ) : null}
          </>
        )}
      </div>
      <HistoryOf me={me} card={card} />
    </div>
  );
}

function WriteAct({ card }: { card: AppointmentCard }) {
  const { messages } = useStrings();
  return (
    <StartAct
      wide
      with={writingAbout(card, 'clinician', isClosed(card.stage))}
      name={card.clinician.display_name}
      label={messages.start.patient}
    />
  );
}

/** The history of an appointment, read anew when it changes. */
function HistoryOf({ me, card }: { me: Me; card: AppointmentCard }) {
  const { change } = useStrings();
  const bedside = useBedside();
  const [lines, setLines] = useState<readonly HistoryLine[]>([]);
  const { appointment_id, version } = card;
  const { run, trouble } = useAction(async (id: AppointmentCard['appointment_id']) => {
    setLines((await bedside.call('appointment.read_history', { appointment_id: id })).lines);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version has another history.
  useEffect(() => void run(appointment_id), [appointment_id, version, run]);
  return (
    <section className={classes.history}>
      <h3>{change.history}</h3>
      <TroubleNote trouble={trouble} />
      <ol>
        {lines.map((line) => (
          <HistoryRow key={line.version} line={line} me={me} />
        ))}
      </ol>
    </section>
  );
}

function HistoryRow({ line, me }: { line: HistoryLine; me: Me }) {
  const { change } = useStrings();
  const time = useTime();
  const now = useNow();
  const who = line.by === undefined ? 'nobody' : line.by === me.person_id ? 'you' : 'clinic';
  return (
    <li>
      <p>{change.lines[line.what](time.dayAndClock(line.starts_at, now))}</p>
      <p className="quiet">{change.by[who](time.dayAndClock(line.at, now))}</p>
    </li>
  );
}

function CancelDialog({ card, onClose }: { card: AppointmentCard | null; onClose: () => void }) {
  const { change } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const time = useTime();
  const now = useNow();
  const cancel = useAction(async () => {
    if (!card) return;
    const { appointment_id, version } = card;
    // What was confirmed is the time that was seen.
    await bedside.call('appointment.cancel', { appointment_id }, { if: { version } });
    announce(change.cancelled);
    onClose();
  });
  return (
    <Confirm
      title={change.cancelTitle(card?.clinician.display_name ?? '')}
      body={change.cancelBody(card ? time.dayAndClock(card.starts_at, now) : '')}
      confirm={change.cancelConfirm}
      keep={change.keep}
      isOpen={card !== null}
      isRunning={cancel.isRunning}
      trouble={cancel.trouble}
      onConfirm={() => cancel.run()}
      onClose={onClose}
    />
  );
}
