import type { ConversationMember, ConversationNow, MessageId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconArrowLeft, IconCheck, IconSearch, IconUserShare } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { RecordButton } from '../chart/RecordAct.tsx';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Initials } from '../parts/Initials.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { AssignSheet } from './AssignSheet.tsx';
import { RoundButton } from './controls.tsx';
import classes from './head.module.css';
import { useThreadName } from './names.ts';
import { SearchSheet } from './SearchSheet.tsx';
import { memberOf, othersIn } from './thread.ts';

export interface ThreadHeadProps {
  now: ConversationNow;
  /** Beside a list there is no way back to it. */
  hasBack?: boolean;
  onTarget: (target: { message_id: MessageId; offset: number }) => void;
}

/** Who a thread is with, where they are, and what the clinic can do with it. */
export function ThreadHead({ now, hasBack, onTarget }: ThreadHeadProps) {
  const { messages: words } = useStrings();
  const name = useThreadName(now);
  const [isSearching, setSearching] = useState(false);
  const { conversation } = now;
  if (!conversation) return null;
  const others = othersIn(conversation);
  const isClinic = memberOf(conversation, conversation.you)?.role === 'clinician';
  const patient = conversation.members.find((it) => it.role === 'patient');
  return (
    <header className={classes.head}>
      <div className={classes.first}>
        {hasBack ? (
          <Link to="/messages" className={classes.back} label={words.back}>
            <IconArrowLeft aria-hidden className={classes.backIcon} />
          </Link>
        ) : null}
        <Initials name={others[0]?.display_name ?? '?'} />
        <div className={classes.who}>
          <h2>{name}</h2>
          <p className={classes.where}>
            <Where now={now} others={others} />
            <span className="quiet">{words.kind[conversation.kind]}</span>
          </p>
        </div>
        {isClinic && patient ? (
          <RecordButton patientId={patient.person_id} name={patient.display_name} />
        ) : null}
        <RoundButton
          label={words.search.titleIn(name)}
          icon={<IconSearch aria-hidden size={22} />}
          onClick={() => setSearching(true)}
        />
      </div>
      {isClinic ? <Care now={now} /> : null}
      <OutOfOfficeNotes others={others} />
      <SearchSheet
        conversationId={conversation.conversation_id}
        name={name}
        isOpen={isSearching}
        onClose={() => setSearching(false)}
        onFound={({ message }) => onTarget(message)}
      />
    </header>
  );
}

/** Where the others are, in words; with several, each by name. */
function Where({ now, others }: { now: ConversationNow; others: ConversationMember[] }) {
  const { messages: words } = useStrings();
  return others.map((other) => {
    const presence =
      now.presence.find((it) => it.member_id === other.member_id)?.presence ?? 'offline';
    const text = words.presence[presence];
    return (
      <span key={other.member_id} className={classes.presence} data-presence={presence}>
        {others.length > 1 ? `${other.display_name}: ${text}` : text}
      </span>
    );
  });
}

function OutOfOfficeNotes({ others }: { others: ConversationMember[] }) {
  const { messages: words } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  return others.map(({ member_id, display_name, away_until: until }) =>
    until !== undefined && until > now ? (
      <p key={member_id} className={classes.office}>
        {words.thread.awayUntil(display_name, time.dayAndClock(until, now))}
      </p>
    ) : null,
  );
}

/** Who looks after it and whether somebody has to do something, for the clinic. */
function Care({ now }: { now: ConversationNow }) {
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [isAssigning, setAssigning] = useState(false);
  const { conversation } = now;
  const resolve = useAction(async () => {
    if (!conversation) return;
    const { conversation_id } = conversation;
    await bedside.call('conversation.resolve', { conversation_id });
    announce(words.care.resolved);
  });
  if (conversation?.kind !== 'care') return null;
  const { status, assigned_to } = conversation;
  const assigned = assigned_to ? memberOf(conversation, assigned_to) : undefined;
  return (
    <div className={classes.care}>
      <p className={classes.careState}>
        <Chip tone={status === 'needs_answer' ? 'act' : 'plain'}>{words.status[status]}</Chip>
        <span className="quiet">
          {assigned ? words.care.assigned(assigned.display_name) : words.care.unassigned}
        </span>
      </p>
      <div className={classes.careActs}>
        {status === 'resolved' ? null : (
          <Act
            icon={<IconCheck aria-hidden size={20} />}
            loading={resolve.isRunning}
            onClick={() => resolve.run()}
          >
            {words.care.resolve}
          </Act>
        )}
        <Act
          tone="bare"
          icon={<IconUserShare aria-hidden size={20} />}
          onClick={() => setAssigning(true)}
        >
          {words.care.assign}
        </Act>
      </div>
      <TroubleNote trouble={resolve.trouble} />
      <AssignSheet
        conversationId={conversation.conversation_id}
        assignedTo={assigned?.person_id}
        isOpen={isAssigning}
        onClose={() => setAssigning(false)}
      />
    </div>
  );
}
