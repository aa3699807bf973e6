import type { ErasureCard, ErasureScope, OwnErasure } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { Erasure } from './Erasure.tsx';

/** Both erasures that a patient can ask for, the smaller one first. One of each may stand. */
export function Erasures() {
  const words = useStrings().record.erasure;
  const bedside = useBedside();
  const announce = useAnnounce();
  // `undefined` until the hub has said what stands.
  const [own, setOwn] = useState<OwnErasure | undefined>(undefined);
  const { run: look, trouble } = useAction(async () => {
    setOwn(await bedside.call('record.read_erasure', {}));
  });
  useEffect(() => void look(), [look]);
  const asked = (card: ErasureCard, scope: ErasureScope) => {
    const place = scope === 'conversations' ? 'conversations' : 'erasure';
    setOwn((it) => ({ ...it, [place]: card }));
    announce(words[scope].asked);
  };
  const of = (scope: ErasureScope, card: ErasureCard | undefined) => (
    <Erasure
      scope={scope}
      card={card}
      isKnown={own !== undefined}
      trouble={trouble}
      onAsked={(card) => asked(card, scope)}
    />
  );
  return (
    <>
      {of('conversations', own?.conversations)}
      {of('everything', own?.erasure)}
    </>
  );
}
