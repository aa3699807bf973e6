import type { ConversationNow } from '@bedside/client';
import { useLayoutEffect, useState } from 'react';
import { keepDraft, recallDraft } from './draft.ts';
import { useOwner } from './names.ts';
import type { Writing } from './thread.ts';

/** The text of the field: the draft, or the message that is changed. */
export function useText(
  conversationId: string,
  writing: Writing,
  now: ConversationNow,
): [string, (text: string) => void] {
  const owner = useOwner();
  const [draft, setDraft] = useState(() => recallDraft(owner, conversationId));
  const [change, setChange] = useState<{ of: string; text: string } | null>(null);
  if (writing.kind === 'edit' && change?.of !== writing.what) {
    const original = now.messages.find((it) => it.message_id === writing.what);
    setChange({ of: writing.what, text: original?.body ?? '' });
  }
  if (writing.kind !== 'edit' && change !== null) setChange(null);
  if (writing.kind === 'edit') {
    return [change?.text ?? '', (text) => setChange({ of: writing.what, text })];
  }
  const keep = (text: string) => {
    setDraft(text);
    keepDraft(owner, conversationId, text);
  };
  return [draft, keep];
}

/** The field grows with its text, up to a bound that its style sets. */
export function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows its text.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.blockSize = 'auto';
    element.style.blockSize = `${element.scrollHeight + 2}px`;
  }, [field, text]);
}
