import { useBedside, useStore } from '@bedside/client/react';
import { useTitle } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { useStrings } from '../strings/index.ts';
import { Consents } from './Consents.tsx';
import { Copy } from './Copy.tsx';
import { Erasures } from './Erasures.tsx';
import classes from './record.module.css';
import { Sharing } from './Sharing.tsx';

/** What patients can do with what is kept about them. */
export function RecordPage() {
  const { record: words, residency } = useStrings();
  const home = useStore(useBedside().me)?.home_region;
  useTitle(words.title);
  return (
    <Shell width="narrow" large>
      <div className={classes.page}>
        <div className={classes.intro}>
          <h1>{words.title}</h1>
          <p>{words.lead}</p>
          <p className="quiet">
            {words.accessLead} <Link to="/access">{words.access}</Link>.
          </p>
        </div>
        {home === undefined ? null : (
          <section>
            <h2>{residency.title}</h2>
            <p>{residency.kept(home)}</p>
          </section>
        )}
        <Consents />
        <Sharing />
        <Copy />
        <Erasures />
      </div>
    </Shell>
  );
}
