import type { DeviceCheck, Participant, Visit, VisitView } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { IconMicrophoneOff } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { Initials } from '../parts/Initials.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { type Strings, useStrings } from '../strings/index.ts';
import classes from './host.module.css';
import { isGuest, linkWord, patientOf, waitingIn } from './people.ts';

interface ListsProps {
  visit: Visit;
  view: VisitView;
}

/** Who waits, who is in, who is expected; each with what the clinician can do about them. */
export function PeopleLists({ visit, view }: ListsProps) {
  const { visit: words } = useStrings();
  const waiting = waitingIn(view);
  const inside = view.participants.filter((it) => it.place === 'inside');
  const away = view.participants.filter(
    (it) => it.place === 'away' && it.participant_id !== view.you,
  );
  return (
    <>
      <PeopleSection title={words.waitingTitle} isCalling={waiting.length > 0}>
        {waiting.length === 0 ? <p className="quiet">{words.nobodyWaits}</p> : null}
        {waiting.map((it) => (
          <WaitingPerson key={it.participant_id} visit={visit} person={it} />
        ))}
      </PeopleSection>
      <PeopleSection title={words.insideTitle}>
        {inside.map((it) => (
          <InsidePerson key={it.participant_id} visit={visit} view={view} person={it} />
        ))}
      </PeopleSection>
      {away.length > 0 ? (
        <PeopleSection title={words.invitedTitle}>
          {away.map((it) => (
            <AwayPerson key={it.participant_id} visit={visit} person={it} />
          ))}
        </PeopleSection>
      ) : null}
      <DeviceReport check={patientOf(view)?.device_check} />
    </>
  );
}

function PeopleSection(props: { title: string; isCalling?: boolean; children: ReactNode }) {
  return (
    <section className={classes.section} data-calling={props.isCalling ?? false}>
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

interface PersonLineProps {
  person: Participant;
  state: ReactNode;
  children?: ReactNode;
}

function PersonLine({ person, state, children }: PersonLineProps) {
  const { roles } = useStrings();
  return (
    <div className={classes.person} data-testid="person" data-place={person.place}>
      <Initials name={person.display_name} />
      <div className={classes.personText}>
        <p className={classes.personName}>{person.display_name}</p>
        <p className={classes.personState}>
          {roles[person.role]} · {state}
        </p>
      </div>
      {children ? <div className={classes.personActions}>{children}</div> : null}
    </div>
  );
}

function WaitingPerson({ visit, person }: { visit: Visit; person: Participant }) {
  const { visit: words } = useStrings();
  const time = useTime();
  const now = useNow();
  const admit = useAction(() => visit.admit(person.participant_id));
  const waited = person.waiting_since === undefined ? 0 : now - person.waiting_since;
  return (
    <>
      <PersonLine
        person={person}
        state={waited < 60_000 ? words.justCame : words.waitingFor(time.duration(waited))}
      >
        <Act
          tone="act"
          loading={admit.isRunning}
          onClick={() => admit.run()}
          aria-label={words.actionOn(words.admit, person.display_name)}
        >
          {words.admit}
        </Act>
        {isGuest(person) ? <Withdraw visit={visit} person={person} /> : null}
      </PersonLine>
      <TroubleNote trouble={admit.trouble} />
    </>
  );
}

function InsidePerson(props: { visit: Visit; view: VisitView; person: Participant }) {
  const { visit, view, person } = props;
  const { visit: words } = useStrings();
  const speaker = useStore(visit.speaker);
  const mute = useAction(() => visit.mute(person.participant_id));
  const hold = useAction(() => visit.hold(person.participant_id));
  const isYou = person.participant_id === view.you;
  const named = (action: string) => words.actionOn(action, person.display_name);
  return (
    <>
      <PersonLine
        person={person}
        state={
          <InsideState
            person={person}
            isSpeaking={speaker === person.participant_id}
            isYou={isYou}
          />
        }
      >
        {isYou ? null : (
          <>
            {person.microphone ? (
              <Act
                loading={mute.isRunning}
                onClick={() => mute.run()}
                aria-label={named(words.mute)}
              >
                {words.mute}
              </Act>
            ) : null}
            <Act
              loading={hold.isRunning}
              onClick={() => hold.run()}
              aria-label={named(words.sendBack)}
            >
              {words.sendBack}
            </Act>
            {isGuest(person) ? <Withdraw visit={visit} person={person} /> : null}
          </>
        )}
      </PersonLine>
      <TroubleNote trouble={mute.trouble ?? hold.trouble} />
    </>
  );
}

interface InsideStateProps {
  person: Participant;
  isSpeaking: boolean;
  isYou: boolean;
}

function InsideState({ person, isSpeaking, isYou }: InsideStateProps) {
  const { visit: words, call } = useStrings();
  if (isYou) return <>{words.you}</>;
  if (person.connection === 'reconnecting') return <>{words.reconnecting}</>;
  const link = person.link_score === undefined ? null : linkWord(person.link_score);
  return (
    <>
      {person.microphone ? null : (
        <>
          <IconMicrophoneOff aria-hidden size={16} /> {call.micOff}{' '}
        </>
      )}
      {link ? <span data-link={link}>{words.link[link]}</span> : null}
      {isSpeaking ? <span className="hidden">{call.speaking(person.display_name)}</span> : null}
    </>
  );
}

function AwayPerson({ visit, person }: { visit: Visit; person: Participant }) {
  const { visit: words } = useStrings();
  return (
    <PersonLine person={person} state={words.notHere}>
      {isGuest(person) ? <Withdraw visit={visit} person={person} /> : null}
    </PersonLine>
  );
}

/** Ends a guest's invitation; asked for by name, because it can not be taken back. */
function Withdraw({ visit, person }: { visit: Visit; person: Participant }) {
  const { visit: words } = useStrings();
  const [isAsking, setAsking] = useState(false);
  const revoke = useAction(async () => {
    await visit.revoke(person.participant_id);
    setAsking(false);
  });
  return (
    <>
      <Act
        tone="bare"
        onClick={() => setAsking(true)}
        aria-label={words.actionOn(words.revoke, person.display_name)}
      >
        {words.revoke}
      </Act>
      <Confirm
        title={words.revokeTitle(person.display_name)}
        body={words.revokeBody}
        confirm={words.revokeConfirm(person.display_name)}
        keep={words.keep}
        isOpen={isAsking}
        isRunning={revoke.isRunning}
        trouble={revoke.trouble}
        onConfirm={() => revoke.run()}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

function DeviceReport({ check }: { check: DeviceCheck | undefined }) {
  const { visit: words, check: names } = useStrings();
  if (!check) return null;
  const parts = ['camera', 'microphone', 'speaker', 'network'] as const;
  return (
    <PeopleSection title={words.deviceTitle}>
      <p className={classes.chips}>
        {parts.map((part) => (
          <Chip key={part} tone={toneOf(check[part])}>
            {names[part]} {deviceWord(check[part], words)}
          </Chip>
        ))}
      </p>
    </PeopleSection>
  );
}

function deviceWord(verdict: DeviceCheck['camera'], { device }: Strings['visit']): string {
  return device[verdict];
}

function toneOf(verdict: DeviceCheck['camera']): 'good' | 'plain' | 'act' {
  if (verdict === 'good') return 'good';
  return verdict === 'skipped' ? 'plain' : 'act';
}
