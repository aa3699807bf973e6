import type { CloseReason, ConnectionInfo } from '@bedside/client';
import { useBedside, usePending, useStore } from '@bedside/client/react';
import { IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { type Strings, useStrings } from '../strings/index.ts';
import { useAnnounce } from './announcer.tsx';
import { useNow, useTime } from './hooks.ts';
import classes from './shell.module.css';

/** A blink of the socket is nobody's business; only what lasts longer is shown. */
const SHOWN_AFTER_MS = 1_500;

/** Says when live updates stand still, what still works, and when the next try is. */
export function ConnectionBanner({ isMediaUp }: { isMediaUp: boolean }) {
  const bedside = useBedside();
  const connection = useStore(bedside.connection);
  const strings = useStrings();
  const announce = useAnnounce();
  const waiting = usePending(bedside).filter((it) => !it.fault).length;
  const time = useTime();
  const now = useNow(1_000);
  const isLost = isDown(connection);
  const shown = useLasting(isLost, SHOWN_AFTER_MS);
  const wasShown = useRef(false);
  useEffect(() => {
    if (shown && !wasShown.current) announce(strings.connection.reconnecting);
    if (!isLost && wasShown.current) announce(strings.connection.back);
    wasShown.current = shown;
  }, [shown, isLost, announce, strings]);

  if (connection.state === 'closed' && connection.reason) {
    return <Ended words={endedWords(connection.reason, strings)} />;
  }
  if (!shown) return null;
  const wait = connection.retryAt === undefined ? 0 : connection.retryAt - now;
  const first =
    wait > 1_000 ? strings.connection.retryIn(time.seconds(wait)) : strings.connection.reconnecting;
  const second = isMediaUp ? strings.connection.callGoesOn : strings.connection.kept;
  return (
    <aside
      className={classes.banner}
      aria-label={strings.connection.title}
      data-testid="connection-banner"
    >
      <IconPlugConnectedX aria-hidden size={22} />
      <p>
        {first} {second} {waiting > 0 ? strings.messages.offline.waiting(waiting) : null}
      </p>
    </aside>
  );
}

function Ended({ words }: { words: string }) {
  const { common, connection } = useStrings();
  return (
    <aside className={classes.banner} aria-label={connection.title} data-testid="connection-banner">
      <IconPlugConnectedX aria-hidden size={22} />
      <p role="alert">{words}</p>
      <Act icon={<IconRefresh aria-hidden size={20} />} onClick={() => location.reload()}>
        {common.reload}
      </Act>
    </aside>
  );
}

export function isDown(connection: ConnectionInfo): boolean {
  switch (connection.state) {
    case 'waiting':
    case 'resuming':
      return true;
    case 'connecting':
      return connection.attempt > 1;
    case 'idle':
    case 'open':
    case 'closed':
      return false;
  }
}

export function endedWords(reason: CloseReason, { connection }: Strings): string {
  switch (reason) {
    case 'signed_out':
    case 'revoked':
    case 'replaced':
    case 'unsupported_version':
      return connection.ended[reason];
    default:
      return connection.ended.other;
  }
}

/** True once `value` has been true for `ms`; false at once. */
function useLasting(value: boolean, ms: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!value) {
      setLasted(false);
      return undefined;
    }
    const timer = setTimeout(() => setLasted(true), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return value && lasted;
}
