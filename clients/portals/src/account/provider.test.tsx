import { BedsideError, FactorNeeded } from '@bedside/client';
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { federated, identity } from '../dev/identity.ts';
import { fault, me } from '../dev/samples.ts';
import { faults } from '../strings/en-faults.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const SSO = [{ provider_id: 'sso', name: 'Clinic Sign-in' }];

describe('signing in by a provider', () => {
  it('is offered where there is one', async () => {
    show('/', (it) => {
      it.providerCards = SSO;
    });
    expect(await screen.findByRole('button', { name: 'Sign in with Clinic Sign-in' })).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
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

  it('has words also for what is no code at all', async () => {
    show('/#provider_fault=constructor');
    expect(await screen.findByText(faults.internal.title)).toBeTruthy();
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
  const account = (path: string, prepare: (it: FakeBedside) => void = () => {}) =>
    show(path, (it) => {
      it.me.set(me('patient'));
      identity(it);
      federated(it);
      prepare(it);
    });

  it('is done by whoever comes back to the account, once', async () => {
    const { bedside } = account('/account#provider=back', (it) => {
      it.answers.set('identity.link', {});
    });
    expect(await screen.findByText('Linked. From now on it signs you in here.')).toBeTruthy();
    expect(bedside.calls.filter((it) => it.name === 'identity.link')).toHaveLength(1);
    expect(location.hash).toBe('');
    expect(await faultsOfPage()).toEqual([]);
  });

  it('is offered where it is not done yet, and says what was refused', async () => {
    const { user } = account('/account', (it) => {
      it.answers.set('identity.begin_link', new BedsideError(fault('not_this_way', 3010)));
    });
    expect(await screen.findByRole('button', { name: /^Unlink Fictional Clinic/ })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Link Fictional Health Region' }));
    expect(await screen.findByText('This account is not signed in that way')).toBeTruthy();
  });

  it('is undone by the keyboard alone, after a question', async () => {
    const { bedside, user } = account('/account');
    const unlink = await screen.findByRole('button', { name: /^Unlink Fictional Clinic/ });
    unlink.focus();
    await user.keyboard('{Enter}');
    const sure = await screen.findByRole('button', { name: 'Unlink it' });
    expect(bedside.calls.map((it) => it.name)).not.toContain('identity.unlink');
    sure.focus();
    await user.keyboard('{Enter}');
    expect(await screen.findByText('None does yet.')).toBeTruthy();
    const title = screen.getByRole('heading', { name: 'Sign-in by an organisation' });
    await waitFor(() => expect(document.activeElement).toBe(title));
  });

  it('is not spoken of where nobody offers it', async () => {
    account('/account', (it) => {
      it.providerCards = [];
      it.answers.set('identity.list', { identities: [] });
    });
    await screen.findByRole('heading', { name: 'Second step' });
    expect(screen.queryByRole('heading', { name: 'Sign-in by an organisation' })).toBeNull();
  });
});
