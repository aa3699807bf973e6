import type { Me, SignInAttempt } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { refusalOf } from '../audit/deeds.ts';
import { usePages } from '../audit/usePages.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';

/** When somebody signed in to this account, or tried to. */
export function SignIns({ me }: { me: Me }) {
  const { audit, common } = useStrings();
  const words = audit.signIns;
  const bedside = useBedside();
  const announce = useAnnounce();
  const read = useCallback(
    async (cursor: string | undefined) => {
      const params = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
      const page = await bedside.call('audit.sign_ins', params);
      return { items: page.sign_ins, cursor: page.cursor };
    },
    [bedside],
  );
  const { items, isMore, isLoading, trouble, older, again } = usePages(read);
  const more = async () => {
    const came = await older();
    if (came) announce(audit.more(came.length));
  };
  return (
    <section className={classes.card} aria-labelledby="sign-ins">
      <div>
        <h2 id="sign-ins">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <TroubleNote trouble={trouble}>
        {items ? null : <Act onClick={again}>{common.tryAgain}</Act>}
      </TroubleNote>
      {items === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : items.length === 0 ? (
        <div>
          <h3>{words.empty}</h3>
          <p className="quiet">{words.emptyBody}</p>
        </div>
      ) : (
        <>
          <ul className={classes.list}>
            {items.map((it) => (
              <Attempt key={it.audit_id} attempt={it} />
            ))}
          </ul>
          {isMore ? (
            <div>
              <Act onClick={more} loading={isLoading}>
                {words.older}
              </Act>
            </div>
          ) : null}
          <Strange me={me} />
        </>
      )}
    </section>
  );
}

/** Enough to see what is not one's own, without scrolling past what follows. */
const PAGE = 10;

function Strange({ me }: { me: Me }) {
  const words = useStrings().audit.signIns;
  if (me.role === 'admin') return <p className="quiet">{words.strangeAdmin}</p>;
  return (
    <p className="quiet">
      {words.strange} <Link to="/messages">{words.write}</Link>
    </p>
  );
}

function Attempt({ attempt }: { attempt: SignInAttempt }) {
  const strings = useStrings();
  const words = strings.audit.signIns;
  const time = useTime();
  const now = useNow(60_000);
  const { at, succeeded, outcome, network } = attempt;
  const why = succeeded ? null : (words.why[outcome] ?? refusalOf(outcome, strings));
  return (
    <li className={classes.row}>
      <div>
        <p>
          {time.day(at, now)}, <bdi>{time.clock(at)}</bdi>
        </p>
        <p className="quiet">
          {network ? words.network(network) : words.noNetwork}
          {why ? `. ${why}` : null}
        </p>
      </div>
      <Chip tone={succeeded ? 'good' : 'act'}>{succeeded ? words.ok : words.failed}</Chip>
    </li>
  );
}
