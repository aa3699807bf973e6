import type { Visit, VisitView } from '@bedside/client';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useIsBesideLocked } from '../account/locked.ts';
import { useNow, useTime } from '../app/hooks.ts';
import { Thread } from '../messages/Thread.tsx';
import type { VisitChat } from '../messages/useVisitChat.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { AttendanceList } from './AttendanceList.tsx';
import classes from './host.module.css';
import { InviteDialog } from './InviteDialog.tsx';
import { PeopleLists } from './PeopleLists.tsx';
import { patientOf } from './people.ts';

interface VisitProps {
  visit: Visit;
  view: VisitView;
}

export type PanelTab = 'people' | 'chat';

export interface PanelProps extends VisitProps {
  chat: VisitChat;
  tab: PanelTab;
  onTab: (tab: PanelTab) => void;
}

/** Beside the call: the patient, who waits, who is in, guests, attendance, the end; and what is written. */
export function Panel({ visit, view, chat, tab, onTab }: PanelProps) {
  const { visit: words } = useStrings();
  const shown = chat.conversationId ? tab : 'people';
  const isLocked = useIsBesideLocked();
  return (
    <aside
      className={classes.panel}
      aria-label={words.panel}
      inert={isLocked}
      data-locked={isLocked || undefined}
    >
      <PanelHead view={view} />
      {chat.conversationId ? <PanelTabs chat={chat} tab={tab} onTab={onTab} /> : null}
      {shown === 'chat' && chat.conversationId ? (
        <div className={classes.chat}>
          <Thread conversationId={chat.conversationId} isFocused />
        </div>
      ) : (
        <PeopleTab visit={visit} view={view} />
      )}
    </aside>
  );
}

/** People or chat. Somebody who waits is seen from both. */
function PanelTabs({ chat, tab, onTab }: Omit<PanelProps, 'visit' | 'view'>) {
  const { messages } = useStrings();
  const unread = tab === 'chat' ? 0 : chat.unread;
  return (
    <fieldset className={classes.tabs}>
      <legend className="hidden">{messages.inVisit.tabs}</legend>
      <button
        type="button"
        className={classes.tab}
        aria-pressed={tab === 'people'}
        onClick={() => onTab('people')}
      >
        {messages.inVisit.people}
      </button>
      <button
        type="button"
        className={classes.tab}
        aria-pressed={tab === 'chat'}
        onClick={() => onTab('chat')}
      >
        {messages.inVisit.chat}
        {unread > 0 ? (
          <span className={classes.news}>
            <span className="hidden">{messages.thread.newCount(unread)}</span>
            <span aria-hidden="true">{unread}</span>
          </span>
        ) : null}
      </button>
    </fieldset>
  );
}

function PeopleTab({ visit, view }: VisitProps) {
  const { visit: words } = useStrings();
  const [isInviting, setInviting] = useState(false);
  return (
    <>
      <div className={classes.scroll}>
        <PeopleLists visit={visit} view={view} />
        {view.can.includes('invite') ? (
          <Act
            icon={<IconUserPlus aria-hidden size={20} />}
            onClick={() => setInviting(true)}
            className={classes.invite ?? ''}
          >
            {words.invite}
          </Act>
        ) : null}
        <AttendanceList view={view} />
      </div>
      <PanelFoot visit={visit} view={view} />
      <InviteDialog visit={visit} isOpen={isInviting} onClose={() => setInviting(false)} />
    </>
  );
}

function PanelHead({ view }: { view: VisitView }) {
  const { visit: words, stages, common } = useStrings();
  const time = useTime();
  const now = useNow(1_000);
  const patient = patientOf(view);
  return (
    <header className={classes.panelHead}>
      <h1>{patient?.display_name ?? stages[view.stage]}</h1>
      <p className="quiet" title={common.zone(time.zoneName(view.starts_at))}>
        <bdi>
          {time.bareClock(view.starts_at)} – {time.clock(view.ends_at)}
        </bdi>
      </p>
      {view.call_started_at === undefined || view.stage !== 'in_call' ? null : (
        <p className={classes.timer}>
          {words.duration(time.stopwatch(now - view.call_started_at))}
        </p>
      )}
    </header>
  );
}

/** What closes the visit, for good and therefore with a question. */
function PanelFoot({ visit, view }: VisitProps) {
  const { visit: words, today } = useStrings();
  const [asking, setAsking] = useState<'end' | 'no_show' | null>(null);
  const name = patientOf(view)?.display_name ?? '';
  const end = useAction(() => visit.end());
  const noShow = useAction(() => visit.markNoShow());
  const close = () => setAsking(null);
  return (
    <footer className={classes.panelFoot}>
      <TroubleNote trouble={asking === null ? (end.trouble ?? noShow.trouble) : null} />
      {view.can.includes('mark_no_show') ? (
        <Act wide onClick={() => setAsking('no_show')}>
          {words.noShow}
        </Act>
      ) : null}
      {view.can.includes('end') ? (
        <Act wide className={classes.endButton ?? ''} onClick={() => setAsking('end')}>
          {words.end}
        </Act>
      ) : null}
      <Confirm
        title={words.endTitle(name)}
        body={words.endBody}
        confirm={words.endConfirm(name)}
        keep={words.keep}
        isOpen={asking === 'end'}
        isRunning={end.isRunning}
        trouble={end.trouble}
        onConfirm={() => end.run()}
        onClose={close}
      />
      <Confirm
        title={today.noShowTitle(name)}
        body={today.noShowBody}
        confirm={today.noShowConfirm}
        keep={words.keep}
        isOpen={asking === 'no_show'}
        isRunning={noShow.isRunning}
        trouble={noShow.trouble}
        onConfirm={() => noShow.run()}
        onClose={close}
      />
    </footer>
  );
}
