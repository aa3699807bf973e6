import type { PatientConversation, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { useClinicians } from '../messages/useClinicians.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';
import { Withheld } from './Profile.tsx';
import { ReadOnlyThread } from './ReadOnlyThread.tsx';

export interface ChartMessagesProps {
  patientId: PersonId;
  isWithheld: boolean;
}

/** All conversations of a patient, to be read from outside. They are read when somebody wants to see them. */
export function ChartMessages({ patientId, isWithheld }: ChartMessagesProps) {
  const { chart } = useStrings();
  const words = chart.messages;
  const bedside = useBedside();
  const [found, setFound] = useState<readonly PatientConversation[] | null>(null);
  const show = useAction(async () => {
    const answer = await bedside.call('patient.list_conversations', { patient_id: patientId });
    setFound(answer.conversations);
  });
  const isRefused = show.trouble?.code === 'forbidden';
  return (
    <section className={classes.card} aria-labelledby="class-messages" data-class="messages">
      <div>
        <h2 id="class-messages">{chart.classes.messages}</h2>
        {isWithheld ? null : <p className="quiet">{words.lead}</p>}
      </div>
      {isWithheld ? (
        <Withheld />
      ) : isRefused ? (
        <p role="status">
          {words.partly} <Link to="/messages">{words.partlyLink}</Link>.
        </p>
      ) : found ? (
        <Conversations patientId={patientId} conversations={found} />
      ) : (
        <>
          <TroubleNote trouble={show.trouble} />
          <div>
            <Act onClick={() => show.run()} loading={show.isRunning}>
              {words.show}
            </Act>
          </div>
        </>
      )}
    </section>
  );
}

interface ConversationsProps {
  patientId: PersonId;
  conversations: readonly PatientConversation[];
}

function Conversations({ patientId, conversations }: ConversationsProps) {
  const { chart, messages } = useStrings();
  const words = chart.messages;
  const time = useTime();
  const now = useNow(60_000);
  const { clinicians } = useClinicians(true);
  const [open, setOpen] = useState<PatientConversation | null>(null);
  const nameOf = (it: PatientConversation) =>
    clinicians.find((one) => one.person_id === it.clinician_id)?.display_name ?? words.somebody;
  if (conversations.length === 0) return <p>{words.none}</p>;
  return (
    <>
      <ul className={classes.list}>
        {conversations.map((it) => {
          const when = time.dayAndClock(it.active_at, now);
          return (
            <li key={it.conversation_id} className={classes.row}>
              <div>
                <p className={classes.strong}>{words.with(nameOf(it))}</p>
                <p className="quiet">
                  {messages.kind[it.kind]}. {words.active(when)}
                </p>
              </div>
              <Act onClick={() => setOpen(it)} aria-label={words.readOf(nameOf(it), when)}>
                {words.read}
              </Act>
            </li>
          );
        })}
      </ul>
      <Sheet
        title={open ? words.title(nameOf(open)) : ''}
        isOpen={open !== null}
        onClose={() => setOpen(null)}
        wide
      >
        {open ? (
          <ReadOnlyThread
            key={open.conversation_id}
            patientId={patientId}
            conversationId={open.conversation_id}
          />
        ) : null}
      </Sheet>
    </>
  );
}
