import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { challenge, identity, phone } from '../dev/identity.ts';
import { fault, me } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { lengthOf } from './strength.ts';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

const open = async (factors = [] as ReturnType<typeof phone>[]) => {
  const shown = show('/account', (it) => {
    it.me.set(me('patient'));
    identity(it, factors);
  });
  await screen.findByText('Here, now');
  await shown.user.click(screen.getByRole('button', { name: 'Change password' }));
  return { ...shown, field: screen.getByLabelText<HTMLInputElement>('New password') };
};
const save = () => screen.getByRole('button', { name: 'Save the new password' });
const said = () => screen.getByTestId('announcements').textContent?.trim();

describe('a new password', () => {
  it('is asked for length and nothing else, and ends the other sign-ins', async () => {
    const { bedside, user, field } = await open();
    expect(document.activeElement).toBe(field);
    expect(await faultsOfPage()).toEqual([]);
    await user.type(field, 'short');
    expect(screen.getByText('5 of at least 15 characters')).toBeTruthy();
    await user.click(save());
    expect(screen.getByText('Enter at least 15 characters.')).toBeTruthy();
    expect(document.activeElement).toBe(field);
    expect(paramsOf(bedside, 'auth.change_password')).toEqual([]);
    await user.type(field, ' green lamp tea');
    expect(screen.getByText('20 characters. That is long enough.')).toBeTruthy();
    expect(said()).toBe('Long enough.');
    await user.click(save());
    await waitFor(() => expect(screen.queryByText('Safari on iPhone')).toBeNull());
    expect(paramsOf(bedside, 'auth.change_password')).toEqual([
      { password: 'short green lamp tea' },
    ]);
    expect(said()).toMatch(/^Your password was changed/);
    const opener = screen.getByRole('button', { name: 'Change password' });
    expect(document.activeElement).toBe(opener);
    expect(document.body.innerHTML).not.toContain('green lamp');
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('green lamp');
  });

  it('may be shorter beside a second factor', async () => {
    const { field, user } = await open([phone()]);
    await user.type(field, 'tea lamp');
    expect(screen.getByText('8 characters. That is long enough.')).toBeTruthy();
  });

  it('is told what to do where a password is not enough and nothing else is there', async () => {
    const { bedside, user, field } = await open();
    bedside.answers.set('auth.begin_step_up', challenge({ methods: [] }));
    bedside.answers.set('auth.change_password', new BedsideError(fault('step_up', 3007)));
    await user.type(field, 'cable green lamp tea');
    await user.click(save());
    const dialog = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    expect(await dialog.findByText(/^Nothing is set up yet that could show it/)).toBeTruthy();
  });

  it('is asked for the password so far when the sign-in is not of late', async () => {
    let isProven = false;
    const { bedside, user, field } = await open();
    bedside.answers.set('auth.begin_step_up', challenge({ methods: ['password'] }));
    bedside.answers.set('auth.step_up', () => {
      isProven = true;
      return { proved_at: Date.now() };
    });
    bedside.answers.set('auth.change_password', () => {
      if (!isProven) throw new BedsideError(fault('step_up', 3007));
      return {};
    });
    await user.type(field, 'cable green lamp tea');
    await user.click(save());
    const dialog = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.type(await dialog.findByLabelText('Your password'), 'the one so far');
    await user.click(dialog.getByRole('button', { name: 'Continue' }));
    await waitFor(() => expect(said()).toMatch(/^Your password was changed/));
    expect(paramsOf(bedside, 'auth.step_up')).toEqual([
      { challenge: 'sealed', proof: { kind: 'password', password: 'the one so far' } },
    ]);
  });

  it('that is guessed too easily is told at the field, and kept there', async () => {
    const { bedside, user, field } = await open();
    const refused = { ...fault('invalid_value', 1003), field: 'password' };
    bedside.answers.set('auth.change_password', new BedsideError(refused));
    await user.type(field, 'passwordpassword');
    await user.click(save());
    const told = await screen.findByText(/^This one is guessed too easily/);
    expect(field.getAttribute('aria-describedby')).toContain(told.id);
    expect(field.value).toBe('passwordpassword');
    expect(field.getAttribute('aria-invalid')).toBe('true');
  });

  it('is suggested, shown, and long enough', async () => {
    const { bedside, user, field } = await open();
    await user.click(screen.getByRole('button', { name: 'Suggest one' }));
    expect(field.type).toBe('text');
    expect(lengthOf(field.value)).toBe(24);
    await user.click(screen.getByRole('button', { name: 'Keep the old one' }));
    expect(screen.queryByLabelText('New password')).toBeNull();
    expect(paramsOf(bedside, 'auth.change_password')).toEqual([]);
  });

  it('is counted in characters, not in bytes or halves of them', () => {
    expect(lengthOf('ä🙂ﬁ')).toBe(4);
  });
});

describe('the last second step', () => {
  it('stays, and the page says why and what to do', async () => {
    const { bedside, user } = show('/account', (it) => {
      it.me.set(me('clinician'));
      identity(it);
    });
    bedside.answers.set('factor.remove', new BedsideError(fault('not_allowed_now', 4002)));
    await user.click(await screen.findByRole('button', { name: 'Remove Phone' }));
    await user.click(await screen.findByRole('button', { name: 'Remove it' }));
    expect(await screen.findByText('The last one has to stay')).toBeTruthy();
    expect(screen.queryByText(/The visit has moved on/)).toBeNull();
  });
});
