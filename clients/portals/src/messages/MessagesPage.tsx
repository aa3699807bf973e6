import type { FoundMessage, Me, MessageId, PersonId } from '@bedside/client';
import { useBedside, useMailbox } from '@bedside/client/react';
import { IconSearch } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTitle } from '../app/hooks.ts';
import { conversationPath, isInVisits, type MessagesView, NOTICES_PATH } from '../app/pages.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { unreadNotices, useInbox } from '../inbox/inbox.tsx';
import { Notices } from '../inbox/Notices.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { ConversationList, Unsent } from './ConversationList.tsx';
import controls from './controls.module.css';
import { Count, RoundButton } from './controls.tsx';
import classes from './list.module.css';
import { OutOfOfficeSetting } from './OutOfOffice.tsx';
import { SearchSheet } from './SearchSheet.tsx';
import { Thread } from './Thread.tsx';
import { ThreadHead } from './ThreadHead.tsx';

/** What people write to each other, and what the clinic told about appointments. */
export function MessagesPage({ me, view }: { me: Me; view: MessagesView }) {
  const { messages: words } = useStrings();
  useTitle(words.title);
  const isLarge = me.role === 'patient';
  // Administrators and support are in no conversation.
  if (!isInVisits(me) || me.person_id === undefined) {
    return (
      <Shell width="narrow">
        <h1 className={classes.title}>{words.title}</h1>
        <Notices me={me} />
      </Shell>
    );
  }
  if (view.kind === 'notices') {
    return (
      <Shell width="narrow" large={isLarge}>
        <h1 className={classes.title}>{words.title}</h1>
        <Ways view={view} />
        <Notices me={me} />
      </Shell>
    );
  }
  return (
    <Shell width="wide" large={isLarge} fills>
      <Conversations
        me={me}
        personId={me.person_id}
        openId={view.kind === 'thread' ? view.conversationId : null}
      />
    </Shell>
  );
}

/** From conversations to notices and back. */
function Ways({ view }: { view: MessagesView }) {
  const { messages: words } = useStrings();
  const { messages: notices } = useInbox();
  const fresh = unreadNotices(notices);
  const isNotices = view.kind === 'notices';
  return (
    <nav className={classes.ways} aria-label={words.title}>
      <Link to="/messages" current={!isNotices} className={controls.pill ?? ''}>
        {words.conversations}
      </Link>
      <Link to={NOTICES_PATH} current={isNotices} className={controls.pill ?? ''}>
        {words.notices}
        <Count count={fresh} words={words.noticesNew(fresh)} />
      </Link>
    </nav>
  );
}

type Target = { message_id: MessageId; offset: number };

interface ConversationsProps {
  me: Me;
  personId: PersonId;
  openId: string | null;
}

/** The list, and one of them beside it; on a telephone one or the other. */
function Conversations({ me, personId, openId }: ConversationsProps) {
  const { messages: words } = useStrings();
  const { go } = useNavigation();
  const { cards, fault } = useMailbox(useBedside(), personId);
  const [isFiltered, setFiltered] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const [target, setTarget] = useState<(Target & { in: string }) | null>(null);
  const forget = useCallback(() => setTarget(null), []);
  const isClinic = me.role === 'clinician';
  const waiting = (cards ?? []).filter((it) => it.conversation.status === 'needs_answer');
  const shown = isFiltered ? waiting : (cards ?? []);
  const onFound = ({ conversation_id, message }: FoundMessage) => {
    setTarget({ ...message, in: conversation_id });
    go(conversationPath(conversation_id));
  };
  return (
    <div className={classes.page} data-open={openId !== null}>
      <section className={classes.side} aria-label={words.list.title}>
        <header className={classes.sideHead}>
          <div className={classes.titleRow}>
            <h1>{words.title}</h1>
            <RoundButton
              label={words.search.open}
              icon={<IconSearch aria-hidden size={22} />}
              onClick={() => setSearching(true)}
            />
          </div>
          <Ways view={{ kind: 'list' }} />
          {isClinic ? (
            <div className={classes.tools}>
              <fieldset className={classes.filter}>
                <legend className="hidden">{words.list.filter}</legend>
                <button
                  type="button"
                  className={controls.pill}
                  aria-pressed={!isFiltered}
                  onClick={() => setFiltered(false)}
                >
                  {words.list.all}
                </button>
                <button
                  type="button"
                  className={controls.pill}
                  aria-pressed={isFiltered}
                  onClick={() => setFiltered(true)}
                >
                  {words.list.needsAnswer}
                  <span className={controls.number}>{waiting.length}</span>
                </button>
              </fieldset>
              <OutOfOfficeSetting />
            </div>
          ) : null}
        </header>
        <div className={classes.cards}>
          {cards ? <Unsent cards={cards} openId={openId} /> : null}
          {cards === null ? (
            fault ? (
              <TroubleNote trouble={{ code: fault.code, number: fault.number }} />
            ) : (
              <PageSkeleton />
            )
          ) : (
            <ConversationList me={me} cards={shown} openId={openId} isFiltered={isFiltered} />
          )}
        </div>
      </section>
      <div className={classes.main}>
        {/* Where a telephone shows the thread alone, the page's name is not on the screen. */}
        {openId === null ? null : <h1 className={classes.alone}>{words.title}</h1>}
        {openId === null ? (
          <div className={classes.choose}>
            <h2>{words.list.choose}</h2>
            <p className="quiet">{words.list.chooseBody}</p>
          </div>
        ) : (
          <Thread
            conversationId={openId}
            target={target?.in === openId ? target : null}
            onTargetShown={forget}
            isFocused={false}
            head={(now) => (
              <ThreadHead now={now} hasBack onTarget={(it) => setTarget({ ...it, in: openId })} />
            )}
            denied={
              <Act onClick={() => go('/messages', { replace: true })}>{words.thread.toList}</Act>
            }
          />
        )}
      </div>
      <SearchSheet
        cards={cards ?? []}
        isOpen={isSearching}
        onClose={() => setSearching(false)}
        onFound={onFound}
      />
    </div>
  );
}
