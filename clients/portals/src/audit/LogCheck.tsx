import { useBedside } from '@bedside/client/react';
import { IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import {
  type Alarm,
  alarmOf,
  compare,
  firstSeen,
  isContained,
  keepSeen,
  readHead,
  type Seen,
} from './memory.ts';
import { alarmText, Experts, Warning, WhomToTell } from './Verify.tsx';

type Result =
  | { kind: 'told'; text: string; isGood: boolean; seen: Seen }
  | { kind: 'whyNot'; text: string; isMild: boolean }
  | { kind: 'alarm'; alarm: Alarm; seen: Seen; before: number };

/** Whether the log is the one that this browser first saw, for whoever looks after it. */
export function LogCheck() {
  const { audit, language } = useStrings();
  const words = audit.log;
  const bedside = useBedside();
  const number = new Intl.NumberFormat(language);
  const [first, setFirst] = useState(firstSeen);
  const [result, setResult] = useState<Result | null>(null);
  const check = useAction(async () => {
    setResult(null);
    const head = await readHead(bedside);
    if ('whyNot' in head) {
      const isMild = head.whyNot === 'unsupported';
      return setResult({ kind: 'whyNot', text: audit.proof.whyNot[head.whyNot], isMild });
    }
    const { seen } = head;
    const before = firstSeen();
    const compared = await compare(before, seen, seen.key);
    const told = (text: string, isGood = true) => setResult({ kind: 'told', text, isGood, seen });
    const alarm = alarmOf(compared);
    if (!before) {
      keepSeen(seen);
      setFirst(seen);
      return told(words.none);
    }
    if (alarm) return setResult({ kind: 'alarm', alarm, seen, before: before.size });
    if (compared === 'same') return told(words.same);
    const contained = await isContained(bedside, before, seen.key);
    const size = number.format(seen.size);
    if (contained === null) return told(words.untold(size), false);
    if (contained) return told(words.contained(size));
    setResult({ kind: 'alarm', alarm: 'continued_otherwise', seen, before: before.size });
  });
  const anew = (seen: Seen) => {
    keepSeen(seen);
    setFirst(seen);
    setResult({ kind: 'told', text: words.none, isGood: true, seen });
  };
  return (
    <section className={classes.card} aria-labelledby="log-title">
      <div className={classes.cardHead}>
        <div>
          <h2 id="log-title">{words.title}</h2>
          <p className="quiet">
            {words.lead} {first ? <Kept first={first} /> : null}
          </p>
        </div>
        <Act onClick={() => check.run()} loading={check.isRunning}>
          {check.isRunning ? words.checking : words.check}
        </Act>
      </div>
      <TroubleNote trouble={check.trouble} />
      {result ? <Outcome result={result} onAnew={anew} /> : null}
    </section>
  );
}

function Kept({ first }: { first: Seen }) {
  const { audit, language } = useStrings();
  const time = useTime();
  const now = useNow();
  const size = new Intl.NumberFormat(language).format(first.size);
  return <>{audit.log.kept(time.dayAndClock(first.at, now), size)}</>;
}

function Outcome({ result, onAnew }: { result: Result; onAnew: (seen: Seen) => void }) {
  const { audit, language } = useStrings();
  const [isAsking, setAsking] = useState(false);
  switch (result.kind) {
    case 'whyNot':
      return <Warning title={audit.proof.failed} body={result.text} isMild={result.isMild} />;
    case 'told':
      return (
        <div className={result.isGood ? classes.proven : classes.unsure} role="status">
          <p className={classes.told}>
            {result.isGood ? <IconShieldCheck aria-hidden size={22} /> : null}
            <span>{result.text}</span>
          </p>
          <Experts seen={result.seen} />
        </div>
      );
    case 'alarm': {
      const { seen, alarm, before } = result;
      const number = new Intl.NumberFormat(language);
      const body = alarmText({ alarm, before, now: seen.size }, audit.proof.changed, number);
      return (
        <Warning title={audit.proof.alarm} body={body}>
          <WhomToTell />
          <Experts seen={seen} />
          <div>
            <Act tone="bare" onClick={() => setAsking(true)}>
              {audit.log.forget}
            </Act>
          </div>
          <Confirm
            title={audit.log.forgetTitle}
            body={audit.log.forgetBody}
            confirm={audit.log.forgetConfirm}
            keep={audit.log.forgetKeep}
            isOpen={isAsking}
            isRunning={false}
            trouble={null}
            onConfirm={() => onAnew(seen)}
            onClose={() => setAsking(false)}
          />
        </Warning>
      );
    }
  }
}
