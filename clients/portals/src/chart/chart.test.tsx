import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { patientPath } from '../app/pages.ts';
import { aChart, aClosedChart, chartOf, emergencyCard, PETRA, partOf } from '../dev/charts.ts';
import { chat, conversationId, KARL } from '../dev/chat.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { challenge } from '../dev/identity.ts';
import { card, fault, MINUTE, me } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const path = patientPath(PETRA);
const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const sectionOf = (name: string) => within(screen.getByRole('region', { name }));
type User = ReturnType<typeof show>['user'];

async function ask(user: User) {
  await user.click(await screen.findByRole('button', { name: 'Open in an emergency' }));
  return within(await screen.findByRole('dialog', { name: 'Open this record in an emergency?' }));
}

async function fill(user: User) {
  const dialog = await ask(user);
  await user.selectOptions(dialog.getByLabelText('Why'), 'danger');
  await user.type(dialog.getByLabelText('In your own words'), '  Collapsed at home.  ');
  return dialog;
}

describe('a patient’s record', () => {
  it('shows what was told and what was not, and why it may be seen', async () => {
    show(path, aChart);
    await screen.findByRole('heading', { name: 'Petra Example', level: 1 });
    expect(screen.getByText('You treat this patient')).toBeTruthy();
    expect(sectionOf('Who they are').getByText(/1961/)).toBeTruthy();
    expect(sectionOf('Who they are').getByText('Germany')).toBeTruthy();
    expect(sectionOf('How to reach them').getByText('Not told')).toBeTruthy();
    expect(screen.queryByText('Withheld')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Open in an emergency' })).toBeNull();
    expect(document.title).not.toContain('Petra');
    expect(await faultsOfPage()).toEqual([]);
  });

  it('says of what is withheld that it is withheld, not that it is empty', async () => {
    const { bedside } = show(path, (it) => aChart(it, partOf()));
    await screen.findByText('You are of their care team');
    for (const name of ['Insurance', 'Visits']) {
      expect(sectionOf(name).getByText('Withheld')).toBeTruthy();
      expect(
        sectionOf(name).getByText(/says nothing about whether there is anything/),
      ).toBeTruthy();
      expect(sectionOf(name).queryByText('Not told')).toBeNull();
      expect(sectionOf(name).queryByRole('button')).toBeNull();
    }
    expect(screen.getByRole('button', { name: 'Open in an emergency' })).toBeTruthy();
    expect(paramsOf(bedside, 'patient.list_visits')).toEqual([]);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('reads visits and conversations only when they are wanted', async () => {
    const { bedside, user } = show(path, aChart);
    const visits = await screen.findByRole('button', { name: 'Show visits' });
    expect(paramsOf(bedside, 'patient.list_visits')).toEqual([]);
    await user.click(visits);
    expect(await screen.findByText('A rash on the arm')).toBeTruthy();
    expect(screen.getByText('with Dr. Lena Placeholder')).toBeTruthy();
    expect(paramsOf(bedside, 'patient.list_visits')).toEqual([{ patient_id: PETRA }]);
    await user.click(screen.getByRole('button', { name: 'Show conversations' }));
    const read = await screen.findByRole('button', {
      name: /^Read the conversation with Dr. Karl Sample/,
    });
    expect(paramsOf(bedside, 'patient.list_messages')).toEqual([]);
    await user.click(read);
    const dialog = within(await screen.findByRole('dialog'));
    expect(await dialog.findByText('It is smaller today.')).toBeTruthy();
    expect(dialog.getByText('This message was taken back.')).toBeTruthy();
    expect(dialog.getAllByText('Writer B')).toHaveLength(2);
    expect(dialog.queryByRole('textbox')).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Show earlier messages' }));
    expect(await dialog.findByText('Good morning, I have a rash.')).toBeTruthy();
    expect(dialog.getAllByText('Writer B')).toHaveLength(3);
    expect(paramsOf(bedside, 'patient.list_messages').at(-1)).toEqual({
      patient_id: PETRA,
      conversation_id: conversationId(1),
      before: 5,
    });
    expect(paramsOf(bedside, 'message.send')).toEqual([]);
  });

  it('leads to one’s own conversations when not all may be read', async () => {
    const { user } = show(path, (it) => {
      aChart(it, partOf());
      it.answers.set('patient.list_conversations', new BedsideError(fault('forbidden', 3000)));
    });
    await user.click(await screen.findByRole('button', { name: 'Show conversations' }));
    expect(await screen.findByText(/You may not read all of their messages/)).toBeTruthy();
    expect(sectionOf('Messages').getByRole('link', { name: 'Messages' })).toBeTruthy();
  });

  it('of whom nothing of the profile may be seen shows it as withheld', async () => {
    show(path, (it) => {
      aChart(it);
      it.answers.set('patient.read', new BedsideError(fault('forbidden', 3000)));
    });
    await screen.findByRole('heading', { name: 'A patient' });
    expect(screen.getAllByText('Withheld')).toHaveLength(3);
  });

  it('that cannot be reached is looked for again', async () => {
    const { bedside, user } = show(path, (it) => {
      aChart(it);
      it.answers.set('patient.read', new Error('no network'));
    });
    await screen.findByText('We can’t reach the clinic’s system');
    bedside.answers.set('patient.read', chartOf());
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Petra Example' })).toBeTruthy();
  });

  it('is one click from the day', async () => {
    const { user } = show('/clinician', (it) => {
      aChart(it);
      const cards = [card({ starts_at: Date.now(), ends_at: Date.now() + 30 * MINUTE })];
      it.topic(`agenda:${me('clinician').person_id}`).set({ kind: 'agenda', cards });
    });
    await user.click(await screen.findByRole('button', { name: 'Record of Petra Example' }));
    expect(location.pathname).toBe(path);
  });

  it('is one click from a conversation', async () => {
    const { user } = show(`/messages/${conversationId(1)}`, (it) => {
      aChart(it);
      chat(it, KARL);
      it.me.set(me('clinician'));
    });
    await user.click(await screen.findByRole('button', { name: 'Record of Petra Example' }));
    expect(location.pathname).toBe(path);
  });
});

describe('a record in an emergency', () => {
  it('is closed to who may not see it, and says what opening it brings', async () => {
    const { bedside, user } = show(path, aClosedChart);
    await screen.findByRole('heading', { name: 'This record is not open to you' });
    expect(await faultsOfPage()).toEqual([]);
    const dialog = await ask(user);
    expect(
      dialog.getByText(/The patient is told at once, and so is every administrator/),
    ).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Open the record' }));
    expect(dialog.getByText('Choose why.')).toBeTruthy();
    expect(dialog.getByText('Enter 10 to 500 characters.')).toBeTruthy();
    expect(document.activeElement).toBe(dialog.getByLabelText('Why'));
    expect(await faultsOfPage()).toEqual([]);
    await user.type(dialog.getByLabelText('In your own words'), 'too short');
    await user.click(dialog.getByRole('button', { name: 'Open the record' }));
    expect(paramsOf(bedside, 'emergency.open')).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Leave it closed' }));
    expect(screen.getByRole('heading', { name: 'This record is not open to you' })).toBeTruthy();
  });

  it('is opened after a proof of who it is, and a banner tells how long it is', async () => {
    let isProven = false;
    const { bedside, user } = show(path, (it) => {
      aClosedChart(it);
      const open = it.answers.get('emergency.open') as (params: unknown) => unknown;
      it.answers.set('emergency.open', (params: unknown) => {
        if (!isProven) throw new BedsideError(fault('step_up', 3007));
        return open(params);
      });
      it.answers.set('auth.begin_step_up', challenge({ methods: ['password'] }));
      it.answers.set('auth.step_up', () => {
        isProven = true;
        return { proved_at: Date.now() };
      });
    });
    const dialog = await fill(user);
    await user.click(dialog.getByRole('button', { name: 'Open the record' }));
    const proof = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.type(await proof.findByLabelText('Your password'), 'mine');
    await user.click(proof.getByRole('button', { name: 'Continue' }));
    const heading = await screen.findByRole('heading', { name: 'Petra Example' });
    expect(paramsOf(bedside, 'emergency.open').at(-1)).toEqual({
      patient_id: PETRA,
      reason: 'danger',
      text: 'Collapsed at home.',
    });
    await waitFor(() => expect(said()).toMatch(/^The record is open until .*were told\.$/));
    const banner = within(screen.getByRole('complementary', { name: 'Open in an emergency' }));
    expect(banner.getByRole('timer').textContent).toMatch(/^(1 hr|59 min|60 min) left$/);
    expect(banner.getByText(/You can read, and not write/)).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(heading));
    expect(screen.queryByRole('button', { name: 'Open in an emergency' })).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
    expect(location.href).not.toContain('Collapsed');
  });

  it('is not opened by who does not show who they are, nor beyond the bound of a day', async () => {
    const { bedside, user } = show(path, (it) => {
      aClosedChart(it);
      it.answers.set('emergency.open', new BedsideError(fault('emergency_quota', 6005)));
    });
    const dialog = await fill(user);
    await user.click(dialog.getByRole('button', { name: 'Open the record' }));
    expect(await dialog.findByText('No more records can be opened today')).toBeTruthy();
    expect(paramsOf(bedside, 'emergency.open')).toHaveLength(1);
    expect(screen.queryByTestId('emergency')).toBeNull();
  });

  it('is closed again when the hour is over, with all that was read under it', async () => {
    const { bedside, user } = show(path, aClosedChart);
    const dialog = await fill(user);
    await user.click(dialog.getByRole('button', { name: 'Open the record' }));
    await user.click(await screen.findByRole('button', { name: 'Show visits' }));
    await screen.findByText('A rash on the arm');
    bedside.answers.set('emergency.list', { emergencies: [] });
    bedside.ahead = 61 * MINUTE;
    await screen.findByRole('heading', { name: 'This record is not open to you' });
    expect(screen.queryByText('A rash on the arm')).toBeNull();
    expect(screen.queryByTestId('emergency')).toBeNull();
    expect(screen.getAllByText(/The hour is over/).length).toBeGreaterThan(0);
  });
});

describe('records of patients', () => {
  it('lists what is open in an emergency, and leads to one by its number', async () => {
    const { user } = show('/patients', (it) => {
      aChart(it);
      it.answers.set('emergency.list', { emergencies: [emergencyCard()] });
    });
    expect(await screen.findByText(/^Open until /)).toBeTruthy();
    expect(screen.getByRole('link', { name: /^Go to the record: Life or health/ })).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.type(screen.getByLabelText('Number of the record'), 'Petra');
    await user.click(screen.getByRole('button', { name: 'Look it up' }));
    expect(screen.getByText(/^Enter the whole number/)).toBeTruthy();
    await user.clear(screen.getByLabelText('Number of the record'));
    await user.type(screen.getByLabelText('Number of the record'), ` ${PETRA.toUpperCase()} `);
    await user.click(screen.getByRole('button', { name: 'Look it up' }));
    expect(location.pathname).toBe(path);
  });

  it('are for clinicians alone', async () => {
    show(path, (it) => it.me.set(me('patient')));
    await waitFor(() => expect(location.pathname).toBe('/'));
  });
});
