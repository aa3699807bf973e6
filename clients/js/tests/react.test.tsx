// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, describe, expect, test } from 'vitest';
import type { PersonId, Topic, TopicState } from '../src/protocol.gen.js';
import {
  BedsideProvider,
  useAgenda,
  useBedside,
  useConversation,
  useMailbox,
  usePending,
  useStore,
  useVisit,
} from '../src/react.js';
import { example } from './support/golden.js';
import { signedIn } from './support/hub.js';

afterEach(cleanup);

const VisitStage = ({ id }: { id: string }) => {
  const bedside = useBedside();
  const { view, status, media } = useVisit(bedside, id);
  return (
    <p>
      {useStore(bedside.connection).state} {status} {view?.stage ?? 'nothing'} {media.phase}
    </p>
  );
};

const Agenda = ({ person }: { person: PersonId | undefined }) => {
  const { cards, status } = useAgenda(useBedside(), person);
  return (
    <p>
      {status} {cards?.length ?? 'none'}
    </p>
  );
};

const Chat = ({ id, person }: { id: string; person: PersonId | undefined }) => {
  const bedside = useBedside();
  const { status, messages, pending } = useConversation(bedside, id);
  const { unread } = useMailbox(bedside, person);
  return (
    <p>
      {status} {messages.length} messages {pending.length} of {usePending(bedside).length} waiting,{' '}
      {unread} unread
    </p>
  );
};

const text = () => screen.getByRole('paragraph').textContent;

describe('hooks', () => {
  test('a visit is shown as it changes, and purged with the session', async () => {
    const { hub, bedside, clock } = await signedIn();
    const { unmount } = render(
      <StrictMode>
        <BedsideProvider client={bedside}>
          <VisitStage id={hub.view.appointment_id} />
        </BedsideProvider>
      </StrictMode>,
    );
    await act(() => clock.advance(10));
    expect(text()).toBe('open live waiting off');
    await act(() => hub.change({ stage: 'admitted' }));
    expect(text()).toBe('open live admitted off');
    await act(() => bedside.signOut());
    expect(text()).toBe('idle loading nothing off');
    await act(async () => {
      await bedside.signIn('pat@clinic.example', 'correct horse example');
      await clock.advance(10);
    });
    expect(text()).toBe('open live admitted off');
    unmount();
    await clock.advance(5_000);
    expect(hub.socket.received.at(-1)).toMatchObject({ type: 'unfollow', topic: hub.topic });
  });

  test('an agenda of nobody is nothing, of somebody their cards', async () => {
    const { hub, bedside, clock } = await signedIn();
    const person = hub.me.person_id as PersonId;
    hub.states.set(`agenda:${person}`, example<TopicState>('state of an agenda'));
    const at = (id: PersonId | undefined) => (
      <BedsideProvider client={bedside}>
        <Agenda person={id} />
      </BedsideProvider>
    );
    const { rerender } = render(at(undefined));
    expect(text()).toBe('loading none');
    rerender(at(person));
    await act(() => clock.advance(10));
    expect(text()).toBe('live 1');
    hub.socket.drop();
    await act(() => clock.advance(0));
    expect(text()).toBe('stale 1');
  });

  test('a conversation, a mailbox and what waits are shown as they change', async () => {
    const { hub, bedside, clock } = await signedIn();
    const person = hub.me.person_id as PersonId;
    const state = example<Extract<TopicState, { kind: 'conversation' }>>('state of a conversation');
    const id = state.conversation.conversation_id;
    const topic: Topic = `conversation:${id}`;
    hub.states.set(topic, state);
    hub.states.set(`mailbox:${person}`, example<TopicState>('state of a mailbox'));
    hub.answers.set('message.send', () => 'silence');
    const at = (who: PersonId | undefined) => (
      <StrictMode>
        <BedsideProvider client={bedside}>
          <Chat id={id} person={who} />
        </BedsideProvider>
      </StrictMode>
    );
    const { rerender } = render(at(undefined));
    await act(() => clock.advance(10));
    expect(text()).toBe('live 1 messages 0 of 0 waiting, 0 unread');
    rerender(at(person));
    await act(() => clock.advance(10));
    expect(text()).toBe('live 1 messages 0 of 0 waiting, 2 unread');
    await act(() => bedside.conversation(id).send('hello'));
    await act(() => bedside.conversation('another').send('hello'));
    expect(text()).toBe('live 1 messages 1 of 2 waiting, 2 unread');
    await act(() => bedside.signOut());
    expect(text()).toBe('loading 0 messages 0 of 0 waiting, 0 unread');
  });

  test('without a provider it says what is missing', () => {
    expect(() => render(<VisitStage id="x" />)).toThrow('BedsideProvider');
  });
});
