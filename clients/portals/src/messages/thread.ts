import type {
  ConversationMember,
  ConversationView,
  MemberId,
  MemberMarks,
  Message,
  MessageId,
} from '@bedside/client';

/** What stands in a thread and in which order, as plain data. Nothing here reads a clock. */

/** What the field writes: a message, an answer to one, or one's own anew. */
export type Writing =
  | { kind: 'new' }
  | { kind: 'reply'; to: MessageId }
  | { kind: 'edit'; what: MessageId };

export type Line =
  | { kind: 'day'; key: string; at: number }
  /** From here on it was new when the thread was opened. */
  | { kind: 'new'; key: string }
  /** What somebody wrote without a break. */
  | { kind: 'group'; key: string; memberId: MemberId; isOwn: boolean; messages: Message[] };

/** Messages of one person closer together than this share a name and a time. */
export const GROUP_MS = 5 * 60_000;
/** Authors may change what they wrote for this long. */
export const CHANGE_MS = 15 * 60_000;
/** Bytes of a message, UTF-8. */
export const MAX_BYTES = 8_192;
/** From here on the room that is left is told. */
export const NEAR_BYTES = MAX_BYTES - 512;

export interface ThreadInput {
  messages: readonly Message[];
  you: MemberId;
  /** The first message that was new when the thread was opened. */
  newFrom: number | null;
  isSameDay: (one: number, other: number) => boolean;
}

export function linesOf({ messages, you, newFrom, isSameDay }: ThreadInput): Line[] {
  const lines: Line[] = [];
  let last: Message | undefined;
  for (const message of messages) {
    const isNewDay = !last || !isSameDay(last.at, message.at);
    if (isNewDay) lines.push({ kind: 'day', key: `day-${message.message_id}`, at: message.at });
    const isNewFrom =
      newFrom !== null && message.offset >= newFrom && (last?.offset ?? 0) < newFrom;
    if (isNewFrom) lines.push({ kind: 'new', key: 'new' });
    const open = lines.at(-1);
    if (
      last &&
      open?.kind === 'group' &&
      open.memberId === message.member_id &&
      message.at - last.at < GROUP_MS
    ) {
      open.messages.push(message);
    } else {
      lines.push({
        kind: 'group',
        key: message.message_id,
        memberId: message.member_id,
        isOwn: message.member_id === you,
        messages: [message],
      });
    }
    last = message;
  }
  return lines;
}

/** The first message of others that this person has not had before their eyes. */
export function firstNew(
  messages: readonly Message[],
  marks: readonly MemberMarks[],
  you: MemberId,
): number | null {
  const displayed = marks.find((it) => it.member_id === you)?.displayed ?? 0;
  const first = messages.find((it) => it.member_id !== you && it.offset > displayed);
  // What one wrote oneself was written after one had read what is before it.
  const lastOwn = messages.findLast((it) => it.member_id === you);
  return first && first.offset > (lastOwn?.offset ?? 0) ? first.offset : null;
}

export type Delivery =
  | { name: 'sent' | 'delivered' | 'read' }
  /** Some have read it, others not yet. */
  | { name: 'read_by'; readers: ConversationMember[] };

/** How far one's own message got with everybody who is in the conversation. */
export function deliveryOf(
  message: Message,
  conversation: ConversationView,
  marks: readonly MemberMarks[],
): Delivery {
  const others = conversation.members.filter(
    (it) => it.member_id !== conversation.you && it.left_at === undefined,
  );
  const reached = (kind: 'delivered' | 'displayed') =>
    others.filter((other) =>
      marks.some((it) => it.member_id === other.member_id && it[kind] >= message.offset),
    );
  const readers = reached('displayed');
  if (readers.length > 0) {
    return readers.length === others.length ? { name: 'read' } : { name: 'read_by', readers };
  }
  return { name: reached('delivered').length > 0 ? 'delivered' : 'sent' };
}

/** Whether its author may still change it. */
export function canChange(message: Message, you: MemberId, hubTime: number): boolean {
  return (
    message.member_id === you &&
    message.deleted_at === undefined &&
    hubTime - message.at < CHANGE_MS
  );
}

/** Others who are in it; who is asked for comes first, so that a thread is named after them. */
export function othersIn(conversation: ConversationView): ConversationMember[] {
  const isClinic = memberOf(conversation, conversation.you)?.role !== 'patient';
  const rank = (it: ConversationMember) => {
    if (isClinic) return it.role === 'patient' ? 0 : 1;
    return it.member_id === conversation.assigned_to ? 0 : it.role === 'clinician' ? 1 : 2;
  };
  return conversation.members
    .filter((it) => it.member_id !== conversation.you && it.left_at === undefined)
    .sort((one, other) => rank(one) - rank(other));
}

export function memberOf(
  conversation: ConversationView,
  memberId: MemberId,
): ConversationMember | undefined {
  return conversation.members.find((it) => it.member_id === memberId);
}

/** Bytes of a text as the hub counts them. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

// What is invisible and refused by the hub: control characters but breaks and tabs, overrides of direction.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const REFUSED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu;

/** A text as it can be sent: without what nobody sees and the hub refuses, and without blank ends. */
export function cleaned(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(REFUSED, '').trim();
}

export type Piece = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;
/** Marks that end a sentence rather than an address. */
const TRAILING = /[.,;:!?)\]}…»”’]+$/u;

/** A text with its web addresses. Nothing but http and https is ever a link. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, '');
    const href = webAddress(address);
    if (href === null) continue;
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push({ kind: 'link', text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}
