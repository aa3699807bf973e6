import type { KeptElsewhere } from '@bedside/client';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTitle } from '../app/hooks.ts';
import type { FaultWords } from '../strings/en-faults.ts';
import { useStrings } from '../strings/index.ts';
import classes from './parts.module.css';
import type { Trouble } from './trouble.ts';

/** What a code means just here, where the general words would mislead. */
export type TroubleWords = Partial<Record<Trouble['code'], FaultWords>>;

export interface TroubleNoteProps {
  trouble: Trouble | null;
  words?: TroubleWords | undefined;
  children?: ReactNode;
}

/** What went wrong, in a box beside what was tried. */
export function TroubleNote({ trouble, words: here, children }: TroubleNoteProps) {
  const { faults, common } = useStrings();
  if (!trouble) return null;
  // A newer hub may have codes that this page has no words for.
  // The code may stand in an address that anybody can write: what every object has is no code.
  const known = Object.hasOwn(faults, trouble.code) ? faults[trouble.code] : faults.internal;
  const words = (here && Object.hasOwn(here, trouble.code) ? here[trouble.code] : null) ?? known;
  return (
    <div className={classes.trouble} role="alert" data-code={trouble.code}>
      <IconAlertTriangle aria-hidden className={classes.troubleIcon} />
      <div>
        <p className={classes.troubleTitle}>{words.title}</p>
        <p>{words.body}</p>
        {trouble.elsewhere ? <There elsewhere={trouble.elsewhere} /> : null}
        {trouble.number === undefined ? null : (
          <p className={classes.code}>{common.code(trouble.number)}</p>
        )}
        {children}
      </div>
    </div>
  );
}

/** The way to where somebody is kept, when the hub knows it. */
function There({ elsewhere: { region, url } }: { elsewhere: KeptElsewhere }) {
  const words = useStrings().residency;
  return (
    <p>
      {url === undefined ? words.unknownPlace(region) : <a href={url}>{words.goThere(region)}</a>}
    </p>
  );
}

export interface TroublePageProps {
  title: string;
  body: string;
  number?: number | undefined;
  children?: ReactNode;
}

/** A whole screen for a state in which there is nothing else to do: one sentence, one button. */
export function MessagePage({ title, body, number, children }: TroublePageProps) {
  const { common } = useStrings();
  useTitle(title);
  return (
    <div className={classes.message}>
      <h1>{title}</h1>
      <p className={classes.lead}>{body}</p>
      {children ? <div className={classes.actions}>{children}</div> : null}
      {number === undefined ? null : <p className={classes.code}>{common.code(number)}</p>}
    </div>
  );
}
