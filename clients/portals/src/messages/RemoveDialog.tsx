import type { Conversation, Message } from '@bedside/client';
import { useAnnounce } from '../app/announcer.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';

export interface RemoveDialogProps {
  handle: Conversation;
  message: Message | null;
  onClose: () => void;
}

/** Asks before a message is taken back. */
export function RemoveDialog({ handle, message, onClose }: RemoveDialogProps) {
  const { messages: words } = useStrings();
  const announce = useAnnounce();
  const remove = useAction(async () => {
    if (!message) return;
    await handle.remove(message.message_id);
    announce(words.actions.removed);
    onClose();
  });
  return (
    <Confirm
      title={words.actions.removeTitle}
      body={words.actions.removeBody}
      confirm={words.actions.removeConfirm}
      keep={words.actions.keep}
      isOpen={message !== null}
      isRunning={remove.isRunning}
      trouble={remove.trouble}
      onConfirm={() => remove.run()}
      onClose={onClose}
    />
  );
}
