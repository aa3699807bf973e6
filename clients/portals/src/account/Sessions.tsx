import type { SessionCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';

/** Open sign-ins, each with its end. They are read anew when `changes` is another number. */
export function Sessions({ changes }: { changes: number }) {
  const { account, common } = useStrings();
  const words = account.sessions;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [sessions, setSessions] = useState<readonly SessionCard[] | null>(null);
  const [isAsking, setAsking] = useState(false);
  const { run: load, trouble } = useAction(async () => {
    setSessions((await bedside.call('session.list', {})).sessions);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changed elsewhere has ended some of them.
  useEffect(() => void load(), [load, changes]);
  const end = useAction(async ({ session_id }: SessionCard) => {
    await bedside.call('session.end', { session_id });
    announce(words.ended);
    await load();
  });
  const endOthers = useAction(async () => {
    const { ended } = await bedside.call('session.end_others', {});
    setAsking(false);
    announce(words.endedOthers(ended));
    await load();
  });
  const others = sessions?.filter((it) => !it.is_this) ?? [];
  return (
    <section className={classes.card} aria-labelledby="sessions">
      <div>
        <h2 id="sessions">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <TroubleNote trouble={trouble ?? end.trouble}>
        {sessions ? null : <Act onClick={() => load()}>{common.tryAgain}</Act>}
      </TroubleNote>
      {sessions ? (
        <ul className={classes.list}>
          {sessions.map((it) => (
            <Row key={it.session_id} session={it} onEnd={() => end.run(it)} />
          ))}
        </ul>
      ) : trouble ? null : (
        <PageSkeleton />
      )}
      {others.length > 0 ? (
        <div>
          <Act onClick={() => setAsking(true)}>{words.endOthers}</Act>
        </div>
      ) : null}
      <Confirm
        title={words.endOthersTitle}
        body={words.endOthersBody}
        confirm={words.endOthersConfirm}
        keep={words.keep}
        isOpen={isAsking}
        isRunning={endOthers.isRunning}
        trouble={endOthers.trouble}
        onConfirm={() => endOthers.run()}
        onClose={() => setAsking(false)}
      />
    </section>
  );
}

function Row({ session, onEnd }: { session: SessionCard; onEnd: () => void }) {
  const words = useStrings().account.sessions;
  const time = useTime();
  const now = useNow(60_000);
  const { client, is_this, created_at, last_used_at, visit } = session;
  const what = words.on(words.programs[client.program], words.systems[client.system]);
  return (
    <li className={classes.row}>
      <div>
        <p className={classes.strong}>{what}</p>
        <p className="quiet">
          {visit ? `${words.visit}. ` : null}
          {words.used(time.relative(last_used_at, now))},{' '}
          {words.since(time.dayAndClock(created_at, now))}
        </p>
      </div>
      {is_this ? (
        <Chip tone="good">{words.here}</Chip>
      ) : (
        <Act tone="bare" onClick={onEnd} aria-label={words.endOf(what)}>
          {words.end}
        </Act>
      )}
    </li>
  );
}
