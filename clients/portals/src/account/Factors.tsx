import type { Factor, FactorAdded, Factors as FactorsNow } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconDeviceMobile, IconFingerprint } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { AddApp, AddPasskey } from './AddFactor.tsx';
import classes from './account.module.css';
import { hasPasskeys } from './passkey.ts';
import { RecoveryCodes } from './RecoveryCodes.tsx';

type Open = { kind: 'app' } | { kind: 'passkey' } | { kind: 'codes'; codes: readonly string[] };

export interface FactorsProps {
  /** Told when the first one is there. */
  onEnrolled?: () => void;
  /** Told how many there are whenever they were read. */
  onListed?: (count: number) => void;
}

/** Ways to show that it is oneself, besides the password. */
export function Factors({ onEnrolled, onListed }: FactorsProps) {
  const { account, common } = useStrings();
  const words = account.factors;
  const bedside = useBedside();
  const [now, setNow] = useState<FactorsNow | null>(null);
  const [open, setOpen] = useState<Open | null>(null);
  const { run: load, trouble } = useAction(async () => {
    const listed = await bedside.call('factor.list', {});
    setNow(listed);
    onListed?.(listed.factors.length);
  });
  useEffect(() => void load(), [load]);
  const added = ({ recovery_codes: codes = [] }: FactorAdded) => {
    void load();
    if (codes.length > 0) setOpen({ kind: 'codes', codes });
    else close();
  };
  const close = () => {
    setOpen(null);
    onEnrolled?.();
  };
  const titles = {
    app: account.app.title,
    passkey: account.passkey.title,
    codes: account.codes.title,
  };
  return (
    <section className={classes.card} aria-labelledby="factors">
      <div>
        <h2 id="factors">{words.title}</h2>
        <p className="quiet">
          {words.lead} {now?.is_required ? words.required : null}
        </p>
      </div>
      <TroubleNote trouble={trouble}>
        <Act onClick={() => load()}>{common.tryAgain}</Act>
      </TroubleNote>
      {open?.kind === 'codes' ? (
        // Not in a dialog, which a slip of the hand closes: they are shown once.
        <>
          <h3>{account.codes.title}</h3>
          <RecoveryCodes codes={open.codes} onKept={close} />
        </>
      ) : now ? (
        <Listed now={now} onOpen={setOpen} onChanged={load} />
      ) : trouble ? null : (
        <PageSkeleton />
      )}
      <Sheet
        title={open ? titles[open.kind] : ''}
        isOpen={open !== null && open.kind !== 'codes'}
        onClose={close}
      >
        {open?.kind === 'app' ? <AddApp onAdded={added} /> : null}
        {open?.kind === 'passkey' ? <AddPasskey onAdded={added} /> : null}
      </Sheet>
    </section>
  );
}

interface ListedProps {
  now: FactorsNow;
  onOpen: (open: Open) => void;
  onChanged: () => void;
}

function Listed({ now, onOpen, onChanged }: ListedProps) {
  const words = useStrings().account.factors;
  return (
    <>
      {now.factors.length === 0 ? <p>{words.none}</p> : null}
      <ul className={classes.list}>
        {now.factors.map((it) => (
          <FactorRow key={it.factor_id} factor={it} onRemoved={onChanged} />
        ))}
      </ul>
      <div className={classes.ways}>
        <Act
          icon={<IconDeviceMobile aria-hidden size={20} />}
          onClick={() => onOpen({ kind: 'app' })}
        >
          {words.addApp}
        </Act>
        {hasPasskeys() ? (
          <Act
            icon={<IconFingerprint aria-hidden size={20} />}
            onClick={() => onOpen({ kind: 'passkey' })}
          >
            {words.addPasskey}
          </Act>
        ) : (
          <span className="quiet">{words.noPasskeys}</span>
        )}
      </div>
      {now.factors.length > 0 ? (
        <Recovery
          left={now.recovery_codes_left}
          onCodes={(codes) => {
            onOpen({ kind: 'codes', codes });
            onChanged();
          }}
        />
      ) : null}
    </>
  );
}

function FactorRow({ factor, onRemoved }: { factor: Factor; onRemoved: () => void }) {
  const { account } = useStrings();
  const words = account.factors;
  const bedside = useBedside();
  const announce = useAnnounce();
  const time = useTime();
  const now = useNow(60_000);
  const [isAsking, setAsking] = useState(false);
  const remove = useAction(async () => {
    await bedside.call('factor.remove', { factor_id: factor.factor_id });
    setAsking(false);
    announce(words.removed);
    onRemoved();
  });
  const used = factor.last_used_at;
  return (
    <li className={classes.row}>
      <div>
        <p className={classes.strong}>{factor.name}</p>
        <p className="quiet">
          {words.kinds[factor.kind]}. {words.since(time.day(factor.created_at, now))},{' '}
          {used === undefined ? words.unused : words.used(time.relative(used, now))}.
        </p>
      </div>
      <Act tone="bare" onClick={() => setAsking(true)} aria-label={words.removeOf(factor.name)}>
        {words.remove}
      </Act>
      <Confirm
        title={words.removeTitle(factor.name)}
        body={words.removeBody}
        confirm={words.removeConfirm}
        keep={words.keep}
        isOpen={isAsking}
        isRunning={remove.isRunning}
        trouble={remove.trouble}
        words={words.refused}
        onConfirm={() => remove.run()}
        onClose={() => setAsking(false)}
      />
    </li>
  );
}

function Recovery({ left, onCodes }: { left: number; onCodes: (codes: string[]) => void }) {
  const words = useStrings().account.factors;
  const bedside = useBedside();
  const [isAsking, setAsking] = useState(false);
  const renew = useAction(async () => {
    const { recovery_codes } = await bedside.call('factor.renew_recovery', {});
    setAsking(false);
    onCodes(recovery_codes);
  });
  return (
    <div className={classes.ways}>
      <span>{words.codesLeft(left)}</span>
      <Act tone="bare" onClick={() => setAsking(true)}>
        {words.renew}
      </Act>
      <Confirm
        title={words.renewTitle}
        body={words.renewBody}
        confirm={words.renewConfirm}
        keep={words.keep}
        isOpen={isAsking}
        isRunning={renew.isRunning}
        trouble={renew.trouble}
        onConfirm={() => renew.run()}
        onClose={() => setAsking(false)}
      />
    </div>
  );
}
