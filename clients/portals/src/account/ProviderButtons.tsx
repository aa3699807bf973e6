import type { ProviderCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';

/** A button for each organisation that signs people in here; nothing where there is none. */
export function ProviderButtons() {
  const words = useStrings().account.provider;
  const bedside = useBedside();
  const providers = useProviders();
  return providers.map(({ provider_id, name }) => (
    <Act
      key={provider_id}
      large
      wide
      onClick={() => location.assign(bedside.providerAddress(provider_id))}
    >
      {words.signIn(name)}
    </Act>
  ));
}

/** Organisations that sign people in here. */
export function useProviders(): readonly ProviderCard[] {
  const bedside = useBedside();
  const [providers, setProviders] = useState<readonly ProviderCard[]>([]);
  useEffect(() => {
    let isShown = true;
    bedside.providers().then((it) => isShown && setProviders(it));
    return () => {
      isShown = false;
    };
  }, [bedside]);
  return providers;
}
