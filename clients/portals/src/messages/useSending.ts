import type { Conversation, MessageId, Override } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import type { Attachments } from '../files/attachments.ts';
import { type Action, useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import type { Writing } from './thread.ts';

export interface Sending {
  edit: Action<[what: MessageId, override?: Override], void>;
  send: () => Promise<void>;
  /** The browser could not keep it. */
  isNotKept: boolean;
}

interface SendingInput {
  handle: Conversation;
  /** As it stands in the field, and as it is sent. */
  text: string;
  body: string;
  setText: (text: string) => void;
  writing: Writing;
  onWrite: (writing: Writing) => void;
  attachments: Attachments;
}

/** Sends what is in the field: as a message, or as one's own anew. */
export function useSending(input: SendingInput): Sending {
  const { handle, text, body, setText, writing, onWrite, attachments } = input;
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const [isNotKept, setNotKept] = useState(false);
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });
  const edit = useAction(async (what: MessageId, override?: Override) => {
    await handle.edit(what, body, override);
    announce(words.actions.edited);
    onWrite({ kind: 'new' });
  });
  /** The field is free at once, for the next message too; what could not be kept comes back into it. */
  const send = async (): Promise<void> => {
    const files = attachments.uploads;
    setNotKept(false);
    setText('');
    attachments.clear();
    onWrite({ kind: 'new' });
    try {
      await handle.send(body, {
        ...(writing.kind === 'reply' && { replyTo: writing.to }),
        ...(files.length > 0 && { files }),
      });
      if (bedside.connection.get().state !== 'open') announce(words.composer.queued);
    } catch {
      setNotKept(true);
      onWrite(writing);
      attachments.restore(files);
      setText([text, latest.current].filter((it) => it !== '').join('\n'));
    }
  };
  return { edit, send, isNotKept };
}
