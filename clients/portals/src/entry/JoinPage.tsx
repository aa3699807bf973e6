import { useBedside } from '@bedside/client/react';
import { IconArrowRight, IconRefresh, IconVideo } from '@tabler/icons-react';
import { useTitle } from '../app/hooks.ts';
import { visitPath } from '../app/pages.ts';
import { useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { MessagePage } from '../parts/TroubleNote.tsx';
import { type Trouble, useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';

/**
 * A join link. The token is spent by the click and by nothing else: mail programs and chats open links to preview
 * them, and must not use it up.
 */
export function JoinPage() {
  const { join } = useStrings();
  const bedside = useBedside();
  const { go } = useNavigation();
  const token = tokenIn(location.hash);
  const open = useAction(async (joinToken: string) => {
    const session = await bedside.openLink(joinToken);
    go(visitPath(session.room_id), { replace: true });
  });
  if (!token) {
    return <Broken title={join.missingTitle} body={join.missingBody} />;
  }
  if (open.trouble) return <Failed trouble={open.trouble} again={() => open.run(token)} />;
  return <Door isOpening={open.isRunning} onOpen={() => open.run(token)} />;
}

function Door({ isOpening, onOpen }: { isOpening: boolean; onOpen: () => void }) {
  const { join } = useStrings();
  useTitle(join.title);
  return (
    <Shell width="narrow" large>
      <div className={classes.card}>
        <span className={classes.sign} aria-hidden="true">
          <IconVideo size={34} stroke={1.6} />
        </span>
        <h1>{join.title}</h1>
        <p>{join.body}</p>
        <Act
          tone="main"
          large
          wide
          loading={isOpening}
          onClick={onOpen}
          icon={<IconArrowRight aria-hidden className={classes.arrow} />}
        >
          {join.submit}
        </Act>
        <p className={classes.hint}>{join.once}</p>
      </div>
    </Shell>
  );
}

function Failed({ trouble, again }: { trouble: Trouble; again: () => void }) {
  const { join, faults, common } = useStrings();
  const isFinal = isLinkDead(trouble);
  const words =
    trouble.code === 'offline'
      ? { title: join.offlineTitle, body: join.offlineBody }
      : faults[trouble.code];
  return (
    <Broken title={words.title} body={words.body} number={trouble.number}>
      {isFinal ? null : (
        <Act tone="main" large icon={<IconRefresh aria-hidden />} onClick={again}>
          {common.tryAgain}
        </Act>
      )}
    </Broken>
  );
}

interface BrokenProps {
  title: string;
  body: string;
  number?: number | undefined;
  children?: React.ReactNode;
}

function Broken({ title, body, number, children }: BrokenProps) {
  const { join } = useStrings();
  const { go } = useNavigation();
  return (
    <Shell width="narrow" large>
      <div role="alert" className={classes.fill}>
        <MessagePage title={title} body={body} number={number}>
          {children ?? (
            <Act tone="main" large onClick={() => go('/', { replace: true })}>
              {join.signInInstead}
            </Act>
          )}
        </MessagePage>
      </div>
    </Shell>
  );
}

/** Whether trying the same link again can not help. */
export function isLinkDead({ code }: Trouble): boolean {
  switch (code) {
    case 'join_token_invalid':
    case 'join_token_expired':
    case 'join_token_used':
    case 'visit_closed':
    case 'not_found':
    case 'forbidden':
    case 'malformed':
    case 'invalid_value':
      return true;
    default:
      return false;
  }
}

export function tokenIn(hash: string): string | null {
  const token = hash.replace(/^#/, '');
  return /^[A-Za-z0-9_-]{20,200}$/.test(token) ? token : null;
}
