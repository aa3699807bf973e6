import { BedsideError, type Person } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { CLINICIAN, fault, me, NOON, PATIENT, person, personId } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const ADA = person(9, 'admin', 'Adele Placeholder');
const KARL = person(2, 'clinician', CLINICIAN.display_name);
const PETRA = person(1, 'patient', PATIENT.display_name);
const GONE: Person = {
  ...person(4, 'support', 'Sol Fictional'),
  status: 'suspended',
  status_since: NOON,
  suspension: { reason: 'Away for a year', by: ADA.person_id },
  revision: 2,
};
const ERASED: Person = {
  ...person(5, 'patient', 'Erased'),
  status: 'erased',
  status_since: NOON,
  email: '0000@erased.invalid',
};

function desk(bedside: FakeBedside): void {
  bedside.me.set({ ...me('admin'), person_id: ADA.person_id });
  bedside.answers.set('person.list', { people: [ADA, KARL, PETRA, GONE, ERASED] });
  bedside.answers.set('appointment.list', { appointments: [] });
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const button = (name: string) => screen.findByRole('button', { name });
const dialog = async () => within(await screen.findByRole('dialog'));
const lineOf = async (name: string) => {
  const head = await screen.findByRole('rowheader', { name });
  const line = head.closest('tr');
  if (!line) throw new Error('no line');
  return within(line);
};

beforeEach(() => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB']);
});

describe('people', () => {
  it('says who can sign in, and leaves those alone who were erased', async () => {
    show('/admin?tab=people', desk);
    expect((await lineOf(KARL.display_name)).getByText('Can sign in')).toBeTruthy();
    expect((await lineOf('Sol Fictional')).getByText(/^Suspended since /)).toBeTruthy();
    const erased = await lineOf('Erased');
    expect(erased.getByText(/^Erased on /)).toBeTruthy();
    expect(erased.queryByText(/erased\.invalid/)).toBeNull();
    expect(erased.queryAllByRole('button')).toEqual([]);
    const own = await lineOf(ADA.display_name);
    expect(own.getAllByRole('button').map((it) => it.textContent)).toEqual(['Edit']);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('is filtered by role and state, by words in the address that name nobody', async () => {
    const { user } = show('/admin?tab=people', desk);
    await user.selectOptions(await screen.findByLabelText('Who can sign in'), 'suspended');
    expect(screen.getAllByRole('rowheader').map((it) => it.textContent)).toEqual(['Sol Fictional']);
    expect(location.search).toBe('?tab=people&status=suspended');
    await user.selectOptions(screen.getByLabelText('Show'), 'patient');
    expect(screen.getByText('Nobody fits')).toBeTruthy();
  });

  it('changes name, role and zone of one of the staff', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    bedside.answers.set('person.update', KARL);
    await user.click(await button(`Edit: ${KARL.display_name}`));
    const sheet = await dialog();
    expect(await faultsOfPage()).toEqual([]);
    const role = sheet.getByLabelText<HTMLSelectElement>('Role');
    expect([...role.options].map((it) => it.value)).not.toContain('patient');
    await user.clear(sheet.getByLabelText('Name'));
    await user.click(sheet.getByRole('button', { name: 'Save' }));
    expect(sheet.getByText('Enter a name, at most 120 characters.')).toBeTruthy();
    expect(document.activeElement).toBe(sheet.getByLabelText('Name'));
    await user.type(sheet.getByLabelText('Name'), ' Karl Otherwise ');
    await user.selectOptions(role, 'admin');
    await user.click(sheet.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(said()).toBe('Karl Otherwise was saved.'));
    expect(paramsOf(bedside, 'person.update')).toEqual([
      {
        person_id: personId(2),
        revision: 1,
        display_name: 'Karl Otherwise',
        role: 'admin',
        time_zone: KARL.time_zone,
      },
    ]);
  });

  it('offers no other role to patients and to oneself', async () => {
    const { user } = show('/admin?tab=people', desk);
    for (const [name, why] of [
      [PETRA.display_name, /A patient stays a patient/],
      [ADA.display_name, /Another administrator decides/],
    ] as const) {
      await user.click(await button(`Edit: ${name}`));
      const sheet = await dialog();
      expect(sheet.queryByLabelText('Role')).toBeNull();
      expect(sheet.getByText(why)).toBeTruthy();
      await user.click(sheet.getByRole('button', { name: 'Close' }));
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    }
  });

  it('suspends with a reason, and tells what has to be looked after', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    bedside.answers.set('person.suspend', { person: KARL, appointments_ahead: 3 });
    await user.click(await button(`Suspend: ${KARL.display_name}`));
    const sheet = await dialog();
    expect(sheet.getByText(/signed out everywhere within seconds/)).toBeTruthy();
    await user.click(sheet.getByRole('button', { name: 'Suspend' }));
    expect(sheet.getByText('Say why, in at most 500 characters.')).toBeTruthy();
    expect(paramsOf(bedside, 'person.suspend')).toEqual([]);
    await user.type(sheet.getByLabelText('Reason'), ' Left us ');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(sheet.getByRole('button', { name: 'Suspend' }));
    expect(await sheet.findByText(/3 appointments with them are still to come/)).toBeTruthy();
    expect(paramsOf(bedside, 'person.suspend')).toEqual([
      { person_id: personId(2), reason: 'Left us' },
    ]);
    expect(said()).toBe(`${KARL.display_name} is suspended.`);
    expect(paramsOf(bedside, 'person.list').length).toBe(2);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('says what a refusal means', async () => {
    const { user } = show('/admin?tab=people', (bedside) => {
      desk(bedside);
      bedside.answers.set('person.suspend', new BedsideError(fault('not_allowed_now', 5001)));
    });
    await user.click(await button(`Suspend: ${KARL.display_name}`));
    const sheet = await dialog();
    await user.type(sheet.getByLabelText('Reason'), 'Left us');
    await user.click(sheet.getByRole('button', { name: 'Suspend' }));
    expect(await sheet.findByText('That cannot be done now')).toBeTruthy();
  });

  it('reinstates after a question that says what happens and why they were suspended', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    bedside.answers.set('person.reinstate', GONE);
    await user.click(await button('Reinstate: Sol Fictional'));
    const question = await dialog();
    expect(question.getByText(/Suspended because: Away for a year/)).toBeTruthy();
    await user.click(question.getByRole('button', { name: 'Reinstate' }));
    await waitFor(() => expect(said()).toBe('Sol Fictional can sign in again.'));
    expect(paramsOf(bedside, 'person.reinstate')).toEqual([{ person_id: personId(4) }]);
  });

  it('shows what each role may do, in plain words', async () => {
    const { user } = show('/admin?tab=people', desk);
    await user.click(await button('What each role may do'));
    const sheet = await dialog();
    await user.selectOptions(sheet.getByLabelText('Role'), 'admin');
    const items = () => sheet.getAllByRole('listitem').map((it) => it.textContent);
    expect(items()).toContain('Suspended an account');
    await user.selectOptions(sheet.getByLabelText('Role'), 'support');
    expect(items()).not.toContain('Suspended an account');
    expect(items()).toContain('Ended all sign-ins of somebody');
    expect(await faultsOfPage()).toEqual([]);
  });
});
