import { BedsideError, type Person } from '@bedside/client';
import { act, screen, waitFor, within } from '@testing-library/react';
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
const IVO = person(6, 'interpreter', 'Ivo Imaginary');
const SUE = person(7, 'support', 'Sue Supposed');
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
const timesListed = (bedside: FakeBedside) => paramsOf(bedside, 'person.list').length;
const closed = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
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
      await closed();
    }
  });

  it('shows who was invited and has not answered, and invites them again', async () => {
    const waits: Person = { ...PETRA, status: 'invited', status_since: PETRA.created_at };
    const { bedside, user } = show('/admin?tab=people', (it) => {
      desk(it);
      it.answers.set('person.list', { people: [ADA, waits, KARL] });
      it.answers.set('person.invite', {});
    });
    const line = await lineOf(PETRA.display_name);
    expect(line.getByText(/^Invited on .+, not yet answered$/)).toBeTruthy();
    expect(line.queryByRole('button', { name: /^(Sign out|Reset)/ })).toBeNull();
    await user.click(line.getByRole('button', { name: `Invite again: ${PETRA.display_name}` }));
    const question = await dialog();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(question.getByRole('button', { name: 'Invite again' }));
    await waitFor(() => expect(said()).toBe(`${PETRA.display_name} was invited again.`));
    expect(paramsOf(bedside, 'person.invite')).toEqual([{ person_id: PETRA.person_id }]);
    await user.selectOptions(screen.getByLabelText('Who can sign in'), 'invited');
    expect(screen.getAllByRole('rowheader').map((it) => it.textContent)).toEqual([
      PETRA.display_name,
    ]);
  });

  it('says who is kept elsewhere, and in words what follows for whoever moves there', async () => {
    const there: Person = { ...PETRA, status: 'elsewhere', home_region: 'us-east' };
    const here: Person = { ...KARL, home_region: 'eu-west' };
    const { bedside, user } = show('/admin?tab=people', (it) => {
      desk(it);
      it.answers.set('person.list', {
        people: [{ ...ADA, home_region: 'eu-west' }, there, here],
        regions: [
          { region: 'eu-west', is_kept: true },
          { region: 'us-east', is_kept: false },
        ],
      });
      it.answers.set('person.update', here);
    });
    const line = await lineOf(PETRA.display_name);
    expect(line.getByText('Kept in us-east')).toBeTruthy();
    expect(line.queryByRole('button', { name: /^Sign out/ })).toBeNull();
    await user.click(await button(`Edit: ${KARL.display_name}`));
    const sheet = await dialog();
    await user.selectOptions(sheet.getByLabelText('Home region'), 'us-east');
    expect(sheet.getByText(/moves to us-east\. They are signed out here/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(sheet.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(said()).toBe(`${KARL.display_name} was saved.`));
    expect(paramsOf(bedside, 'person.update')[0]).toMatchObject({ home_region: 'us-east' });
    await closed();
    await user.click(await button(`Edit: ${ADA.display_name}`));
    expect((await dialog()).queryByLabelText('Home region')).toBeNull();
  });

  it('makes an account for somebody of another region whose people are kept here', async () => {
    const { bedside, user } = show('/admin?tab=people', (it) => {
      desk(it);
      const regions = ['eu-west', 'eu-central', 'us-east'].map((region) => ({
        region,
        is_kept: region !== 'us-east',
      }));
      it.answers.set('person.list', { people: [ADA], regions });
      it.answers.set('person.create', KARL);
    });
    await user.click(await button('New person'));
    const sheet = await dialog();
    const home = sheet.getByLabelText('Home region');
    const choices = within(home).getAllByRole('option');
    expect(choices.map((it) => it.textContent)).toEqual(['eu-west', 'eu-central']);
    await user.type(sheet.getByLabelText('Name'), 'Nora Made-up');
    await user.type(sheet.getByLabelText('E-mail'), 'nora@example.org');
    await user.selectOptions(home, 'eu-central');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(sheet.getByRole('button', { name: 'Create' }));
    await waitFor(() => expect(paramsOf(bedside, 'person.create')).toHaveLength(1));
    expect(paramsOf(bedside, 'person.create')[0]).toMatchObject({ home_region: 'eu-central' });
  });

  it('asks for no home where the hub has no region', async () => {
    const { user } = show('/admin?tab=people', desk);
    await user.click(await button(`Edit: ${KARL.display_name}`));
    expect((await dialog()).queryByLabelText('Home region')).toBeNull();
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
    expect(await sheet.findByText(/3 appointments of theirs are still to come/)).toBeTruthy();
    expect(paramsOf(bedside, 'person.suspend')).toEqual([
      { person_id: personId(2), reason: 'Left us' },
    ]);
    expect(said()).toBe(`${KARL.display_name} is suspended.`);
    expect(timesListed(bedside)).toBe(2);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('leads the keyboard to what has to be looked after once, and leaves it alone afterwards', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    bedside.answers.set('person.suspend', { person: KARL, appointments_ahead: 1 });
    await user.click(await button(`Suspend: ${KARL.display_name}`));
    const sheet = await dialog();
    await user.type(sheet.getByLabelText('Reason'), 'Left us');
    await user.click(sheet.getByRole('button', { name: 'Suspend' }));
    const note = await sheet.findByRole('status');
    expect(note.textContent).toMatch(/^1 appointment of theirs is still to come/);
    const [cross, close] = sheet.getAllByRole('button', { name: 'Close' });
    await waitFor(() => expect(document.activeElement).toBe(close));
    act(() => cross?.focus());
    act(() => bedside.me.set({ ...me('admin'), person_id: ADA.person_id }));
    expect(document.activeElement).toBe(cross);
  });

  it('says of each role what a suspension and its end mean', async () => {
    const { user } = show('/admin?tab=people', (bedside) => {
      desk(bedside);
      const active = [PETRA, KARL, IVO, SUE];
      const gone = active.map((it, at) => {
        const person_id = personId(20 + at);
        return { ...it, person_id, status: 'suspended', display_name: `Gone ${it.role}` };
      });
      bedside.answers.set('person.list', { people: [ADA, ...active, ...gone] });
    });
    const ownAppointments = /cannot cancel their own appointments here/;
    for (const { role, display_name, isBooked } of [
      { ...PETRA, isBooked: false },
      { ...KARL, isBooked: true },
      { ...IVO, isBooked: true },
      { ...SUE, isBooked: false },
    ]) {
      await user.click(await button(`Suspend: ${display_name}`));
      const sheet = await dialog();
      const body = sheet.getByText(/cannot sign in, until you reinstate them/).textContent;
      expect(/Nobody can book new appointments with them/.test(body)).toBe(isBooked);
      expect(ownAppointments.test(body)).toBe(role === 'patient');
      expect(/the clinic has to look after/.test(body)).toBe(role === 'patient');
      expect(/appointments/.test(body)).toBe(isBooked || role === 'patient');
      await user.click(sheet.getByRole('button', { name: 'Close' }));
      await closed();
      await user.click(await button(`Reinstate: Gone ${role}`));
      const question = await dialog();
      const back = question.getByText(/can sign in again/).textContent;
      expect(/booked with them again/.test(back)).toBe(isBooked);
      await user.click(question.getByRole('button', { name: 'Leave it' }));
      await closed();
    }
  });

  it('reads the list again after a conflict, and saves what was changed meanwhile', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    const changed: Person = { ...KARL, display_name: 'Karl Meanwhile', revision: 2 };
    const isOld = (params: { revision: number }) => params.revision < changed.revision;
    bedside.answers.set('person.update', (params: { revision: number }) =>
      isOld(params) ? new BedsideError(fault('conflict', 5001)) : changed,
    );
    await user.click(await button(`Edit: ${KARL.display_name}`));
    const first = await dialog();
    await user.click(first.getByRole('button', { name: 'Save' }));
    expect(await first.findByText('Somebody has changed this account meanwhile')).toBeTruthy();
    bedside.answers.set('person.list', { people: [ADA, changed] });
    await user.click(first.getByRole('button', { name: 'Close' }));
    await user.click(await button('Edit: Karl Meanwhile'));
    const second = await dialog();
    await user.click(second.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(said()).toBe('Karl Meanwhile was saved.'));
    const sent = paramsOf(bedside, 'person.update') as Pick<Person, 'revision' | 'display_name'>[];
    expect(sent.map((it) => [it.revision, it.display_name])).toEqual([
      [1, KARL.display_name],
      [2, 'Karl Meanwhile'],
    ]);
  });

  it('says what a refusal means, and reads the list again when that is closed', async () => {
    const { bedside, user } = show('/admin?tab=people', (bedside) => {
      desk(bedside);
      bedside.answers.set('person.suspend', new BedsideError(fault('not_allowed_now', 5001)));
      bedside.answers.set('person.reinstate', new BedsideError(fault('not_allowed_now', 5001)));
    });
    await user.click(await button(`Suspend: ${KARL.display_name}`));
    const sheet = await dialog();
    await user.type(sheet.getByLabelText('Reason'), 'Left us');
    await user.click(sheet.getByRole('button', { name: 'Suspend' }));
    expect(await sheet.findByText('That cannot be done now')).toBeTruthy();
    expect(timesListed(bedside)).toBe(1);
    await user.click(sheet.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(timesListed(bedside)).toBe(2));
    await user.click(await button('Reinstate: Sol Fictional'));
    const question = await dialog();
    await user.click(question.getByRole('button', { name: 'Reinstate' }));
    expect(await question.findByText('That cannot be done now')).toBeTruthy();
    await user.click(question.getByRole('button', { name: 'Leave it' }));
    await waitFor(() => expect(timesListed(bedside)).toBe(3));
  });

  it('leaves the list alone when a sheet is closed without trouble', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    await user.click(await button(`Edit: ${KARL.display_name}`));
    await user.click((await dialog()).getByRole('button', { name: 'Close' }));
    await closed();
    expect(timesListed(bedside)).toBe(1);
  });

  it('gives the keyboard back to the line that a sheet was opened from', async () => {
    const { user } = show('/admin?tab=people', desk);
    for (const name of [`Edit: ${KARL.display_name}`, 'Reinstate: Sol Fictional']) {
      (await button(name)).focus();
      await user.keyboard('{Enter}');
      await dialog();
      await user.keyboard('{Escape}');
      await closed();
      await waitFor(async () => expect(document.activeElement).toBe(await button(name)));
    }
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
