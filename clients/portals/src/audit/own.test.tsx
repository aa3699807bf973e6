import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { identity } from '../dev/identity.ts';
import { fault, MINUTE, me, ZONE } from '../dev/samples.ts';
import { accesses, fakeLog, giveLog, signIns } from '../dev/trail.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { daysOf } from './own.ts';

const now = Date.now();
const list = accesses(now);

function trail(bedside: FakeBedside): void {
  bedside.me.set(me('patient'));
  identity(bedside);
  bedside.answers.set('audit.own', { accesses: list });
  bedside.answers.set('audit.sign_ins', { sign_ins: signIns(now) });
  giveLog(bedside, fakeLog(list.map((it) => ({ ...it, outcome: 'ok' }))));
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

describe('who saw my record', () => {
  it('is told by day and by person: name, role, what and when', async () => {
    show('/access', trail);
    const yesterday = within(await screen.findByRole('region', { name: /^Yesterday/ }));
    expect(yesterday.getByText('Adele Placeholder')).toBeTruthy();
    expect(yesterday.getByText('Administrator')).toBeTruthy();
    expect(yesterday.getByText('Moved an appointment')).toBeTruthy();
    expect(screen.getByText('An account that no longer exists')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('shows alone what was changed', async () => {
    const { user } = show('/access', trail);
    await user.selectOptions(await screen.findByLabelText('Show'), 'changes');
    expect(screen.getByText('Sent a message')).toBeTruthy();
    expect(screen.queryByText('Looked at a visit')).toBeNull();
  });

  it('leads from an entry to the clinic, and verifies it here', async () => {
    const { user } = show('/access', trail);
    const details = await screen.findAllByRole('button', {
      name: /^Details: Dr. Karl Sample looked at a visit/,
    });
    await user.click(details[0] as HTMLElement);
    const dialog = within(await screen.findByRole('dialog', { name: 'What happened' }));
    await user.click(dialog.getByRole('button', { name: 'Verify' }));
    expect(await dialog.findByText('Verified')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Ask your clinic about this' }));
    expect(location.pathname).toBe('/messages');
  });

  it('goes on past pages that hold nothing, because others see most of them', async () => {
    const { bedside } = show('/access', (it) => {
      trail(it);
      it.answers.set('audit.own', ({ cursor }: { cursor?: string }) =>
        cursor === undefined ? { accesses: [], cursor: '5' } : { accesses: list },
      );
    });
    expect(await screen.findByText('Moved an appointment')).toBeTruthy();
    expect(paramsOf(bedside, 'audit.own')).toEqual([{}, { cursor: '5' }]);
  });

  it('teaches when there is nothing, and says what the hub refuses', async () => {
    const { user, bedside } = show('/access', (it) => {
      trail(it);
      it.answers.set('audit.own', new BedsideError(fault('unavailable', 7000)));
    });
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    bedside.answers.set('audit.own', { accesses: [] });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Nobody has opened your record yet')).toBeTruthy();
  });

  it('stands in days of the person’s own zone', () => {
    const [first] = list;
    if (!first) throw new Error('no entries');
    const midnight = Date.UTC(2026, 10, 23, 23);
    const at = (minutes: number) => ({ ...first, at: midnight + minutes * MINUTE });
    const days = daysOf([at(1), at(0), at(-1)], ZONE);
    expect(days.map((it) => it.day)).toEqual(['2026-11-24', '2026-11-23']);
    expect(days[0]?.people).toHaveLength(1);
    expect(days[0]?.people[0]?.accesses).toHaveLength(2);
  });
});

describe('my sign-ins', () => {
  it('say when, from where, and whether somebody got in', async () => {
    const { bedside } = show('/account', trail);
    expect(await screen.findAllByText('Signed in')).toHaveLength(2);
    expect(screen.getByText('Did not get in')).toBeTruthy();
    expect(screen.getByText(/The password was wrong/)).toBeTruthy();
    expect(screen.getByText('from the network 2001:db8:42::/48')).toBeTruthy();
    expect(paramsOf(bedside, 'audit.sign_ins')).toEqual([{ limit: 10 }]);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('are reached from everybody’s menu, and lead to the clinic', async () => {
    const { user } = show('/clinician', (it) => {
      trail(it);
      it.me.set(me('clinician'));
    });
    await user.click(await screen.findByRole('button', { name: /^Menu of/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Sign-in and security' }));
    await waitFor(() => expect(location.pathname).toBe('/account'));
    expect(await screen.findByRole('link', { name: 'Write to your clinic' })).toBeTruthy();
  });
});
