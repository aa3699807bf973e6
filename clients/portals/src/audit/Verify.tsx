import type { Me } from '@bedside/client';
import type { ShownEntry, WhyNot } from '@bedside/client/audit';
import { useBedside, useStore } from '@bedside/client/react';
import { IconAlertTriangle, IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Link } from '../app/router.tsx';
import { Act } from '../parts/Act.tsx';
import { download } from '../parts/download.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import {
  type Alarm,
  alarmOf,
  type Compared,
  compare,
  firstSeen,
  keepSeen,
  readHead,
  type Seen,
} from './memory.ts';

type Result =
  | { kind: 'no'; whyNot: WhyNot }
  | { kind: 'alarm'; alarm: Alarm; before: number; now: number }
  | { kind: 'yes'; entry: number; seen: Seen; hash: string; compared: Compared };

/** Whether an entry is genuine, found out in this browser when somebody asks for it. */
export function Verify({ shown }: { shown: ShownEntry }) {
  const { audit } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [result, setResult] = useState<Result | null>(null);
  const check = useAction(async () => {
    setResult(null);
    const { verifyEntry } = await import('@bedside/client/audit');
    const head = await readHead(bedside);
    if ('whyNot' in head) return setResult({ kind: 'no', whyNot: head.whyNot });
    const { key } = head.checkpoint;
    const proof = await bedside.call('audit.prove', { audit_id: shown.audit_id });
    const verdict = await verifyEntry(shown, proof, key);
    if (!verdict.isProven) return setResult({ kind: 'no', whyNot: verdict.whyNot });
    const before = firstSeen();
    // Both were signed; a log with two faces may show one in each.
    for (const now of [head.seen, verdict.head]) {
      const alarm = alarmOf(await compare(before, now, key));
      // What was published may be some seconds older than what was first seen.
      if (!alarm || (alarm === 'shorter' && now === verdict.head)) continue;
      return setResult({ kind: 'alarm', alarm, before: before?.size ?? 0, now: now.size });
    }
    const compared = await compare(before, head.seen, key);
    if (compared === 'first') keepSeen(head.seen);
    setResult({ kind: 'yes', entry: proof.entry, seen: head.seen, hash: verdict.hash, compared });
    announce(audit.proof.proven);
  });
  return (
    <section className={classes.proof} aria-labelledby="proof-title">
      <h3 id="proof-title">{audit.proof.title}</h3>
      <p className="quiet">{audit.proof.lead}</p>
      <TroubleNote trouble={check.trouble} />
      {result ? <Outcome result={result} /> : null}
      {result?.kind === 'yes' ? null : (
        <div>
          <Act
            icon={<IconShieldQuestion aria-hidden size={20} />}
            onClick={() => check.run()}
            loading={check.isRunning}
          >
            {check.isRunning ? audit.proof.checking : audit.proof.verify}
          </Act>
        </div>
      )}
    </section>
  );
}

function Outcome({ result }: { result: Result }) {
  const { audit, language } = useStrings();
  const words = audit.proof;
  const number = new Intl.NumberFormat(language);
  switch (result.kind) {
    case 'no':
      return (
        <Warning
          title={words.failed}
          body={words.whyNot[result.whyNot]}
          isMild={result.whyNot === 'unsupported'}
        />
      );
    case 'alarm':
      return (
        <Warning title={words.alarm} body={alarmText(result, words.changed, number)}>
          <WhomToTell />
        </Warning>
      );
    case 'yes': {
      const { entry, seen, compared } = result;
      return (
        <div className={classes.proven} role="status">
          <p className={classes.provenTitle}>
            <IconShieldCheck aria-hidden size={22} />
            {words.proven}
          </p>
          <p>
            {words.provenBody(number.format(entry), number.format(seen.size), seen.origin)}{' '}
            {compared === 'first' ? words.first : compared === 'same' ? words.known : words.grown}
          </p>
          <Experts seen={seen} hash={result.hash} />
        </div>
      );
    }
  }
}

export function alarmText(
  { alarm, before, now }: { alarm: Alarm; before: number; now: number },
  words: ReturnType<typeof useStrings>['audit']['proof']['changed'],
  number: Intl.NumberFormat,
): string {
  return alarm === 'shorter'
    ? words.shorter(number.format(before), number.format(now))
    : words[alarm];
}

export function Warning({
  title,
  body,
  isMild = false,
  children,
}: {
  title: string;
  body: string;
  isMild?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={classes.warning} data-mild={isMild || undefined} role="alert">
      <p className={classes.warningTitle}>
        <IconAlertTriangle aria-hidden size={22} />
        {title}
      </p>
      <p>{body}</p>
      {children}
    </div>
  );
}

/** Where somebody goes with what was found. */
export function WhomToTell() {
  const { audit } = useStrings();
  const me: Me | null = useStore(useBedside().me);
  return me?.role === 'admin' ? (
    <p>{audit.proof.tellAdmin}</p>
  ) : (
    <p>
      <Link to="/messages">{audit.proof.tell}</Link>
    </p>
  );
}

/** Numbers that can be compared with those that somebody else has. */
export function Experts({ seen, hash }: { seen: Seen; hash?: string }) {
  const { audit } = useStrings();
  const words = audit.proof;
  return (
    <details className={classes.experts}>
      <summary>{words.technical}</summary>
      <dl className={classes.codes}>
        {hash === undefined ? null : (
          <div>
            <dt>{words.hash}</dt>
            <dd>
              <code>{hash}</code>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.root}</dt>
          <dd>
            <code>{seen.root}</code>
          </dd>
        </div>
        <div>
          <dt>{words.key}</dt>
          <dd>
            <code>{seen.key}</code>
          </dd>
        </div>
      </dl>
      <Act onClick={() => download('checkpoint', seen.note, 'text/plain')}>{words.save}</Act>
      <p className="quiet">{words.saveHint}</p>
    </details>
  );
}
