import type { ConversationId, FileId, MemberId, Message, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { picturesOf } from '../files/check.ts';
import { MessageFiles } from '../files/MessageFiles.tsx';
import { Viewer } from '../files/Viewer.tsx';
import { MessageText } from '../messages/MessageText.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './chart.module.css';

export interface ReadOnlyThreadProps {
  patientId: PersonId;
  conversationId: ConversationId;
}

interface Pages {
  messages: readonly Message[];
  hasMore: boolean;
}

/** Letters by the order in which writers came before our eyes, so that earlier pages change none of them. */
function lettered(known: readonly MemberId[], messages: readonly Message[]): readonly MemberId[] {
  return [...new Set([...known, ...messages.map((it) => it.member_id)])];
}

/** A conversation read from outside: no marks move, and nothing can be written. */
export function ReadOnlyThread({ patientId, conversationId }: ReadOnlyThreadProps) {
  const { chart, common } = useStrings();
  const words = chart.messages;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [pages, setPages] = useState<Pages | null>(null);
  const [writers, setWriters] = useState<readonly MemberId[]>([]);
  const { run, trouble, isRunning } = useAction(async (before: number | undefined) => {
    const page = await bedside.call('patient.list_messages', {
      patient_id: patientId,
      conversation_id: conversationId,
      ...(before !== undefined && { before }),
    });
    setWriters((known) => lettered(known, page.messages));
    setPages((known) => ({
      messages: [...page.messages, ...(before === undefined ? [] : (known?.messages ?? []))],
      hasMore: page.has_more,
    }));
    if (before !== undefined) announce(words.earlierCame(page.messages.length));
  });
  useEffect(() => void run(undefined), [run]);
  if (!pages) {
    return trouble ? (
      <TroubleNote trouble={trouble}>
        <Act onClick={() => run(undefined)}>{common.tryAgain}</Act>
      </TroubleNote>
    ) : (
      <PageSkeleton />
    );
  }
  return (
    <div className={classes.thread}>
      <p className="quiet">{words.writers}</p>
      <TroubleNote trouble={trouble} />
      {pages.hasMore ? (
        <div>
          <Act onClick={() => run(pages.messages[0]?.offset)} loading={isRunning}>
            {words.earlier}
          </Act>
        </div>
      ) : null}
      {pages.messages.length === 0 ? <p>{words.empty}</p> : null}
      <Lines messages={pages.messages} writers={writers} />
    </div>
  );
}

interface LinesProps {
  messages: readonly Message[];
  writers: readonly MemberId[];
}

function Lines({ messages, writers }: LinesProps) {
  const words = useStrings().chart.messages;
  const time = useTime();
  const now = useNow(60_000);
  const [picture, setPicture] = useState<FileId | null>(null);
  const nameOf = (id: MemberId) => words.writer(letterOf(writers.indexOf(id)));
  const pictures = picturesOf(messages);
  return (
    <>
      <ol className={classes.lines}>
        {messages.map((it) => (
          <li key={it.message_id}>
            <p className={classes.writer}>
              <strong>{nameOf(it.member_id)}</strong>{' '}
              <span className="quiet">
                {time.dayAndClock(it.at, now)}
                {it.edited_at === undefined ? null : `, ${words.edited}`}
              </span>
            </p>
            {it.deleted_at !== undefined || it.body === undefined ? (
              <p className="quiet">
                {it.deleted_at === undefined ? words.unreadable : words.removed}
              </p>
            ) : (
              <>
                {it.body ? <MessageText text={it.body} /> : null}
                {it.files && it.files.length > 0 ? (
                  <MessageFiles
                    files={it.files}
                    name={nameOf(it.member_id)}
                    onOpen={(file) => setPicture(file.file_id)}
                  />
                ) : null}
              </>
            )}
          </li>
        ))}
      </ol>
      <Viewer
        pictures={pictures}
        fileId={picture}
        onShow={setPicture}
        onClose={() => setPicture(null)}
      />
    </>
  );
}

/** `A` to `Z`, then `A2`. */
function letterOf(index: number): string {
  const round = Math.floor(index / 26);
  return String.fromCharCode(65 + (index % 26)) + (round === 0 ? '' : String(round + 1));
}
