import { BedsideError, FactorNeeded } from '@bedside/client';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { CODE, challenge, factorId, identity, phone, RECOVERY_CODES } from '../dev/identity.ts';
import { card, fault, MINUTE, me, sessionId } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { bytesOf, textOf } from './passkey.ts';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('signing in with a second step', () => {
  const begin = async (methods = challenge()) => {
    const shown = show('/', (bedside) => {
      identity(bedside);
      bedside.refusal = new FactorNeeded(methods);
    });
    await shown.user.type(await screen.findByLabelText('E-mail'), 'petra@example.org');
    await shown.user.type(screen.getByLabelText('Password'), 'a long password');
    await shown.user.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByRole('heading', { name: 'One more step' });
    shown.bedside.refusal = null;
    return shown;
  };

  it('asks for the code of the app, and takes it to the hub', async () => {
    const { bedside, user } = await begin();
    expect(await faultsOfPage()).toEqual([]);
    const field = await screen.findByLabelText('Code of your app');
    expect(document.activeElement).toBe(field);
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(screen.getByText('Enter it first.')).toBeTruthy();
    await user.type(field, CODE);
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await waitFor(() => expect(bedside.me.get()).not.toBeNull());
    expect(paramsOf(bedside, 'verifyFactor')).toEqual([
      { challenge: 'sealed', proof: { kind: 'totp', code: CODE } },
    ]);
  });

  it('takes a recovery code instead', async () => {
    const { bedside, user } = await begin();
    await user.click(await screen.findByRole('button', { name: 'Use a recovery code' }));
    await user.type(screen.getByLabelText('Recovery code'), RECOVERY_CODES[0] ?? '');
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await waitFor(() =>
      expect(paramsOf(bedside, 'verifyFactor')).toEqual([
        { challenge: 'sealed', proof: { kind: 'recovery', code: RECOVERY_CODES[0] } },
      ]),
    );
  });

  it('says that a code was wrong, and leads back', async () => {
    const { bedside, user } = await begin();
    bedside.refusal = new BedsideError(fault('wrong_factor', 3008));
    await user.type(await screen.findByLabelText('Code of your app'), '000000');
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(await screen.findByText('Code 3008')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Back to e-mail and password' }));
    expect(screen.getByLabelText<HTMLInputElement>('E-mail').value).toBe('petra@example.org');
    expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe('');
  });
});

describe('a passkey', () => {
  const bytes = (text: string) => new TextEncoder().encode(text).buffer;
  const device = (get: () => Promise<unknown>) => {
    vi.stubGlobal('PublicKeyCredential', class {});
    Object.defineProperty(navigator, 'credentials', { configurable: true, value: { get } });
  };
  const asked = {
    challenge: 'c2VhbGVk',
    rp_id: 'localhost',
    allow: [],
    must_verify_user: true,
    timeout_ms: 60_000,
  };
  const passkeys = (bedside: FakeBedside) =>
    bedside.answers.set('auth.begin_passkey', {
      challenge: 'sealed',
      expires_at: Date.now() + MINUTE,
      passkey: asked,
    });

  it('signs in alone', async () => {
    device(async () => ({
      rawId: bytes('key'),
      response: {
        clientDataJSON: bytes('{}'),
        authenticatorData: bytes('data'),
        signature: bytes('signed'),
      },
    }));
    const { bedside, user } = show('/', passkeys);
    await user.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }));
    await waitFor(() => expect(bedside.me.get()).not.toBeNull());
    expect(paramsOf(bedside, 'signInPasskey')).toEqual([
      {
        challenge: 'sealed',
        assertion: {
          credential_id: 'a2V5',
          client_data: 'e30',
          authenticator_data: 'ZGF0YQ',
          signature: 'c2lnbmVk',
        },
      },
    ]);
  });

  it('that does not sign is told as that, and not as a fault of the clinic’s system', async () => {
    device(() => Promise.reject(new DOMException('', 'NotAllowedError')));
    const { bedside, user } = show('/', passkeys);
    await user.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }));
    expect(await screen.findByText(/The passkey was not used/)).toBeTruthy();
    expect(paramsOf(bedside, 'signInPasskey')).toEqual([]);
  });

  it('is bytes in the browser and base64url on the wire', () => {
    for (const text of ['', 'AA', '-_-_', 'c2VhbGVk']) {
      expect(textOf(bytesOf(text).buffer)).toBe(text);
    }
  });
});

describe('a role that must have a second step', () => {
  it('gets it before anything else: picture, secret, code, and codes that are shown once', async () => {
    const { bedside, user } = show('/admin', (it) => {
      it.me.set(me('admin', { must_enrol: true }));
      it.becomes = null;
      identity(it, []);
      it.answers.set('person.list', { people: [] });
      it.answers.set('appointment.list', { appointments: [] });
    });
    await screen.findByRole('heading', { name: 'Protect your account first' });
    await user.click(await screen.findByRole('button', { name: 'Add an authenticator app' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Add an authenticator app' }));
    await user.click(dialog.getByRole('button', { name: 'Continue' }));
    expect(
      await dialog.findByRole('img', { name: 'QR code for the authenticator app' }),
    ).toBeTruthy();
    expect(dialog.getByText('JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.type(dialog.getByLabelText('Then enter the code that the app shows'), '12');
    await user.click(dialog.getByRole('button', { name: 'Confirm' }));
    expect(dialog.getByText('Enter the six digits that the app shows.')).toBeTruthy();
    await user.type(dialog.getByLabelText('Then enter the code that the app shows'), '3456');
    await user.click(dialog.getByRole('button', { name: 'Confirm' }));
    expect(await screen.findByText(RECOVERY_CODES[0] ?? '')).toBeTruthy();
    expect(paramsOf(bedside, 'factor.confirm_totp')).toEqual([
      { factor_id: factorId(5), code: CODE },
    ]);
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(RECOVERY_CODES[0]);
    bedside.becomes = me('admin');
    await user.click(screen.getByRole('button', { name: 'I have kept them' }));
    expect(await screen.findByRole('heading', { name: 'Administration' })).toBeTruthy();
  });
});

describe('sign-in and security', () => {
  const open = (prepare: (bedside: FakeBedside) => void = () => {}) =>
    show('/account', (it) => {
      it.me.set(me('clinician'));
      identity(it);
      prepare(it);
    });

  it('lists where somebody is signed in, and ends one or all others', async () => {
    const { bedside, user } = open();
    await screen.findByText('Here, now');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'End Safari on iPhone' }));
    await waitFor(() => expect(screen.queryByText('Safari on iPhone')).toBeNull());
    expect(paramsOf(bedside, 'session.end')).toEqual([{ session_id: sessionId(2) }]);
    await user.click(screen.getByRole('button', { name: 'End all others' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'End all other sign-ins?' }));
    await user.click(dialog.getByRole('button', { name: 'End all others' }));
    await waitFor(() => expect(screen.queryByText('Unknown program on unknown system')).toBeNull());
    expect(screen.queryByRole('button', { name: 'End all others' })).toBeNull();
  });

  it('asks for a proof when the hub wants one, and does it then without another click', async () => {
    let isProven = false;
    const { bedside, user } = open((it) => {
      const remove = it.answers.get('factor.remove') as (params: unknown) => unknown;
      it.answers.set('factor.remove', (params: unknown) => {
        if (!isProven) throw new BedsideError(fault('step_up', 3007));
        return remove(params);
      });
      it.answers.set('auth.step_up', () => {
        isProven = true;
        return { proved_at: Date.now() };
      });
    });
    await user.click(await screen.findByRole('button', { name: 'Remove Phone' }));
    await user.click(await screen.findByRole('button', { name: 'Remove it' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.type(await dialog.findByLabelText('Code of your app'), CODE);
    await user.click(dialog.getByRole('button', { name: 'Continue' }));
    expect(await screen.findByText('There is none yet.')).toBeTruthy();
    expect(paramsOf(bedside, 'factor.remove')).toHaveLength(2);
    expect(paramsOf(bedside, 'auth.step_up')).toEqual([
      { challenge: 'sealed', proof: { kind: 'totp', code: CODE } },
    ]);
  });

  it('shows the refusal to whoever does not prove it', async () => {
    const { bedside, user } = open((it) =>
      it.answers.set('factor.remove', new BedsideError(fault('step_up', 3007))),
    );
    await user.click(await screen.findByRole('button', { name: 'Remove Phone' }));
    await user.click(await screen.findByRole('button', { name: 'Remove it' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.click(dialog.getByRole('button', { name: 'Close' }));
    expect(await screen.findByText('Code 3007')).toBeTruthy();
    expect(paramsOf(bedside, 'factor.remove')).toHaveLength(1);
  });
});

describe('a page that nobody touches', () => {
  const page = () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    return show('/', (it) => {
      it.me.set(me('patient', { idle_after_s: 600 }));
      identity(it, [phone()]);
      const { person_id } = me('patient');
      it.topic(`agenda:${person_id}`).set({ kind: 'agenda', cards: [card()] });
      it.answers.set('waitlist.list', { entries: [] });
      it.answers.set('service.list', { services: [] });
    });
  };
  const pass = (minutes: number) => act(() => vi.advanceTimersByTimeAsync(minutes * MINUTE));
  const lockTitle = () => screen.queryByRole('heading', { name: 'Locked' });

  it('is hidden after the hub’s limit, keeps what runs behind, and opens by a proof', async () => {
    const { bedside } = page();
    await screen.findByRole('heading', { name: /^Hello/ });
    const behind = document.querySelector('main');
    await pass(9);
    fireEvent.keyDown(window, { key: 'a' });
    await pass(9);
    expect(lockTitle()).toBeNull();
    await pass(2);
    expect(lockTitle()).toBeTruthy();
    expect(document.querySelector('main')).toBe(behind);
    expect(behind?.closest('[inert]')).not.toBeNull();
    // Touching it is too late, and a reload opens nothing.
    fireEvent.pointerDown(window);
    await pass(1);
    expect(lockTitle()).toBeTruthy();
    expect(Object.values(sessionStorage)).toContain('1');
    fireEvent.click(screen.getByRole('button', { name: 'Unlock' }));
    fireEvent.change(await screen.findByLabelText('Code of your app'), { target: { value: CODE } });
    fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
    await waitFor(() => expect(lockTitle()).toBeNull());
    expect(paramsOf(bedside, 'auth.step_up')).toHaveLength(1);
    expect(Object.values(sessionStorage)).not.toContain('1');
  });

  it('that slept past the limit is hidden, although it is touched before any timer comes', async () => {
    page();
    await screen.findByRole('heading', { name: /^Hello/ });
    vi.setSystemTime(Date.now() + 11 * MINUTE);
    fireEvent.pointerDown(window);
    await pass(0.1);
    expect(lockTitle()).toBeTruthy();
  });

  it('leads to the sign-in when the hub has ended the session meanwhile', async () => {
    const { bedside } = page();
    bedside.answers.set('auth.begin_step_up', new BedsideError(fault('session_ended', 2003)));
    await screen.findByRole('heading', { name: /^Hello/ });
    await pass(11);
    fireEvent.click(screen.getByRole('button', { name: 'Unlock' }));
    fireEvent.click(await screen.findByRole('button', { name: 'Sign in again' }));
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy();
    expect(bedside.me.get()).toBeNull();
  });

  it('is not hidden from somebody who has no limit', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    show('/account', (it) => {
      it.me.set(me('patient'));
      identity(it);
    });
    await screen.findByText('Here, now');
    await pass(600);
    expect(lockTitle()).toBeNull();
  });
});
