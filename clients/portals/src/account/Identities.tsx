import type { IdentityCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
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
  const [identities, setIdentities] = useState<readonly IdentityCard[]>([]);
  const { run: load, trouble } = useAction(async () => {
    setIdentities((await bedside.call('identity.list', {})).identities);
  });
  const isOffered = providers.length > 0;
  useEffect(() => {
    if (isOffered) void load();
  }, [load, isOffered]);
  const back = useProviderBack(async () => {
    await bedside.linkIdentity();
    announce(words.linked);
    await load();
  });
  const begin = useAction(async (id: string) => location.assign(await bedside.beginLink(id)));
  const unlink = useAction(async ({ identity_id }: IdentityCard) => {
    await bedside.call('identity.unlink', { identity_id });
    announce(words.unlinked);
    await load();
  });
  if (!isOffered && !back) return null;
  const linked = identities.map((it) => it.provider?.provider_id);
  const others = providers.filter((it) => !linked.includes(it.provider_id));
  return (
    <section className={classes.card} aria-labelledby="identities">
      <div>
        <h2 id="identities">{words.title}</h2>
        <p className="quiet">{words.lead}</p>
      </div>
      <TroubleNote trouble={back ?? trouble ?? begin.trouble ?? unlink.trouble} />
      {identities.length === 0 ? <p>{words.none}</p> : null}
      <ul className={classes.list}>
        {identities.map((it) => (
          <Row key={it.identity_id} identity={it} onUnlink={() => unlink.run(it)} />
        ))}
      </ul>
      {others.map(({ provider_id, name }) => (
        <div key={provider_id}>
          <Act onClick={() => begin.run(provider_id)} loading={begin.isRunning}>
            {words.link(name)}
          </Act>
        </div>
      ))}
    </section>
  );
}

function Row({ identity, onUnlink }: { identity: IdentityCard; onUnlink: () => void }) {
  const words = useStrings().account.provider;
  const time = useTime();
  const now = useNow(60_000);
  const { provider, linked_at, last_used_at } = identity;
  const name = provider?.name ?? words.gone;
  return (
    <li className={classes.row}>
      <div>
        <p className={classes.strong}>{name}</p>
        <p className="quiet">
          {words.since(time.dayAndClock(linked_at, now))},{' '}
          {last_used_at ? words.used(time.relative(last_used_at, now)) : words.unused}
        </p>
      </div>
      <Act tone="bare" onClick={onUnlink} aria-label={words.unlinkOf(name)}>
        {words.unlink}
      </Act>
    </li>
  );
}
