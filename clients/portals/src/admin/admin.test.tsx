import { BedsideError } from '@bedside/client';
import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { CLINICIAN, card, fault, me, PATIENT, person, personId } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

function desk(bedside: FakeBedside): void {
  bedside.me.set(me('admin'));
  bedside.answers.set('person.list', {
    people: [
      person(1, 'patient', PATIENT.display_name),
      person(2, 'clinician', CLINICIAN.display_name),
    ],
  });
  bedside.answers.set('appointment.list', { appointments: [card()] });
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.find((it) => it.name === name)?.args[0];

describe('administration', () => {
  it('creates a person, and says at the field what is wrong', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    await user.click(await screen.findByRole('button', { name: 'New person' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(dialog.getByText('Enter an e-mail address such as name@example.org.')).toBeTruthy();
    expect(dialog.queryByLabelText(/password/i)).toBeNull();
    expect(paramsOf(bedside, 'person.create')).toBeUndefined();
    await user.type(dialog.getByLabelText('Name'), 'Nora Invented');
    await user.type(dialog.getByLabelText('E-mail'), 'nora@example.org');
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(paramsOf(bedside, 'person.create')).toMatchObject({
      display_name: 'Nora Invented',
      email: 'nora@example.org',
      role: 'patient',
    });
  });

  it('shows the hub’s own refusal', async () => {
    const { user } = show('/admin?tab=people', (bedside) => {
      desk(bedside);
      bedside.answers.set('person.create', new BedsideError(fault('email_taken', 5002)));
    });
    await user.click(await screen.findByRole('button', { name: 'New person' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.type(dialog.getByLabelText('Name'), 'Nora Invented');
    await user.type(dialog.getByLabelText('E-mail'), 'nora@example.org');
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(await dialog.findByText('Code 5002')).toBeTruthy();
    expect(dialog.getByLabelText<HTMLInputElement>('Name').value).toBe('Nora Invented');
  });

  it('plans an appointment in the clinician’s zone', async () => {
    const { bedside, user } = show('/admin', (it) => {
      desk(it);
      it.answers.set('appointment.place', card());
    });
    await user.click(await screen.findByRole('button', { name: 'New appointment' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.selectOptions(dialog.getByLabelText('Patient'), personId(1));
    await user.selectOptions(dialog.getByLabelText('Clinician'), personId(2));
    await user.clear(dialog.getByLabelText('Date'));
    await user.type(dialog.getByLabelText('Date'), '2099-01-15');
    await user.type(dialog.getByLabelText('Begins at'), '14:30');
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    const starts_at = Date.UTC(2099, 0, 15, 13, 30);
    expect(paramsOf(bedside, 'appointment.place')).toMatchObject({
      starts_at,
      ends_at: starts_at + 30 * 60_000,
      time_zone: 'Europe/Berlin',
    });
  });

  it('cancels only after a question that names whose appointment it is', async () => {
    const { bedside, user } = show('/admin', desk);
    await user.click(await screen.findByRole('button', { name: 'Cancel: Petra Example' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText('Cancel the appointment of Petra Example?')).toBeTruthy();
    expect(paramsOf(bedside, 'appointment.cancel')).toBeUndefined();
    await user.click(dialog.getByRole('button', { name: 'Cancel appointment' }));
    expect(paramsOf(bedside, 'appointment.cancel')).toEqual({
      appointment_id: card().appointment_id,
    });
  });

  it('makes a join link only when asked', async () => {
    const { bedside, user } = show('/admin', (it) => {
      desk(it);
      it.answers.set('video.create_join_token', { url: '/join#abc', expires_at: Date.now() });
    });
    await user.click(await screen.findByRole('button', { name: 'Join link: Petra Example' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(paramsOf(bedside, 'video.create_join_token')).toBeUndefined();
    expect(dialog.queryByRole('button', { name: /clinician/i })).toBeNull();
    await user.click(dialog.getByRole('button', { name: 'Link for the patient' }));
    const field = await dialog.findByLabelText<HTMLInputElement>('Link for Petra Example');
    expect(field.value).toBe(`${location.origin}/join#abc`);
  });
});
