import type {
  ConversationCard,
  ConversationId,
  ConversationMember,
  ConversationNow,
  ConversationView,
  MailboxNow,
  MemberId,
  Message,
  MessageId,
  PendingMessage,
  Role,
} from '@bedside/client';
import type { FakeBedside } from './fake.ts';
import { CLINICIAN, fault, INTERPRETER, MINUTE, PATIENT, personId } from './samples.ts';

/** Plainly fictional conversations, for tests and for looking at screens. */

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const id = <T extends string>(number: number) =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as T;

export const conversationId = (number: number) => id<ConversationId>(1100 + number);
export const memberId = (number: number) => id<MemberId>(1200 + number);
export const messageId = (number: number) => id<MessageId>(1300 + number);

export function member(
  number: number,
  role: Role,
  display_name: string,
  over: Partial<ConversationMember> = {},
): ConversationMember {
  return {
    member_id: memberId(number),
    person_id: personId(number),
    role,
    display_name,
    joined_at: 0,
    ...over,
  };
}

export const PETRA = member(1, 'patient', PATIENT.display_name);
export const KARL = member(2, 'clinician', CLINICIAN.display_name);
export const INES = member(3, 'interpreter', INTERPRETER.display_name);

/** Between the patient and the clinician, as one of them sees it. */
export function conversation(
  number: number,
  you: ConversationMember,
  over: Partial<ConversationView> = {},
): ConversationView {
  return {
    conversation_id: conversationId(number),
    kind: 'care',
    members: [PETRA, KARL],
    you: you.member_id,
    status: 'quiet',
    assigned_to: KARL.member_id,
    can_write: true,
    ...over,
  };
}

export function message(
  offset: number,
  author: ConversationMember,
  at: number,
  body: string,
  over: Partial<Message> = {},
): Message {
  return { message_id: messageId(offset), offset, member_id: author.member_id, at, body, ...over };
}

export function thread(
  view: ConversationView,
  messages: readonly Message[],
  over: Partial<ConversationNow> = {},
): ConversationNow {
  const last = messages.at(-1)?.offset ?? 0;
  return {
    status: 'live',
    fault: null,
    conversation: view,
    messages,
    pending: [],
    typing: [],
    marks: view.members.map((it) => ({
      member_id: it.member_id,
      delivered: last,
      displayed: last,
    })),
    presence: view.members.map((it) => ({ member_id: it.member_id, presence: 'online' })),
    hasOlder: false,
    ...over,
  };
}

export function pending(number: number, body: string, over: Partial<PendingMessage> = {}) {
  const waiting: PendingMessage = {
    key: `key-${number}`,
    conversation_id: conversationId(1),
    body,
    written_at: 0,
    ...over,
  };
  return waiting;
}

export function mailbox(cards: readonly ConversationCard[]): MailboxNow {
  const unread = cards.reduce((sum, it) => sum + it.unread, 0);
  return { status: 'live', fault: null, cards, unread };
}

export function conversationCard(
  view: ConversationView,
  last: Message | undefined,
  over: Partial<ConversationCard> = {},
): ConversationCard {
  return {
    conversation: view,
    ...(last ? { last } : {}),
    active_at: last?.at ?? 0,
    unread: 0,
    ...over,
  };
}

/** A talk about a cream, over three days. */
export function creamTalk(now: number): Message[] {
  return [
    message(2, PETRA, now - 2 * DAY, 'Good morning. The new cream burns a little. Is that normal?'),
    message(
      3,
      KARL,
      now - 2 * DAY + 50 * MINUTE,
      'Good morning Mrs Example. A little burning is common in the first three days.',
    ),
    message(
      4,
      KARL,
      now - 2 * DAY + 51 * MINUTE,
      'Use it once a day instead of twice and write to me if it does not get better. Here is the leaflet: https://clinic.example/leaflets/cream.pdf',
    ),
    message(5, PETRA, now - DAY, 'Thank you, that is a relief.', { reply_to: messageId(4) }),
    message(6, PETRA, now - DAY + MINUTE, 'I wrote something wrong here.', {
      edited_at: now - DAY + 2 * MINUTE,
    }),
    message(7, KARL, now - 3 * HOUR, 'How is it today?'),
    message(
      8,
      PETRA,
      now - 25 * MINUTE,
      'Much better. The redness is gone, only a small spot is left.',
    ),
    message(9, PETRA, now - 24 * MINUTE, 'Shall I go on with it until our next visit?'),
  ];
}

/** As many messages of two people as one wants, the last of them now. */
export function manyMessages(now: number, count: number): Message[] {
  return Array.from({ length: count }, (_, index) =>
    message(
      index + 1,
      index % 3 === 0 ? PETRA : KARL,
      now - (count - index) * 20 * MINUTE,
      `Plainly fictional message number ${index + 1}. ${'It has more words. '.repeat(index % 5)}`,
    ),
  );
}

/** As many conversations as one wants, the most recently active first. */
export function manyCards(now: number, count: number): ConversationCard[] {
  return Array.from({ length: count }, (_, index) => {
    const other = member(100 + index, 'clinician', `Dr. Number ${index + 1}`);
    const view = conversation(100 + index, PETRA, { members: [PETRA, other] });
    return conversationCard(view, message(1, other, now - index * HOUR, `Word ${index + 1}`));
  });
}

/** Answers as a hub would: what is written is posted, read a moment later, and everything else is recorded. */
export function chat(bedside: FakeBedside, who: ConversationMember, now = Date.now()): void {
  const other = who === PETRA ? KARL : PETRA;
  const view = conversation(1, who);
  const talk = creamTalk(now);
  const visit = conversation(2, who, {
    kind: 'visit',
    members: [PETRA, KARL, INES],
    appointment_id: id(100),
  });
  const visitTalk = [
    message(20, KARL, now - 6 * MINUTE, 'I am with you in five minutes.'),
    message(21, INES, now - 5 * MINUTE, 'I am here as well.'),
  ];
  bedside.conversationOf(conversationId(1)).state.set(thread(view, talk));
  bedside.conversationOf(conversationId(2)).state.set(
    thread(visit, visitTalk, {
      marks: [{ member_id: who.member_id, delivered: 21, displayed: 20 }],
      presence: [
        { member_id: other.member_id, presence: 'in_visit' },
        { member_id: INES.member_id, presence: 'away' },
      ],
    }),
  );
  bedside.mailboxNow.set(
    mailbox([
      conversationCard(visit, visitTalk[1], { unread: 1 }),
      conversationCard(view, talk.at(-1)),
    ]),
  );
  bedside.answers.set('conversation.open', ({ with: whom }: { with: { kind: string } }) =>
    conversationCard(whom.kind === 'visit' ? visit : view, undefined),
  );
  bedside.answers.set('message.search', { found: [] });
  bedside.answers.set('out_of_office.read', {});
}

export const refused = fault('forbidden', 3000);
