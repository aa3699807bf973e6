import type { IdentityCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';
import { useProviders } from './ProviderButtons.tsx';
import { useProviderBack } from './provider.ts';

/** Organisations that sign this account in. Not shown where there are none. */
export function Identities() {
  const words = useStrings().account.provider;
  const bedside = useBedside();
  const announce = useAnnounce();
  const providers = useProviders();
  const title = useRef<HTMLHeadingElement>(null);
  const [identities, setIdentities] = useState<readonly IdentityCard[] | null>(null);
  const { run: load, trouble } = useAction(async () => {
    setIdentities((await bedside.call('identity.list', {})).identities);
  });
  useEffect(() => void load(), [load]);
  const back = useProviderBack(async () => {
    await bedside.linkIdentity();
    announce(words.linked);
    await load();
  });
  const begin = useAction(async (id: string) => location.assign(await bedside.beginLink(id)));
  const unlinked = async () => {
    announce(words.unlinked);
    await load();
    // The button that had the focus is gone.
    title.current?.focus();
  };
  // One whom the settings do not name any more is still shown, so that it can be unlinked.
  const isShown = providers.length > 0 || (identities?.length ?? 0) > 0 || back !== null;
  if (!isShown) return null;
  const linked = identities?.map((it) => it.provider?.provider_id) ?? [];
  const others = identities ? providers.filter((it) => !linked.includes(it.provider_id)) : [];
  return (
    <section className={classes.card} aria-labelledby="identities">
      <div>
        <h2 id="identities" ref={title} tabIndex={-1}>
          {words.title}
        </h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <TroubleNote trouble={back ?? trouble ?? begin.trouble} />
      {identities?.length === 0 ? <p>{words.none}</p> : null}
      {identities && identities.length > 0 ? (
        <ul className={classes.list}>
          {identities.map((it) => (
            <Row key={it.identity_id} identity={it} onUnlinked={unlinked} />
          ))}
        </ul>
      ) : null}
      {others.length > 0 ? (
        <div className={classes.ways}>
          {others.map(({ provider_id, name }) => (
            <Act key={provider_id} onClick={() => begin.run(provider_id)} loading={begin.isRunning}>
              {words.link(name)}
            </Act>
          ))}
        </div>
      ) : null}
    </section>
  );
}

interface RowProps {
  identity: IdentityCard;
  onUnlinked: () => void;
}

function Row({ identity, onUnlinked }: RowProps) {
  const words = useStrings().account.provider;
  const bedside = useBedside();
  const time = useTime();
  const now = useNow(60_000);
  const [isAsking, setAsking] = useState(false);
  const unlink = useAction(async () => {
    await bedside.call('identity.unlink', { identity_id: identity.identity_id });
    setAsking(false);
    onUnlinked();
  });
  const { provider, linked_at, last_used_at } = identity;
  const name = provider?.name ?? words.gone;
  return (
    <li className={classes.row}>
      <div>
        <p className={classes.strong}>{name}</p>
        <p className="quiet">
          {words.since(time.day(linked_at, now))},{' '}
          {last_used_at === undefined ? words.unused : words.used(time.relative(last_used_at, now))}
          .
        </p>
      </div>
      <Act tone="bare" onClick={() => setAsking(true)} aria-label={words.unlinkOf(name)}>
        {words.unlink}
      </Act>
      <Confirm
        title={words.unlinkTitle(name)}
        body={words.unlinkBody}
        confirm={words.unlinkConfirm}
        keep={words.keep}
        isOpen={isAsking}
        isRunning={unlink.isRunning}
        trouble={unlink.trouble}
        onConfirm={() => unlink.run()}
        onClose={() => setAsking(false)}
      />
    </li>
  );
}
