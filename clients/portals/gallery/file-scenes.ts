import { BedsideError } from '@bedside/client';
import {
  chat,
  conversation,
  conversationId,
  creamTalk,
  KARL,
  message,
  PETRA,
  pending,
  thread,
} from '../src/dev/chat.ts';
import { clinic } from '../src/dev/clinic.ts';
import type { FakeBedside } from '../src/dev/fake.ts';
import { fileCard, pendingFile } from '../src/dev/files.ts';
import { fault, me } from '../src/dev/samples.ts';
import { drawnPicture } from './pictures.ts';
import { at, now, type Scene } from './scene.ts';

/** Files in messages: shown, chosen, on their way, warned of. */

const first = conversationId(1);
const path = `/messages/${first}`;

function withFiles(bedside: FakeBedside): void {
  clinic(bedside);
  bedside.me.set(me('patient'));
  chat(bedside, PETRA, now);
  bedside.answers.set('file.link', ({ file_id }: { file_id: string }) => ({
    url: drawnPicture(Number(file_id.split('-').at(-1)) * 47),
    expires_at: at(1),
  }));
  const talk = [
    ...creamTalk(now).slice(0, 3),
    message(5, PETRA, at(-90), 'It looks like this today.', { files: [fileCard(1)] }),
    message(6, KARL, at(-80), 'Thank you. Can you take it from the side as well?'),
    message(7, PETRA, at(-60), '', {
      files: [2, 3, 4].map((it) => fileCard(it, { name: `side ${it}.jpg` })),
    }),
    message(8, KARL, at(-40), 'That helps. Here is what we talked about.', {
      files: [
        fileCard(5, {
          name: 'How to use the cream every day and what to look out for.pdf',
          content_type: 'application/pdf',
          bytes: 2_310_000,
          has_preview: false,
          scanned: false,
        }),
      ],
    }),
    message(9, PETRA, at(-10), 'And these from my other doctor.', {
      files: [
        fileCard(6, { name: 'letter.pdf', state: 'checking', has_preview: false }),
        fileCard(7, {
          name: 'values.pdf',
          state: 'refused',
          why: 'encrypted',
          has_preview: false,
        }),
        fileCard(8, {
          name: 'old letter.pdf',
          state: 'quarantined',
          why: 'infected',
          has_preview: false,
        }),
      ],
    }),
  ];
  bedside.conversationOf(first).state.set(thread(conversation(1, PETRA), talk));
}

const warned = {
  ...fault('content_warned', 5009),
  findings: [
    { kind: 'payment_card', count: 1 } as const,
    { kind: 'other_people', count: 1 } as const,
  ],
};

export const fileScenes: Record<string, Scene> = {
  'thread-files': { path, set: withFiles },
  'thread-attach': {
    path,
    set: (bedside) => {
      withFiles(bedside);
      bedside.uploadsAs.push(
        { phase: 'clear', sent: 1 },
        { phase: 'uploading', sent: 60_000 },
        { phase: 'waiting', sent: 40_000 },
        { phase: 'failed', error: new BedsideError(fault('file_quota', 6004)) },
      );
    },
  },
  'thread-name-warned': {
    path,
    set: (bedside) => {
      withFiles(bedside);
      bedside.uploadsAs.push({ phase: 'failed', error: new BedsideError(warned) });
    },
  },
  'thread-files-waiting': {
    path,
    set: (bedside) => {
      withFiles(bedside);
      const waiting = [
        pending(1, 'From the train, with the picture.', { files: [pendingFile(1)] }),
        pending(2, 'My card is 4111 1111 1111 1111 for the payment.', { fault: warned }),
      ];
      const { state } = bedside.conversationOf(first);
      state.set({ ...state.get(), status: 'stale', pending: waiting });
      bedside.pending.set(waiting);
      bedside.connection.set({ state: 'waiting', attempt: 3, retryAt: Date.now() + 60_000 });
    },
  },
};
