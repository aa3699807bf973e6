import { BedsideError, type Sharing as Shared, type SharingState } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox, NativeSelect } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';
import { SharingHistory } from './SharingHistory.tsx';
import {
  AUDIENCES,
  CLASSES,
  type Difference,
  differences,
  HELPED,
  isNarrower,
  merge,
} from './share.ts';

/** What a patient shares, class by class, with whom. */
export function Sharing() {
  const { sharing: words, common } = useStrings();
  const bedside = useBedside();
  const [first, setFirst] = useState<SharingState | null>(null);
  const { run: load, trouble } = useAction(async () => {
    setFirst(await bedside.call('sharing.read', {}));
  });
  useEffect(() => void load(), [load]);
  return (
    <section className={classes.card} aria-labelledby="sharing">
      <div>
        <h2 id="sharing">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <TroubleNote trouble={trouble}>
        <Act onClick={() => load()}>{common.tryAgain}</Act>
      </TroubleNote>
      {first ? <SharingForm first={first} /> : trouble ? null : <PageSkeleton />}
    </section>
  );
}

/** What is chosen, with what it is based on: the revision that was seen last. */
function useSharing(first: SharingState) {
  const bedside = useBedside();
  const words = useStrings().sharing;
  const announce = useAnnounce();
  const [seen, setSeen] = useState(first);
  const [chosen, setChosen] = useState(first.sharing);
  const [isConflict, setConflict] = useState(false);
  const save = useAction(async () => {
    try {
      const saved = await bedside.call('sharing.update', {
        revision: seen.revision,
        sharing: chosen,
      });
      setSeen(saved);
      setChosen(saved.sharing);
      setConflict(false);
      announce(words.saved);
    } catch (error) {
      if (!(error instanceof BedsideError) || error.code !== 'conflict') throw error;
      const theirs = await bedside.call('sharing.read', {});
      setChosen(merge(seen.sharing, chosen, theirs.sharing));
      setSeen(theirs);
      setConflict(true);
    }
  });
  const change = (next: Partial<Shared>) => setChosen((before) => ({ ...before, ...next }));
  const discard = () => {
    setChosen(seen.sharing);
    setConflict(false);
    save.clear();
    announce(words.discarded);
  };
  return { seen, chosen, change, discard, isConflict, save };
}

function SharingForm({ first }: { first: SharingState }) {
  const words = useStrings().sharing;
  const { seen, chosen, change, discard, isConflict, save } = useSharing(first);
  const changes = differences(seen.sharing, chosen);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save.run();
  };
  return (
    <form className={classes.shares} onSubmit={submit} noValidate>
      <Held state={seen} />
      {isConflict ? (
        <div className={classes.asked} role="alert" data-code="conflict">
          <p>
            <strong>{words.conflict}</strong>
          </p>
          <p>{words.conflictBody}</p>
        </div>
      ) : null}
      <details className={classes.who}>
        <summary>{words.who}</summary>
        <ul className={classes.points}>
          {words.whoList.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      </details>
      <Classes chosen={chosen} onChange={change} />
      <Helpers chosen={chosen} onChange={change} />
      {changes.length > 0 ? <Changes changes={changes} /> : null}
      <TroubleNote trouble={save.trouble} />
      <div className={classes.ways}>
        <Act type="submit" tone="main" large loading={save.isRunning}>
          {words.save}
        </Act>
        {changes.length > 0 ? (
          <>
            <Act tone="bare" onClick={discard}>
              {words.discard}
            </Act>
            <span className="quiet">{words.unsaved}</span>
          </>
        ) : null}
      </div>
      <SharingHistory />
    </form>
  );
}

/** Since when it holds, or that nothing was chosen yet. */
function Held({ state }: { state: SharingState }) {
  const words = useStrings().sharing;
  const time = useTime();
  const now = useNow(60_000);
  const { revision, at } = state;
  if (revision === 0) return <p className={classes.busy}>{words.never}</p>;
  return at === undefined ? null : (
    <p className="quiet" data-testid="shared-since">
      {words.since(time.dayAndClock(at, now))}
    </p>
  );
}

interface PartProps {
  chosen: Shared;
  onChange: (next: Partial<Shared>) => void;
}

function Classes({ chosen, onChange }: PartProps) {
  const words = useStrings().sharing;
  return (
    <ul className={classes.list}>
      {CLASSES.map((it) => {
        const { title, body } = words.classes[it];
        return (
          <li key={it} className={classes.share} data-class={it}>
            <div>
              <h3>{title}</h3>
              <p className="quiet">{body}</p>
            </div>
            <NativeSelect
              size="md"
              aria-label={words.withOf(title)}
              value={chosen[it]}
              data={AUDIENCES.map((value) => ({ value, label: words.audiences[value] }))}
              onChange={(event) => {
                const next = AUDIENCES.find((one) => one === event.currentTarget.value);
                if (next) onChange({ [it]: next });
              }}
            />
          </li>
        );
      })}
    </ul>
  );
}

function Helpers({ chosen, onChange }: PartProps) {
  const words = useStrings().sharing;
  const { helpers } = chosen;
  return (
    <fieldset className={classes.helpers}>
      <legend>{words.helpers}</legend>
      <p className="quiet">{words.helpersLead}</p>
      {HELPED.map((it) => (
        <Checkbox
          key={it}
          size="md"
          label={words.helped[it]}
          checked={helpers[it]}
          onChange={(event) =>
            onChange({ helpers: { ...helpers, [it]: event.currentTarget.checked } })
          }
        />
      ))}
    </fieldset>
  );
}

function Changes({ changes }: { changes: readonly Difference[] }) {
  const words = useStrings().sharing;
  return (
    <section className={classes.asked} aria-labelledby="sharing-changes">
      <h3 id="sharing-changes">{words.changes}</h3>
      <DifferenceList changes={changes} />
      {changes.some(isNarrower) ? <p>{words.narrower}</p> : null}
    </section>
  );
}

/** What differs, a sentence each. */
export function DifferenceList({ changes }: { changes: readonly Difference[] }) {
  const words = useStrings().sharing;
  const told = (it: Difference) => {
    if (it.kind === 'class') {
      const { before, now } = it;
      return words.change(
        words.classes[it.of].title,
        words.audiences[before],
        words.audiences[now],
      );
    }
    const said = (yes: boolean) => (yes ? words.yes : words.no);
    return words.change(`${words.helpers}, ${words.helped[it.of]}`, said(it.before), said(it.now));
  };
  return (
    <ul className={classes.points}>
      {changes.map((it) => (
        <li key={`${it.kind} ${it.of}`}>{told(it)}</li>
      ))}
    </ul>
  );
}
