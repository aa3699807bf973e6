import {
  chat,
  conversation,
  conversationCard,
  conversationId,
  creamTalk,
  INES,
  KARL,
  mailbox,
  manyCards,
  manyMessages,
  member,
  message,
  PETRA,
  pending,
  refused,
  thread,
} from '../src/dev/chat.ts';
import { clinic } from '../src/dev/clinic.ts';
import type { FakeBedside } from '../src/dev/fake.ts';
import { card, MINUTE, me, personId, VISIT_ID, visitView } from '../src/dev/samples.ts';
import { practitioner } from '../src/dev/schedule.ts';
import type { Scene } from './scene.ts';

const now = Date.now();
const at = (minutes: number) => now + minutes * MINUTE;
const first = conversationId(1);
const path = `/messages/${first}`;

function asPatient(bedside: FakeBedside): void {
  clinic(bedside);
  bedside.me.set(me('patient'));
  chat(bedside, PETRA, now);
}

function asClinician(bedside: FakeBedside): void {
  clinic(bedside);
  bedside.me.set(me('clinician'));
  chat(bedside, KARL, now);
  const dana = member(14, 'patient', 'Dana Testova');
  const carlos = member(13, 'patient', 'Carlos Ejemplo de la Torre y Montenegro');
  const waits = conversation(3, KARL, { members: [carlos, KARL], status: 'needs_answer' });
  const done = conversation(4, KARL, { members: [dana, KARL], status: 'resolved' });
  bedside.mailboxNow.set(
    mailbox([
      conversationCard(conversation(1, KARL, { status: 'needs_answer' }), creamTalk(now).at(-1), {
        unread: 2,
      }),
      conversationCard(
        waits,
        message(4, carlos, at(-90), '¿Puedo tomar las pastillas por la noche?'),
        { unread: 1 },
      ),
      conversationCard(done, message(9, KARL, at(-3_000), 'Glad to hear it. All the best!')),
    ]),
  );
  bedside.answers.set('practitioner.list', {
    practitioners: [practitioner(), practitioner(21, 'Dr. Lena Placeholder')],
  });
  const view = conversation(1, KARL, { status: 'needs_answer' });
  bedside.conversationOf(first).state.set(
    thread(view, creamTalk(now), {
      marks: [{ member_id: KARL.member_id, delivered: 9, displayed: 7 }],
      hasOlder: true,
    }),
  );
}

export const chatScenes: Record<string, Scene> = {
  messages: { path: '/messages', set: asPatient },
  'messages-none': {
    path: '/messages',
    set: (bedside) => {
      asPatient(bedside);
      bedside.mailboxNow.set(mailbox([]));
    },
  },
  notices: { path: '/messages/notices', set: asPatient },
  thread: { path, set: asPatient },
  'thread-typing': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      const { state } = bedside.conversationOf(first);
      state.set({ ...state.get(), typing: [KARL.member_id] });
    },
  },
  'thread-offline': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      const waiting = [
        pending(1, 'I am on the train and have no network.'),
        pending(2, 'I will look again in an hour.'),
        pending(3, 'Can you also look at my last picture?', { fault: refused }),
      ];
      const { state } = bedside.conversationOf(first);
      state.set({
        ...state.get(),
        status: 'stale',
        pending: waiting,
        marks: [{ member_id: KARL.member_id, delivered: 9, displayed: 7 }],
      });
      bedside.pending.set(waiting);
      bedside.connection.set({ state: 'waiting', attempt: 3, retryAt: Date.now() + 60_000 });
    },
  },
  'thread-long': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      const long = Array.from({ length: 60 }, (_, index) =>
        message(
          index + 1,
          index % 3 === 0 && index < 45 ? PETRA : KARL,
          at((index - 60) * 40),
          index % 7 === 0
            ? 'https://clinic.example/a/very/long/address/that/does/not/break/anywhere/by/itself?with=parameters&and=more'
            : `Plainly fictional message number ${index + 1}, long enough to need a second line on a telephone.`,
        ),
      );
      bedside.conversationOf(first).state.set(
        thread(conversation(1, PETRA), long, {
          marks: [{ member_id: PETRA.member_id, delivered: 60, displayed: 48 }],
          hasOlder: true,
        }),
      );
    },
  },
  'thread-huge': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      bedside
        .conversationOf(first)
        .state.set(thread(conversation(1, PETRA), manyMessages(now, 5_000), { hasOlder: true }));
    },
  },
  'messages-many': {
    path: '/messages',
    set: (bedside) => {
      asPatient(bedside);
      bedside.mailboxNow.set(mailbox(manyCards(now, 500)));
    },
  },
  'thread-away': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      const away = { ...KARL, away_until: at(5 * 1440) };
      bedside.conversationOf(first).state.set(
        thread(conversation(1, PETRA, { members: [PETRA, away] }), creamTalk(now), {
          presence: [{ member_id: KARL.member_id, presence: 'offline' }],
        }),
      );
    },
  },
  'thread-rtl': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      document.documentElement.dir = 'rtl';
      const { state } = bedside.conversationOf(first);
      const more = [
        message(10, KARL, at(-9), 'مرحبا، كيف حالك اليوم؟'),
        message(11, PETRA, at(-8), 'شكرا، أفضل بكثير. Better, 20 mg a day.'),
      ];
      state.set({ ...state.get(), messages: [...creamTalk(now), ...more] });
    },
  },
  'thread-denied': {
    path,
    set: (bedside) => {
      asPatient(bedside);
      const { state } = bedside.conversationOf(first);
      state.set({ ...state.get(), status: 'denied', conversation: null, messages: [] });
    },
  },
  'care-list': { path: '/messages', set: asClinician },
  'care-thread': { path, set: asClinician },
  'care-closed': {
    path,
    set: (bedside) => {
      asClinician(bedside);
      bedside
        .conversationOf(first)
        .state.set(
          thread(conversation(1, KARL, { can_write: false, members: [PETRA, KARL, INES] }), [
            message(2, PETRA, at(-70), 'Thank you both.'),
            message(3, INES, at(-60), 'You are welcome.'),
          ]),
        );
    },
  },
  'home-write': {
    path: '/',
    set: (bedside) => {
      asPatient(bedside);
      bedside
        .topic(`agenda:${personId(1)}`)
        .set({ kind: 'agenda', cards: [card({ starts_at: at(25), ends_at: at(55) })] });
    },
  },
  'waiting-chat': {
    path: `/visit/${VISIT_ID}`,
    set: (bedside) => {
      asPatient(bedside);
      bedside.visitOf().view.set(
        visitView({
          starts_at: at(-4),
          ends_at: at(26),
          stage: 'waiting',
          clinician: 'online',
          participants: [],
          queue: { position: 1, waiting_since: at(-4), estimated_at: at(2) },
          can: ['leave'],
        }),
      );
      bedside.visitOf().onEnter = null;
    },
  },
};
