import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { supportPath } from '../app/pages.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { challenge } from '../dev/identity.ts';
import { fault, me, personId, sessionId } from '../dev/samples.ts';
import { supportDesk } from '../dev/support.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const petra = supportPath(personId(1));

describe('support', () => {
  it('is at home with the accounts, from wherever they sign in', async () => {
    for (const path of ['/', '/admin', '/clinician', '/profile', '/patients']) {
      const { bedside } = show(path, supportDesk);
      await screen.findByRole('heading', { name: 'Support', level: 1 });
      expect(location.pathname).toBe('/support');
      const asked = bedside.calls.map((it) => it.name);
      expect(asked).not.toContain('person.list');
      expect(asked).not.toContain('appointment.list');
      document.body.replaceChildren();
    }
  });

  it('finds people by name and role, without a name in the address', async () => {
    const { bedside, user } = show('/support', supportDesk);
    await screen.findByRole('rowheader', { name: 'Petra Example' });
    expect(await faultsOfPage()).toEqual([]);
    await user.type(screen.getByLabelText('Search by name'), 'petra');
    expect(screen.getByText(/^1 person\./)).toBeTruthy();
    expect(screen.queryByRole('rowheader', { name: 'Dr. Karl Sample' })).toBeNull();
    expect(location.search).toBe('');
    await user.selectOptions(screen.getByLabelText('Role'), 'clinician');
    expect(await screen.findByText('Nobody fits')).toBeTruthy();
    expect(paramsOf(bedside, 'support.list_people')).toEqual([{}, { role: 'clinician' }]);
    expect(location.search).toBe('?role=clinician');
  });

  it('sees by what somebody signs in, and ends one sign-in after a question', async () => {
    const { bedside, user } = show('/support', supportDesk);
    await user.click(await screen.findByRole('link', { name: 'Help Petra Example' }));
    expect(location.pathname).toBe(petra);
    await screen.findByRole('heading', { name: 'Petra Example' });
    expect(await screen.findByText('1 is set up')).toBeTruthy();
    expect(screen.getByText('7')).toBeTruthy();
    expect(document.title).not.toContain('Petra');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'End Safari on iPhone' }));
    await user.click(await screen.findByRole('button', { name: 'End it' }));
    await waitFor(() => expect(said()).toBe('The sign-in was ended.'));
    expect(paramsOf(bedside, 'session.end')).toEqual([{ session_id: sessionId(2) }]);
    await waitFor(() =>
      expect(screen.queryByRole('button', { name: 'End Safari on iPhone' })).toBeNull(),
    );
  });

  it('signs somebody out everywhere, after a proof of who does it', async () => {
    let isProven = false;
    const { user } = show(petra, (it) => {
      supportDesk(it);
      const end = it.answers.get('session.end_all') as () => unknown;
      it.answers.set('session.end_all', () => {
        if (!isProven) throw new BedsideError(fault('step_up', 3007));
        return end();
      });
      it.answers.set('auth.begin_step_up', challenge({ methods: ['password'] }));
      it.answers.set('auth.step_up', () => {
        isProven = true;
        return { proved_at: Date.now() };
      });
    });
    await user.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
    await user.click(await screen.findByRole('button', { name: 'Sign them out' }));
    const proof = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.type(await proof.findByLabelText('Your password'), 'mine');
    await user.click(proof.getByRole('button', { name: 'Continue' }));
    await waitFor(() => expect(said()).toBe('3 sign-ins of Petra Example were ended.'));
    expect(await screen.findByText('Nowhere.')).toBeTruthy();
  });

  it('sees how messages went, and not what they said', async () => {
    show(petra, supportDesk);
    const table = within(await screen.findByRole('table', { name: 'Messages to them' }));
    expect(table.getByText('Given up')).toBeTruthy();
    expect(table.getByText('refused')).toBeTruthy();
    expect(table.getByText('To be sent')).toBeTruthy();
    expect(table.getByText('Short message')).toBeTruthy();
    expect(table.getAllByText('About an appointment')).toHaveLength(2);
  });

  it('ends no sign-in of an administrator', async () => {
    show(supportPath(personId(9)), supportDesk);
    await screen.findByText(/Another administrator ends/);
    expect(screen.queryByRole('button', { name: /^End/ })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Sign out everywhere' })).toBeNull();
  });

  it('is told when there is no such account', async () => {
    show(petra, (it) => {
      supportDesk(it);
      it.answers.set('support.list_people', { people: [] });
      it.answers.set('support.read_sign_in', new BedsideError(fault('not_found', 4000)));
      it.answers.set('support.list_notices', new BedsideError(fault('not_found', 4000)));
    });
    expect(await screen.findAllByText('There is no such account')).toHaveLength(2);
    expect(screen.getByRole('link', { name: 'All people' })).toBeTruthy();
  });

  it('sees how the hub is, and what could not be delivered', async () => {
    const { user } = show('/support?tab=hub', supportDesk);
    expect(await screen.findByText(/answered by clinic-1, version 0\.1\.0/)).toBeTruthy();
    expect(screen.getByText('Does not answer')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('tab', { name: 'Undelivered messages' }));
    expect(await screen.findByText('Every message was sent')).toBeTruthy();
    expect(location.search).toBe('?tab=undelivered');
  });

  it('has messages of the clinic, and no conversations', async () => {
    const { bedside } = show('/messages', (it) => {
      supportDesk(it);
      it.answers.set('inbox.list', { messages: [] });
    });
    await screen.findByRole('heading', { name: 'No messages yet' });
    expect(screen.queryByRole('link', { name: 'Conversations' })).toBeNull();
    expect(bedside.topics.has(`agenda:${personId(8)}`)).toBe(false);
  });

  it('has pages that are for nobody else', async () => {
    show(petra, (it) => it.me.set(me('clinician')));
    await waitFor(() => expect(location.pathname).toBe('/clinician'));
  });
});
