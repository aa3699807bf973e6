import type { PersonId, SessionCard, SignInState } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './support.module.css';
import { useLoad } from './useLoad.ts';

/** As many as the hub lists. */
const MOST_SESSIONS = 100;

export interface SignInPanelProps {
  personId: PersonId;
  name: string;
  /** Whose sign-ins support does not end. */
  isAdmin: boolean;
}

/** By what somebody signs in, where they are signed in, and the end of it. */
export function SignInPanel({ personId, name, isAdmin }: SignInPanelProps) {
  const { support, common } = useStrings();
  const words = support.person;
  const bedside = useBedside();
  const load = useCallback(
    () => bedside.call('support.read_sign_in', { person_id: personId }),
    [bedside, personId],
  );
  const { value, trouble, reload } = useLoad(load);
  const gone = { title: words.missing, body: words.missingBody };
  return (
    <section className={classes.card} aria-labelledby="sign-in">
      <h2 id="sign-in">{words.signIn}</h2>
      <TroubleNote trouble={trouble} words={{ not_found: gone }}>
        <Act onClick={reload}>{common.tryAgain}</Act>
      </TroubleNote>
      {value ? (
        <>
          <Factors state={value} />
          <Sessions
            personId={personId}
            name={name}
            isAdmin={isAdmin}
            state={value}
            onChanged={reload}
          />
        </>
      ) : trouble ? null : (
        <PageSkeleton />
      )}
    </section>
  );
}

function Factors({ state }: { state: SignInState }) {
  const { support, language } = useStrings();
  const words = support.person;
  return (
    <>
      <dl className={classes.facts}>
        <div>
          <dt>{words.factors}</dt>
          <dd>{words.factorsCount(state.factors)}</dd>
        </div>
        <div>
          <dt>{words.codes}</dt>
          <dd>{new Intl.NumberFormat(language).format(state.recovery_codes)}</dd>
        </div>
      </dl>
      <p className="quiet">{words.reset}</p>
    </>
  );
}

interface SessionsProps extends SignInPanelProps {
  state: SignInState;
  onChanged: () => void;
}

function Sessions({ personId, name, isAdmin, state, onChanged }: SessionsProps) {
  const { support, helping } = useStrings();
  const words = support.person;
  const [asking, setAsking] = useState<SessionCard | 'all' | null>(null);
  const { sessions } = state;
  const close = () => setAsking(null);
  const done = () => {
    close();
    onChanged();
  };
  return (
    <>
      <h3>{words.sessions}</h3>
      {sessions.length === 0 ? (
        <p>{words.sessionsNone}</p>
      ) : (
        <ul className={classes.list}>
          {sessions.map((it) => (
            <Row
              key={it.session_id}
              session={it}
              onEnd={isAdmin || it.is_this ? null : () => setAsking(it)}
            />
          ))}
        </ul>
      )}
      {sessions.length >= MOST_SESSIONS ? <p>{words.sessionsCut}</p> : null}
      {isAdmin ? (
        <p className="quiet">{words.ofAdmin}</p>
      ) : sessions.length > 0 ? (
        <div>
          <Act onClick={() => setAsking('all')}>{helping.end}</Act>
        </div>
      ) : null}
      {asking === 'all' ? (
        <EndAll personId={personId} name={name} onDone={done} onClose={close} />
      ) : asking ? (
        <EndOne session={asking} onDone={done} onClose={close} />
      ) : null}
    </>
  );
}

function useWhat() {
  const words = useStrings().account.sessions;
  return ({ client }: SessionCard) =>
    words.on(words.programs[client.program], words.systems[client.system]);
}

function Row({ session, onEnd }: { session: SessionCard; onEnd: (() => void) | null }) {
  const { account, support } = useStrings();
  const words = account.sessions;
  const time = useTime();
  const now = useNow(60_000);
  const what = useWhat()(session);
  return (
    <li className={classes.row}>
      <div>
        <p className={classes.strong}>{what}</p>
        <p className="quiet">
          {words.used(time.relative(session.last_used_at, now))},{' '}
          {words.since(time.dayAndClock(session.created_at, now))}
        </p>
      </div>
      {onEnd ? (
        <Act tone="bare" onClick={onEnd} aria-label={support.person.endOf(what)}>
          {support.person.end}
        </Act>
      ) : null}
    </li>
  );
}

interface EndProps {
  onDone: () => void;
  onClose: () => void;
}

function EndOne({ session, onDone, onClose }: EndProps & { session: SessionCard }) {
  const { support, helping } = useStrings();
  const words = support.person;
  const bedside = useBedside();
  const announce = useAnnounce();
  const end = useAction(async () => {
    await bedside.call('session.end', { session_id: session.session_id });
    announce(words.ended);
    onDone();
  });
  return (
    <Confirm
      title={words.endTitle(useWhat()(session))}
      body={words.endBody}
      confirm={words.endConfirm}
      keep={helping.keep}
      isOpen
      isRunning={end.isRunning}
      trouble={end.trouble}
      onConfirm={() => end.run()}
      onClose={onClose}
    />
  );
}

/** The hub asks for a proof of who does it. */
function EndAll({ personId, name, onDone, onClose }: EndProps & Omit<SignInPanelProps, 'isAdmin'>) {
  const { helping: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const end = useAction(async () => {
    const { ended } = await bedside.call('session.end_all', { person_id: personId });
    announce(words.ended(name, ended));
    onDone();
  });
  return (
    <Confirm
      title={words.endTitle(name)}
      body={words.endBody}
      confirm={words.endConfirm}
      keep={words.keep}
      isOpen
      isRunning={end.isRunning}
      trouble={end.trouble}
      onConfirm={() => end.run()}
      onClose={onClose}
    />
  );
}
