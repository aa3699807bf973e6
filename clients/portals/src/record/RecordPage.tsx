import { useTitle } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { useStrings } from '../strings/index.ts';
import { Consents } from './Consents.tsx';
import { Copy } from './Copy.tsx';
import { Erasure } from './Erasure.tsx';
import classes from './record.module.css';

/** What patients can do with what is kept about them. */
export function RecordPage() {
  const words = useStrings().record;
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
        <Consents />
        <Copy />
        <Erasure />
      </div>
    </Shell>
  );
}
