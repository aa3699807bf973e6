import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { ownRecord } from '../dev/records.ts';
import { fault } from '../dev/samples.ts';
import { FIRST } from '../dev/sharing.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { differences, isNarrower, merge } from './share.ts';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const messages = () => screen.getByLabelText('Who sees “Your messages”');
const saves = () => screen.getByRole('button', { name: 'Save what I share' });

describe('what a patient shares', () => {
  it('is told class by class, and says since when', async () => {
    show('/record', ownRecord);
    const section = within(await screen.findByRole('region', { name: 'What I share' }));
    expect(await section.findByText(/^It holds since: /)).toBeTruthy();
    const contact = section.getByLabelText<HTMLSelectElement>('Who sees “How to reach you”');
    expect(contact.value).toBe('treating');
    expect((messages() as HTMLSelectElement).value).toBe('care_team');
    expect(section.getAllByRole('combobox')).toHaveLength(6);
    expect(section.queryByText('Not saved yet.')).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('is changed with a word on what changes, and saved by the revision that was read', async () => {
    const { bedside, user } = show('/record', ownRecord);
    await screen.findByText(/^It holds since: /);
    await user.selectOptions(messages(), 'treating');
    await user.click(screen.getByRole('checkbox', { name: 'What the visit is about' }));
    const changes = within(screen.getByRole('region', { name: 'What changes when you save' }));
    expect(
      changes.getByText(
        'Your messages: Only clinicians who treat me. Until now: Also clinicians who are called in to help.',
      ),
    ).toBeTruthy();
    expect(changes.getByText(/What the visit is about: yes\. Until now: no\./)).toBeTruthy();
    expect(changes.getByText(/shut out at once/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    expect(paramsOf(bedside, 'sharing.update')).toEqual([]);
    await user.click(saves());
    await waitFor(() => expect(said()).toBe('Saved. It holds from now on.'));
    expect(paramsOf(bedside, 'sharing.update')).toEqual([
      {
        revision: 2,
        sharing: {
          ...FIRST,
          contact: 'treating',
          messages: 'treating',
          helpers: { complaint: true, messages: true },
        },
      },
    ]);
    expect(screen.queryByText('Not saved yet.')).toBeNull();
    expect(location.search).toBe('');
  });

  it('is as it was when the changes are taken back', async () => {
    const { bedside, user } = show('/record', ownRecord);
    await screen.findByText(/^It holds since: /);
    await user.selectOptions(messages(), 'clinicians');
    expect(screen.queryByText(/shut out at once/)).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Take my changes back' }));
    expect((messages() as HTMLSelectElement).value).toBe('care_team');
    expect(paramsOf(bedside, 'sharing.update')).toEqual([]);
  });

  it('keeps what was chosen when it was changed elsewhere meanwhile', async () => {
    const { bedside, user } = show('/record', ownRecord);
    await screen.findByText(/^It holds since: /);
    bedside.answers.set('sharing.update', new BedsideError(fault('conflict', 5000)));
    bedside.answers.set('sharing.read', {
      sharing: { ...FIRST, insurance: 'clinicians' },
      revision: 5,
      at: Date.now(),
    });
    await user.selectOptions(messages(), 'treating');
    await user.click(saves());
    expect(await screen.findByText(/changed elsewhere meanwhile/)).toBeTruthy();
    expect((messages() as HTMLSelectElement).value).toBe('treating');
    const insurance = screen.getByLabelText<HTMLSelectElement>('Who sees “Insurance”');
    expect(insurance.value).toBe('clinicians');
    bedside.answers.set('sharing.update', { sharing: FIRST, revision: 6, at: Date.now() });
    await user.click(saves());
    await waitFor(() => expect(screen.queryByText(/changed elsewhere meanwhile/)).toBeNull());
    expect(paramsOf(bedside, 'sharing.update').at(-1)).toMatchObject({ revision: 5 });
  });

  it('says what the hub refuses, and that nothing was chosen yet', async () => {
    const { bedside, user } = show('/record', (it) => {
      ownRecord(it);
      it.answers.set('sharing.read', { sharing: FIRST, revision: 0 });
      it.answers.set('sharing.list_versions', { versions: [] });
    });
    expect(await screen.findByText(/^You have not chosen yet\. This/)).toBeTruthy();
    bedside.answers.set('sharing.update', new BedsideError(fault('unavailable', 7000)));
    await user.selectOptions(messages(), 'treating');
    await user.click(saves());
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    expect((messages() as HTMLSelectElement).value).toBe('treating');
    await user.click(screen.getByRole('button', { name: 'What I shared before' }));
    expect(await screen.findByText(/there is nothing before/)).toBeTruthy();
  });

  it('is looked for again when it could not be read', async () => {
    const { bedside, user } = show('/record', (it) => {
      ownRecord(it);
      it.answers.set('sharing.read', new Error('no network'));
    });
    const section = within(await screen.findByRole('region', { name: 'What I share' }));
    expect(await section.findByText('We can’t reach the clinic’s system')).toBeTruthy();
    bedside.answers.set('sharing.read', { sharing: FIRST, revision: 1, at: Date.now() });
    await user.click(section.getByRole('button', { name: 'Try again' }));
    expect(await section.findByText(/^It holds since: Today/)).toBeTruthy();
  });

  it('has a history: what was different, and the first choice in whole', async () => {
    const { user } = show('/record', ownRecord);
    await screen.findByText(/^It holds since: /);
    await user.click(screen.getByRole('button', { name: 'What I shared before' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'What you shared, and since when' }),
    );
    expect(await dialog.findByText('Holds now')).toBeTruthy();
    expect(
      dialog.getByText(
        'How to reach you: Only clinicians who treat me. Until now: Also clinicians who are called in to help.',
      ),
    ).toBeTruthy();
    expect(dialog.getByText('Your first choice:')).toBeTruthy();
    expect(dialog.getByText('Insurance: Only clinicians who treat me')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });
});

describe('two choices', () => {
  it('differ by class, and one of them may be the narrower', () => {
    const next = { ...FIRST, visits: 'clinicians' as const, identity: 'treating' as const };
    const found = differences(FIRST, next);
    expect(found.map((it) => [it.of, isNarrower(it)])).toEqual([
      ['identity', true],
      ['visits', false],
    ]);
  });

  it('are merged without anything of either getting lost', () => {
    const chosen = { ...FIRST, helpers: { complaint: true, messages: true } };
    const theirs = { ...FIRST, visits: 'care_team' as const };
    expect(merge(FIRST, chosen, theirs)).toEqual({
      ...theirs,
      helpers: { complaint: true, messages: true },
    });
  });
});
