import type { Me } from '@bedside/client';
import { useState } from 'react';
import { useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { Factors } from './Factors.tsx';
import { Identities } from './Identities.tsx';
import { Password } from './Password.tsx';
import { Sessions } from './Sessions.tsx';
import { SignIns } from './SignIns.tsx';

/** How somebody signs in, and who did. */
export function AccountPage({ me }: { me: Me }) {
  const { audit, residency } = useStrings();
  const [factors, setFactors] = useState<number | null>(null);
  const [changes, setChanges] = useState(0);
  useTitle(audit.account.title);
  return (
    <Shell width="narrow" large={me.role === 'patient'}>
      <div className={classes.page}>
        <h1>{audit.account.title}</h1>
        <Password
          hasFactor={factors !== null && factors > 0}
          onChanged={() => setChanges((it) => it + 1)}
        />
        <Factors onListed={setFactors} />
        <Identities />
        <Sessions changes={changes} />
        <SignIns me={me} />
        {me.home_region === undefined ? null : (
          <section className={classes.card} aria-labelledby="home-region">
            <div>
              <h2 id="home-region">{residency.title}</h2>
              <p className="quiet">{residency.kept(me.home_region)}</p>
            </div>
          </section>
        )}
      </div>
    </Shell>
  );
}
