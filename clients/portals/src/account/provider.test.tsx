import { BedsideError, FactorNeeded } from '@bedside/client';
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { fault, me } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

const SSO = [{ provider_id: 'sso', name: 'Clinic Sign-in' }];

describe('signing in by a provider', () => {
  it('is offered where there is one, and only there', async () => {
    show('/', (it) => {
      it.providerCards = SSO;
    });
    expect(await screen.findByRole('button', { name: 'Sign in with Clinic Sign-in' })).toBeTruthy();
  });

  it('is finished by whoever comes back, once, and leaves nothing in the address', async () => {
    const { bedside } = show('/#provider=back', (it) => {
      it.signsInAs = me('clinician');
    });
    await screen.findByRole('heading', { name: /^Today/ });
    expect(bedside.calls.filter((it) => it.name === 'finishProvider')).toHaveLength(1);
    expect(location.hash).toBe('');
  });

  it('says what went wrong, in words of ours', async () => {
    const { bedside } = show('/#provider_fault=provider_refused');
    expect(await screen.findByText('You were not signed in there')).toBeTruthy();
    expect(bedside.calls).toEqual([]);
    expect(location.hash).toBe('');
  });

  it('asks for the second step where the account has one', async () => {
    show('/#provider=back', (it) => {
      it.refusal = new FactorNeeded({ challenge: 'c', expires_at: 1, methods: ['totp'] });
    });
    expect(await screen.findByRole('heading', { name: 'One more step' })).toBeTruthy();
  });

  it('says that it has to be linked first', async () => {
    show('/#provider=back', (it) => {
      it.refusal = new BedsideError(fault('identity_unknown', 2008));
    });
    expect(await screen.findByText('No account here goes with that sign-in')).toBeTruthy();
  });
});

describe('linking', () => {
  it('is done by whoever comes back to the account, and can be undone', async () => {
    const { bedside, user } = show('/account#provider=back', (it) => {
      it.providerCards = SSO;
      it.me.set(me('patient'));
      const card = { identity_id: 'i', linked_at: 1, provider: SSO[0] };
      it.answers.set('identity.link', card as never);
      it.answers.set('identity.list', { identities: [card] } as never);
      it.answers.set('identity.unlink', {} as never);
    });
    await user.click(await screen.findByRole('button', { name: 'Unlink Clinic Sign-in' }));
    await waitFor(() =>
      expect(bedside.calls.map((it) => it.name)).toEqual(
        expect.arrayContaining(['identity.link', 'identity.unlink']),
      ),
    );
  });
});
