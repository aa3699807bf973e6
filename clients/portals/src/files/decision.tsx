import type { ConversationNow, PendingMessage } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { WarnDialog } from './WarnDialog.tsx';

/** Whether a person decides what becomes of a message: the hub found something in it. */
export const isUndecided = ({ fault }: PendingMessage): boolean =>
  fault?.code === 'content_warned' || fault?.code === 'content_blocked';

/**
 * Asks what becomes of a message of which the hub warned, as soon as it did; and again when the person wants to.
 *
 * @param onChange gets the message that is written anew, and its files as far as they are here.
 */
export function useDecision(
  now: ConversationNow,
  onChange: (message: PendingMessage, files: File[]) => Promise<void>,
): { open: (message: PendingMessage) => void; dialog: ReactNode } {
  const bedside = useBedside();
  const [key, setKey] = useState<string | null>(null);
  // What was undecided before this page looked has waited already, and waits in sight.
  const asked = useRef<Set<string> | null>(null);
  const undecided = now.pending.filter(isUndecided);
  const isKnown = now.conversation !== null;
  useEffect(() => {
    if (!isKnown) return;
    const isFirst = asked.current === null;
    asked.current ??= new Set();
    const fresh = undecided.find((it) => !asked.current?.has(it.key));
    for (const it of undecided) asked.current.add(it.key);
    if (fresh && !isFirst) setKey(fresh.key);
  }, [undecided, isKnown]);
  const open = useCallback((message: PendingMessage) => setKey(message.key), []);
  const message = undecided.find((it) => it.key === key);

  const change = async (changed: PendingMessage): Promise<void> => {
    const files: File[] = [];
    if (changed.files) {
      const part = await bedside.files();
      for (const { key: fileKey, name, content_type: type } of changed.files) {
        const blob = part.uploadOf(fileKey)?.blob;
        if (blob) files.push(new File([blob], name, { type }));
      }
    }
    await bedside.discardMessage(changed.key);
    await onChange(changed, files);
  };
  const dialog = (
    <WarnDialog
      what="message"
      findings={message?.fault?.findings ?? []}
      isBlocked={message?.fault?.code === 'content_blocked'}
      isOpen={message !== undefined}
      onClose={() => setKey(null)}
      onChange={() => message && void change(message)}
      onSend={(reason) => message && void bedside.retryMessage(message.key, { reason })}
    />
  );
  return { open, dialog };
}
