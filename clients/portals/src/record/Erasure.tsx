import type { ErasureCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';

/** What an erasure takes and what it leaves, and the request for one. The clinic carries it out. */
export function Erasure() {
  const words = useStrings().record.erasure;
  const bedside = useBedside();
  const announce = useAnnounce();
  // `undefined` until the hub has said whether one waits.
  const [card, setCard] = useState<ErasureCard | null | undefined>(undefined);
  const [isAsking, setAsking] = useState(false);
  const [isNew, setNew] = useState(false);
  const { run: look, trouble } = useAction(async () => {
    setCard((await bedside.call('record.read_erasure', {})).erasure ?? null);
  });
  useEffect(() => void look(), [look]);
  const ask = useAction(async () => {
    const asked = await bedside.call('record.ask_erasure', {});
    setCard(asked);
    setNew(true);
    setAsking(false);
    announce(words.asked);
  });
  return (
    <section className={classes.card} aria-labelledby="erasure">
      <div>
        <h2 id="erasure">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <Points title={words.goes} points={words.goesList} />
      <Points title={words.stays} points={words.staysList} />
      <Points title={words.next} points={words.nextList} isOrdered />
      {card ? <Asked card={card} isNew={isNew} /> : null}
      {card ? null : <TroubleNote trouble={trouble} />}
      {/* Asking again changes nothing: who could not be told may ask. */}
      {card === null || (card === undefined && trouble) ? (
        <div>
          <Act onClick={() => setAsking(true)}>{words.ask}</Act>
        </div>
      ) : null}
      <Confirm
        title={words.askTitle}
        body={words.askBody}
        confirm={words.askConfirm}
        keep={words.keep}
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

interface AskedProps {
  card: ErasureCard;
  /** It was asked for just now, on this page. */
  isNew: boolean;
}

/** Where the request stands. */
function Asked({ card, isNew }: AskedProps) {
  const words = useStrings().record.erasure;
  const time = useTime();
  const now = useNow(60_000);
  const title = useRef<HTMLHeadingElement>(null);
  // The button that the dialog would give the focus back to is gone.
  useEffect(() => {
    if (isNew) title.current?.focus();
  }, [isNew]);
  const { not_before, is_held, state, asked_at } = card;
  const isKept = not_before !== undefined && not_before > now;
  return (
    <div className={classes.asked}>
      <h3 ref={title} tabIndex={-1}>
        {words.asked}
      </h3>
      <p>{words.askedAt(time.dayAndClock(asked_at, now))}</p>
      {state === 'done' ? <p>{words.done}</p> : null}
      {is_held ? <p>{words.held}</p> : null}
      {isKept ? <p>{words.until(time.date(not_before))}</p> : null}
      {state === 'done' || is_held || isKept ? null : <p>{words.waits}</p>}
      <p>
        {words.undo} <Link to="/messages">{words.write}</Link>
      </p>
    </div>
  );
}
