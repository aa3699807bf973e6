import type { Visit, VisitView } from '@bedside/client';
import { IconMessage } from '@tabler/icons-react';
import { useState } from 'react';
import { useTitle } from '../app/hooks.ts';
import { useVisitChat } from '../messages/useVisitChat.ts';
import { useStrings } from '../strings/index.ts';
import { ChatPanel } from './ChatPanel.tsx';
import { Control } from './Controls.tsx';
import classes from './chat.module.css';
import { Stage } from './Stage.tsx';

export interface CallScreenProps {
  visit: Visit;
  view: VisitView;
  onLeave: () => void;
}

/** The call of a patient or a guest: the picture, a few controls, and what is written beside it. */
export function CallScreen({ visit, view, onLeave }: CallScreenProps) {
  const { call, messages } = useStrings();
  const chat = useVisitChat(visit.id);
  const [isChatting, setChatting] = useState(false);
  useTitle(call.stage);
  const { conversationId } = chat;
  return (
    <div className={classes.call} data-chat={isChatting && conversationId !== null}>
      <h1 className="hidden">{call.with(view.clinician_name)}</h1>
      <Stage
        visit={visit}
        view={view}
        onLeave={onLeave}
        emptyText={call.alone(view.clinician_name)}
        extra={
          conversationId ? (
            <Control
              icon={<IconMessage />}
              isActive={isChatting}
              isExpanded={isChatting}
              onClick={() => setChatting(!isChatting)}
              label={isChatting ? messages.inVisit.hide : messages.inVisit.chat}
              news={{
                count: isChatting ? 0 : chat.unread,
                words: messages.thread.newCount(chat.unread),
              }}
            />
          ) : null
        }
      />
      {isChatting && conversationId ? <ChatPanel conversationId={conversationId} /> : null}
    </div>
  );
}
