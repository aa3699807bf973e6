import type { ErasureCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';

/** What an erasure takes and what it leaves, and the request for one. The clinic carries it out. */
export function Erasure() {
  const words = useStrings().record.erasure;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [card, setCard] = useState<ErasureCard | null>(null);
  const [isAsking, setAsking] = useState(false);
  const ask = useAction(async () => {
    const asked = await bedside.call('record.ask_erasure', {});
    setCard(asked);
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
      {card ? (
        <Asked card={card} />
      ) : (
        <>
          <div>
            <Act onClick={() => setAsking(true)}>{words.ask}</Act>
          </div>
          <p className="quiet">{words.again}</p>
        </>
      )}
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

/** Where the request stands, as the hub said when it was asked. */
function Asked({ card }: { card: ErasureCard }) {
  const words = useStrings().record.erasure;
  const time = useTime();
  const now = useNow(60_000);
  const title = useRef<HTMLHeadingElement>(null);
  // The button that the dialog would give the focus back to is gone.
  useEffect(() => title.current?.focus(), []);
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
