import type { Me } from '@bedside/client';
import { useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { Factors } from './Factors.tsx';
import { Identities } from './Identities.tsx';
import { Sessions } from './Sessions.tsx';
import { SignIns } from './SignIns.tsx';

/** How somebody signs in, and who did. */
export function AccountPage({ me }: { me: Me }) {
  const { audit } = useStrings();
  useTitle(audit.account.title);
  return (
    <Shell width="narrow" large={me.role === 'patient'}>
      <div className={classes.page}>
        <h1>{audit.account.title}</h1>
        <Factors />
        <Identities />
        <Sessions />
        <SignIns me={me} />
      </div>
    </Shell>
  );
}
