import type { ErasureCard, ErasureScope } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useRef, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Trouble, useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';

export interface ErasureProps {
  scope: ErasureScope;
  /** The one that stands; absent when none was asked for, or nobody knows yet. */
  card: ErasureCard | undefined;
  /** Whether the hub has said what stands. */
  isKnown: boolean;
  /** Why it has not. */
  trouble: Trouble | null;
  onAsked: (card: ErasureCard) => void;
}

/** What an erasure takes and what it leaves, and the request for one. The clinic carries it out. */
export function Erasure({ scope, card, isKnown, trouble, onAsked }: ErasureProps) {
  const common = useStrings().record.erasure;
  const words = common[scope];
  const bedside = useBedside();
  const [isAsking, setAsking] = useState(false);
  const [isNew, setNew] = useState(false);
  const ask = useAction(async () => {
    // A hub of before knows one erasure, and takes no word about how much.
    const of = scope === 'everything' ? {} : { scope };
    onAsked(await bedside.call('record.ask_erasure', of));
    setNew(true);
    setAsking(false);
  });
  const stands = card !== undefined && card.state === 'asked';
  // Asking again changes nothing: who could not be told may ask.
  const mayAsk = !stands && (isKnown || trouble !== null);
  return (
    <section className={classes.card} aria-labelledby={`erasure-${scope}`}>
      <div>
        <h2 id={`erasure-${scope}`}>{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <Points title={common.goes} points={words.goesList} />
      <Points title={common.stays} points={words.staysList} />
      <Points title={common.next} points={words.nextList} isOrdered />
      {card ? <Standing card={card} scope={scope} isNew={isNew} /> : null}
      {isKnown ? null : <TroubleNote trouble={trouble} />}
      {mayAsk ? (
        <div>
          <Act onClick={() => setAsking(true)}>{words.ask}</Act>
        </div>
      ) : null}
      <Confirm
        title={words.askTitle}
        body={words.askBody}
        confirm={words.askConfirm}
        keep={common.keep}
        isOpen={isAsking}
        isRunning={ask.isRunning}
        trouble={ask.trouble}
        onConfirm={() => ask.run()}
        onClose={() => setAsking(false)}
      />
    </section>
  );
}

interface PointsProps {
  title: string;
  points: readonly string[];
  isOrdered?: boolean;
}

function Points({ title, points, isOrdered = false }: PointsProps) {
  const List = isOrdered ? 'ol' : 'ul';
  return (
    <div>
      <h3>{title}</h3>
      <List className={isOrdered ? classes.steps : classes.points}>
        {points.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </List>
    </div>
  );
}

interface StandingProps {
  card: ErasureCard;
  scope: ErasureScope;
  /** It was asked for just now, on this page. */
  isNew: boolean;
}

/** Where it stands: asked for, or carried out. */
function Standing({ card, scope, isNew }: StandingProps) {
  const words = useStrings().record.erasure;
  const title = useRef<HTMLHeadingElement>(null);
  // The button that the dialog would give the focus back to is gone.
  useEffect(() => {
    if (isNew) title.current?.focus();
  }, [isNew]);
  const isDone = card.state === 'done';
  return (
    <div className={classes.asked}>
      <h3 ref={title} tabIndex={-1}>
        {isDone ? words[scope].done : words[scope].asked}
      </h3>
      {isDone ? <Done card={card} /> : <Asked card={card} />}
    </div>
  );
}

function Done({ card: { done_at, left_out } }: { card: ErasureCard }) {
  const words = useStrings().record.erasure;
  const time = useTime();
  const now = useNow(60_000);
  return (
    <>
      {done_at === undefined ? null : <p>{words.doneAt(time.dayAndClock(done_at, now))}</p>}
      {left_out ? <p>{words.leftOut(left_out)}</p> : null}
    </>
  );
}

function Asked({ card }: { card: ErasureCard }) {
  const words = useStrings().record.erasure;
  const time = useTime();
  const now = useNow(60_000);
  const { not_before, is_held, asked_at, conversations, left_out } = card;
  const isKept = not_before !== undefined && not_before > now;
  return (
    <>
      <p>{words.askedAt(time.dayAndClock(asked_at, now))}</p>
      {conversations === undefined ? null : <p>{words.would(conversations)}</p>}
      {left_out ? <p>{words.wouldStay(left_out)}</p> : null}
      {is_held ? <p>{words.held}</p> : null}
      {isKept ? <p>{words.until(time.date(not_before))}</p> : null}
      {is_held || isKept ? null : <p>{words.waits}</p>}
      <p>
        {words.undo} <Link to="/messages">{words.write}</Link>
      </p>
    </>
  );
}
