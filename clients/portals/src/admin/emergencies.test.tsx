import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { grantId } from '../dev/charts.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { fault, personId } from '../dev/samples.ts';
import { emergencyDesk, review, use } from '../dev/support.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const path = '/admin?tab=emergencies';
const rowsOf = (name: string) =>
  within(screen.getByRole('table', { name })).getAllByRole('row').slice(1);

async function lookInto(user: ReturnType<typeof show>['user']) {
  await user.click(
    await screen.findByRole('button', {
      name: 'Review: record of Petra Example, opened by Dr. Karl Sample',
    }),
  );
  return within(await screen.findByRole('dialog'));
}

describe('emergencies', () => {
  it('that wait come first, with who, whom and why', async () => {
    show(path, emergencyDesk);
    const due = await screen.findByRole('table', { name: 'To look into' });
    expect(
      within(due)
        .getAllByRole('rowheader')
        .map((it) => it.textContent),
    ).toEqual(['Petra Example', 'Carlos Ejemplo de la Torre y Montenegro']);
    expect(within(due).getByText('Life or health is in danger now')).toBeTruthy();
    expect(within(due).getAllByText('Still open')).toHaveLength(1);
    const done = within(screen.getByRole('table', { name: 'Looked into' }));
    expect(done.getByText('It was none')).toBeTruthy();
    const headings = screen.getAllByRole('heading', { level: 2 }).map((it) => it.textContent);
    expect(headings).toEqual(['To look into', 'Looked into']);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('are looked into: the reason, what was read, a verdict and a note', async () => {
    const { bedside, user } = show(path, emergencyDesk);
    const dialog = await lookInto(user);
    expect(dialog.getByText(/the paramedics ask what she takes/)).toBeTruthy();
    expect(await dialog.findByText('Read a patient’s messages')).toBeTruthy();
    expect(dialog.getByText('1 × Conversation, 2 × Message')).toBeTruthy();
    expect(dialog.getByText('Looked at a patient’s record')).toBeTruthy();
    expect(paramsOf(bedside, 'emergency.list_uses')).toEqual([{ grant_id: grantId(2) }]);
    await user.click(dialog.getByRole('button', { name: 'Save what I found' }));
    expect(dialog.getByText('Choose what you found.')).toBeTruthy();
    expect(dialog.getByText('Enter 1 to 500 characters.')).toBeTruthy();
    expect(document.activeElement).toBe(dialog.getByLabelText('What did you find?'));
    expect(await faultsOfPage()).toEqual([]);
    await user.selectOptions(dialog.getByLabelText('What did you find?'), 'appropriate');
    await user.type(dialog.getByLabelText('Note'), '  The paramedics were called.  ');
    await user.click(dialog.getByRole('button', { name: 'Save what I found' }));
    await waitFor(() => expect(said()).toMatch(/what you found about the record of Petra Example/));
    expect(paramsOf(bedside, 'emergency.review')).toEqual([
      { grant_id: grantId(2), verdict: 'appropriate', note: 'The paramedics were called.' },
    ]);
    await waitFor(() => expect(rowsOf('Looked into')).toHaveLength(2));
    expect(rowsOf('To look into')).toHaveLength(1);
  });

  it('are not looked into by who opened them', async () => {
    const { user } = show(path, (it) => {
      emergencyDesk(it);
      const own = review(1);
      own.emergency.clinician_id = personId(9);
      it.answers.set('emergency.list_reviews', { reviews: [own] });
    });
    await user.click(await screen.findByRole('button', { name: /^Review/ }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText(/another administrator looks into it/)).toBeTruthy();
    expect(dialog.queryByRole('button', { name: 'Save what I found' })).toBeNull();
  });

  it('say that somebody was faster, and look again', async () => {
    const { bedside, user } = show(path, (it) => {
      emergencyDesk(it);
      it.answers.set('emergency.review', new BedsideError(fault('conflict', 5000)));
    });
    const dialog = await lookInto(user);
    await user.selectOptions(dialog.getByLabelText('What did you find?'), 'inappropriate');
    await user.type(dialog.getByLabelText('Note'), 'No');
    await user.click(dialog.getByRole('button', { name: 'Save what I found' }));
    expect(await dialog.findByText('Somebody was faster')).toBeTruthy();
    const before = paramsOf(bedside, 'emergency.list_reviews').length;
    await user.click(dialog.getByRole('button', { name: 'Close' }));
    await waitFor(() =>
      expect(paramsOf(bedside, 'emergency.list_reviews').length).toBeGreaterThan(before),
    );
  });

  it('show what was found, and tell when more was read than is listed', async () => {
    const { user } = show(path, (it) => {
      emergencyDesk(it);
      const uses = Array.from({ length: 30 }, (_, index) => use(index, 'patient.read'));
      it.answers.set('emergency.list_uses', { uses, is_cut: true });
    });
    await user.click(await screen.findByRole('button', { name: /^Show: record of Petra/ }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText('Nobody was in danger. Spoken to.')).toBeTruthy();
    expect(dialog.getByText(/^Adele Placeholder, /)).toBeTruthy();
    expect(await dialog.findByText(/There was more than is shown/)).toBeTruthy();
    expect(dialog.getAllByText('Looked at a patient’s record')).toHaveLength(8);
    await user.click(dialog.getByRole('button', { name: 'Show all 30' }));
    expect(dialog.getAllByText('Looked at a patient’s record')).toHaveLength(30);
    expect(dialog.queryByLabelText('Note')).toBeNull();
  });

  it('teach when there are none, and say what the hub refuses', async () => {
    const { bedside, user } = show(path, (it) => {
      emergencyDesk(it);
      it.answers.set('emergency.list_reviews', new BedsideError(fault('unavailable', 7000)));
    });
    await screen.findByText('Code 7000');
    bedside.answers.set('emergency.list_reviews', { reviews: [] });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Nothing to look into')).toBeTruthy();
  });
});
