import type { ConsentCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { placeName } from '../format/places.ts';
import { Act } from '../parts/Act.tsx';
import { Chip, type ChipTone } from '../parts/Chip.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { PlaceSelect } from '../parts/PlaceSelect.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';

const TONES: Record<ConsentCard['state'], ChipTone> = {
  missing: 'plain',
  given: 'good',
  withdrawn: 'act',
};

export interface ConsentsProps {
  /** Shows those alone without which no visit is entered. */
  requiredOnly?: boolean;
}

/** What a patient agrees to, as it holds by the law of a place. */
export function Consents({ requiredOnly = false }: ConsentsProps) {
  const words = useStrings().record.consents;
  const [place, setPlace] = useState<string | null>(null);
  return (
    <section className={classes.card} aria-labelledby="consents">
      <div>
        <h2 id="consents">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <PlaceSelect
        label={words.place}
        description={words.placeHint}
        value={place}
        none={words.own}
        onChange={setPlace}
      />
      <Listed key={place} place={place} requiredOnly={requiredOnly} />
    </section>
  );
}

function Listed({ place, requiredOnly }: { place: string | null; requiredOnly: boolean }) {
  const { common } = useStrings();
  const bedside = useBedside();
  const [cards, setCards] = useState<readonly ConsentCard[] | null>(null);
  const { run: load, trouble } = useAction(async () => {
    const params = place === null ? {} : { jurisdiction: place };
    setCards((await bedside.call('consent.list', params)).consents);
  });
  useEffect(() => void load(), [load]);
  const changed = (card: ConsentCard) =>
    setCards((before) => before?.map((it) => (it.kind === card.kind ? card : it)) ?? null);
  const shown = requiredOnly ? cards?.filter((it) => it.is_required) : cards;
  return (
    <>
      <TroubleNote trouble={trouble}>
        <Act onClick={() => load()}>{common.tryAgain}</Act>
      </TroubleNote>
      {shown ? (
        <ul className={classes.list}>
          {shown.map((it) => (
            <Consent key={it.kind} card={it} onChanged={changed} onStale={() => void load()} />
          ))}
        </ul>
      ) : trouble ? null : (
        <PageSkeleton />
      )}
    </>
  );
}

interface ConsentProps {
  card: ConsentCard;
  onChanged: (card: ConsentCard) => void;
  /** Another text holds now. */
  onStale: () => void;
}

function Consent({ card, onChanged, onStale }: ConsentProps) {
  const { record, language } = useStrings();
  const words = record.consents;
  const what = words.kinds[card.kind];
  const law = card.jurisdiction === '' ? '' : placeName(card.jurisdiction, language);
  const text = words.version(card.version, law);
  const isGiven = card.state === 'given';
  // The dialog stays what it was opened as until it is gone.
  const [asking, setAsking] = useState({ isOpen: false, isWithdrawal: false });
  return (
    <li className={classes.consent} data-kind={card.kind}>
      <div className={classes.head}>
        <h3>{what.title}</h3>
        <span className={classes.chips}>
          {card.is_required ? <Chip tone="brand">{words.required}</Chip> : null}
          <Chip tone={TONES[card.state]}>{words.states[card.state]}</Chip>
        </span>
      </div>
      <p>{what.body}</p>
      <p className="quiet">
        {text}. <Since card={card} />
      </p>
      <div>
        <Act
          tone={isGiven ? 'bare' : card.is_required ? 'main' : 'quiet'}
          aria-label={isGiven ? words.withdrawOf(what.title) : words.giveOf(what.title)}
          onClick={() => setAsking({ isOpen: true, isWithdrawal: isGiven })}
        >
          {isGiven ? words.withdraw : words.give}
        </Act>
      </div>
      <Decide
        card={card}
        text={text}
        isOpen={asking.isOpen}
        isWithdrawal={asking.isWithdrawal}
        onChanged={onChanged}
        onStale={onStale}
        onClose={() => setAsking({ ...asking, isOpen: false })}
      />
    </li>
  );
}

function Since({ card }: { card: ConsentCard }) {
  const words = useStrings().record.consents;
  const time = useTime();
  const now = useNow(60_000);
  if (card.at === undefined) return null;
  const when = time.dayAndClock(card.at, now);
  if (card.state === 'given') return words.since(when);
  return card.state === 'withdrawn' ? words.until(when) : words.older(when);
}

interface DecideProps extends ConsentProps {
  text: string;
  isOpen: boolean;
  isWithdrawal: boolean;
  onClose: () => void;
}

/** Asks once more, with what follows. */
function Decide(props: DecideProps) {
  const { card, text, isOpen, isWithdrawal, onChanged, onStale, onClose } = props;
  const words = useStrings().record.consents;
  const bedside = useBedside();
  const announce = useAnnounce();
  const { title, withdrawn } = words.kinds[card.kind];
  const { kind, jurisdiction, version } = card;
  const decide = useAction(async () => {
    const next = isWithdrawal
      ? await bedside.call('consent.withdraw', { kind, jurisdiction })
      : await bedside.call('consent.give', { kind, jurisdiction, version });
    onChanged(next);
    onClose();
    announce(isWithdrawal ? words.taken(title) : words.given(title));
  });
  const close = () => {
    if (decide.trouble?.code === 'invalid_value') onStale();
    decide.clear();
    onClose();
  };
  if (isWithdrawal) {
    return (
      <Confirm
        title={words.withdrawTitle(title)}
        body={withdrawn}
        confirm={words.withdrawConfirm}
        keep={words.keep}
        isOpen={isOpen}
        isRunning={decide.isRunning}
        trouble={decide.trouble}
        onConfirm={() => decide.run()}
        onClose={close}
      />
    );
  }
  return (
    <Sheet title={words.giveTitle(title)} isOpen={isOpen} onClose={close}>
      <div className={classes.page}>
        <p>{words.giveBody(text)}</p>
        <TroubleNote trouble={decide.trouble} words={words.refused} />
        <div className={classes.ways}>
          <Act onClick={close} data-autofocus>
            {words.later}
          </Act>
          <Act tone="main" onClick={() => decide.run()} loading={decide.isRunning}>
            {words.giveConfirm}
          </Act>
        </div>
      </div>
    </Sheet>
  );
}
