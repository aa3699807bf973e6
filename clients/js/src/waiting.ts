/**
 * WHAT WAITS beside the log: which of it the log has already, and what is shown of it meanwhile.
 */
import type { PendingFile } from './files-part.js';
import type { PendingMessage } from './outbox.js';
import type { FileCard, FileId, MemberId, Message } from './protocol.gen.js';

/** How far the clock of this machine may be off when a message is recognised by its text. */
const CLOCK_SLACK_MS = 5_000;

const NONE: readonly PendingMessage[] = [];

/** Until the log has it: what is known of a file before the hub tells. */
export const cardOf = ({ key, ...file }: PendingFile): FileCard => ({
  ...file,
  file_id: key as FileId,
  state: 'checking',
  scanned: false,
  has_preview: false,
});

/** What waits, without what the log already has: its answer was lost, or is still on its way. */
export const notThereYet = (
  pending: readonly PendingMessage[],
  messages: readonly Message[],
  you: MemberId | undefined,
  acknowledged: ReadonlySet<string>,
): readonly PendingMessage[] => {
  if (pending.length === 0) return NONE;
  const own = messages.filter((it) => it.member_id === you && !acknowledged.has(it.message_id));
  return pending.filter((waiting) => {
    const found = own.findIndex(
      (it) =>
        it.body === waiting.body &&
        it.reply_to === waiting.reply_to &&
        it.files?.length === waiting.files?.length &&
        it.at >= waiting.written_at - CLOCK_SLACK_MS,
    );
    if (found === -1 || waiting.fault) return true;
    own.splice(found, 1);
    return false;
  });
};
