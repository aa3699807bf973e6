import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { challenge, identity } from '../dev/identity.ts';
import { erasureId, holdId, lockedFile, lockedFileId, recordsDesk } from '../dev/records.ts';
import { fault, PATIENT, personId } from '../dev/samples.ts';
import * as files from '../parts/download.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { certifiedBy } from './certificate.ts';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const NAME = PATIENT.display_name;

beforeEach(() => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB']);
});

describe('erasures', () => {
  const open = async (prepare: (bedside: FakeBedside) => void = () => {}) => {
    const shown = show('/admin?tab=records', (it) => {
      recordsDesk(it);
      prepare(it);
    });
    await screen.findByRole('table', { name: 'Erasures' });
    return shown;
  };
  const ask = async (user: Awaited<ReturnType<typeof open>>['user']) => {
    await user.click(screen.getByRole('button', { name: `Carry out the erasure of ${NAME}` }));
    const dialog = await screen.findByRole('dialog', { name: `Erase the record of ${NAME}?` });
    return within(dialog);
  };

  it('say what stands against each, and are carried out where nothing does', async () => {
    await open();
    const table = within(screen.getByRole('table', { name: 'Erasures' }));
    expect(table.getByText('Legal hold')).toBeTruthy();
    expect(table.getByText(/^Kept by law until \d/)).toBeTruthy();
    expect(table.getAllByText('Nothing known')).toHaveLength(2);
    expect(table.getAllByRole('button', { name: /^Carry out/ })).toHaveLength(2);
    // Which it is, and what will go.
    const less = within(table.getByText('Conversations only').closest('tr') ?? document.body);
    expect(less.getByText('3 conversations')).toBeTruthy();
    expect(less.getByText('1 stays: visit to come')).toBeTruthy();
    expect(table.getAllByText('Everything')).toHaveLength(3);
    expect(table.getByText('Erased person')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('are confirmed by the name, never by a click alone, and end with a certificate', async () => {
    const save = vi.spyOn(files, 'download').mockImplementation(() => {});
    const { bedside, user } = await open();
    const dialog = await ask(user);
    expect(await faultsOfPage()).toEqual([]);
    const field = dialog.getByLabelText('Name');
    await user.type(field, 'Petra');
    await user.click(dialog.getByRole('button', { name: 'Erase for good' }));
    expect(dialog.getByText(/This is not the name above/)).toBeTruthy();
    expect(document.activeElement).toBe(field);
    expect(paramsOf(bedside, 'record.erase')).toEqual([]);
    await user.clear(field);
    await user.type(field, NAME);
    await user.click(dialog.getByRole('button', { name: 'Erase for good' }));
    const certificate = await screen.findByRole('dialog', { name: 'Certificate of an erasure' });
    expect(paramsOf(bedside, 'record.erase')).toEqual([{ erasure_id: erasureId(1) }]);
    expect(said()).toBe('The record was erased.');
    expect(within(certificate).getByText('4')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    const button = within(certificate).getByRole('button', { name: 'Save the certificate' });
    expect(document.activeElement).toBe(button);
    await user.click(button);
    const [name, text] = save.mock.calls[0] ?? [];
    expect(name).toBe(`erasure-${erasureId(1)}.json`);
    expect(JSON.parse(text ?? '')).toMatchObject({ signature: 'c2lnbmVk', public_key: 'a2V5' });
    expect(text).not.toContain(NAME);
  });

  it('of conversations say what stays, and are certified as such', async () => {
    const { bedside, user } = await open();
    await user.click(
      screen.getByRole('button', { name: `Carry out the erasure of the conversations of ${NAME}` }),
    );
    const dialog = within(
      await screen.findByRole('dialog', { name: `Erase the conversations of ${NAME}?` }),
    );
    expect(dialog.getByText(/^their account, sign-ins, name/)).toBeTruthy();
    expect(dialog.getByText('As things stand, 3 conversations go.')).toBeTruthy();
    expect(dialog.getByText(/^1 conversation stays/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.type(dialog.getByLabelText('Name'), NAME);
    await user.click(dialog.getByRole('button', { name: 'Erase the conversations for good' }));
    const certificate = within(
      await screen.findByRole('dialog', { name: 'Certificate of an erasure' }),
    );
    expect(said()).toBe('The conversations were erased.');
    expect(paramsOf(bedside, 'record.erase')).toEqual([{ erasure_id: erasureId(4) }]);
    expect(certificate.getByText('Conversations only; the account stays')).toBeTruthy();
    expect(certificate.getByText('2')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('that the hub refuses say why, and nothing is thought done', async () => {
    const { bedside, user } = await open((it) =>
      it.answers.set('record.erase', new BedsideError(fault('not_allowed_now', 4002))),
    );
    const dialog = await ask(user);
    await user.type(dialog.getByLabelText('Name'), NAME);
    await user.click(dialog.getByRole('button', { name: 'Erase for good' }));
    expect(await dialog.findByText('Something stands against it')).toBeTruthy();
    expect(dialog.getByText('Code 4002')).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Do not erase' }));
    expect(paramsOf(bedside, 'record.erase')).toHaveLength(1);
    expect(screen.getByRole('button', { name: `Carry out the erasure of ${NAME}` })).toBeTruthy();
  });

  it('that were carried out have their certificate', async () => {
    const { bedside, user } = await open();
    await user.click(screen.getByRole('button', { name: /^Certificate of the erasure/ }));
    await screen.findByRole('dialog', { name: 'Certificate of an erasure' });
    expect(paramsOf(bedside, 'record.read_certificate')).toEqual([{ erasure_id: erasureId(3) }]);
  });

  it('teach when nobody asked, and say what the hub refuses', async () => {
    const { bedside, user } = show('/admin?tab=records', (it) => {
      recordsDesk(it);
      it.answers.set('record.list_erasures', new BedsideError(fault('unavailable', 7000)));
    });
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    bedside.answers.set('record.list_erasures', { erasures: [] });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Nobody has asked for an erasure')).toBeTruthy();
  });

  it.each([
    ['no json'],
    ['{}'],
    ['null'],
    ['{"asked_at":1,"carried_out_at":2,"node":"n","destroyed":{}}'],
    [
      '{"scope":"all","asked_at":1,"carried_out_at":2,"node":"n","destroyed":{"keys_of_conversations":1}}',
    ],
  ])('with a certificate of another form (%s) show it as unknown', (text) => {
    expect(certifiedBy(text)).toBeNull();
  });
});

describe('a certificate', () => {
  it('of before is of everything', () => {
    const destroyed = { keys_of_conversations: 4 };
    const text = JSON.stringify({ asked_at: 1, carried_out_at: 2, node: 'n', destroyed });
    expect(certifiedBy(text)).toMatchObject({ scope: 'everything', talks: 4, leftOut: null });
  });
});

describe('legal holds', () => {
  it('are placed on a patient with a reason, and stand against the erasure at once', async () => {
    const { bedside, user } = show('/admin?tab=records', recordsDesk);
    await user.click(await screen.findByRole('button', { name: 'Place a hold' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Place a hold' }));
    await user.click(dialog.getByRole('button', { name: 'Place a hold' }));
    expect(dialog.getByText('Choose a patient.')).toBeTruthy();
    expect(document.activeElement).toBe(dialog.getByLabelText('Patient'));
    expect(await faultsOfPage()).toEqual([]);
    await user.selectOptions(dialog.getByLabelText('Patient'), personId(1));
    await user.type(dialog.getByLabelText('Reason'), '  Case 3/26  ');
    const before = paramsOf(bedside, 'record.list_erasures').length;
    await user.click(dialog.getByRole('button', { name: 'Place a hold' }));
    await waitFor(() => expect(said()).toBe(`A hold was placed on the record of ${NAME}.`));
    expect(paramsOf(bedside, 'record.hold')).toEqual([
      { person_id: personId(1), reason: 'Case 3/26' },
    ]);
    expect(await screen.findByText('Case 3/26')).toBeTruthy();
    expect(paramsOf(bedside, 'record.list_erasures').length).toBeGreaterThan(before);
    expect(location.search).toBe('?tab=records');
  });

  it('are lifted with a reason, and shown then when asked', async () => {
    const { bedside, user } = show('/admin?tab=records', recordsDesk);
    await user.click(await screen.findByRole('button', { name: /^Lift the hold on Carlos/ }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Lift the hold' }));
    expect(dialog.getByText(/^Enter a reason/)).toBeTruthy();
    await user.type(dialog.getByLabelText('Reason'), 'Case closed');
    await user.click(dialog.getByRole('button', { name: 'Lift the hold' }));
    expect(await screen.findByText('No legal holds')).toBeTruthy();
    expect(paramsOf(bedside, 'record.lift_hold')).toEqual([
      { hold_id: holdId(1), reason: 'Case closed' },
    ]);
    await user.click(screen.getByRole('checkbox', { name: 'Show lifted ones too' }));
    expect(screen.getAllByText(/^Lifted /)).toHaveLength(2);
    expect(location.search).toBe('?tab=records&lifted=1');
  });

  it('count a reason that grows long', async () => {
    const { user } = show('/admin?tab=records', recordsDesk);
    await user.click(await screen.findByRole('button', { name: 'Place a hold' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByLabelText('Reason'));
    await user.paste('x'.repeat(499));
    expect(dialog.getByText('1 character is left.')).toBeTruthy();
    await user.paste('xx');
    await user.click(dialog.getByRole('button', { name: 'Place a hold' }));
    expect(dialog.getByText(/at most 500 characters/)).toBeTruthy();
  });
});

describe('the quarantine', () => {
  it('lists what was found, and releases or destroys after a question that names the file', async () => {
    const { bedside, user } = show('/admin?tab=quarantine', recordsDesk);
    await screen.findByRole('rowheader', { name: /letter 1\.pdf/ });
    expect(screen.getAllByText('The antivirus knows it as harmful')).toHaveLength(2);
    expect(screen.getByText('Sent with a message')).toBeTruthy();
    expect(screen.getByText(/^Not sent/)).toBeTruthy();
    // Of a file whose key is gone there is nothing to release.
    expect(screen.getAllByRole('button', { name: /^Release/ })).toHaveLength(1);
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Release letter 1.pdf' }));
    await user.click(await screen.findByRole('button', { name: 'Release it' }));
    await waitFor(() => expect(said()).toBe('letter 1.pdf was released and is looked at again.'));
    expect(paramsOf(bedside, 'quarantine.release')).toEqual([{ file_id: lockedFileId(1) }]);
    await user.click(await screen.findByRole('button', { name: /^Destroy Name unknown/ }));
    await user.click(await screen.findByRole('button', { name: 'Destroy it' }));
    expect(await screen.findByText('Nothing in quarantine')).toBeTruthy();
    expect(paramsOf(bedside, 'quarantine.remove')).toEqual([{ file_id: lockedFileId(2) }]);
  });

  it('says that somebody was faster, and looks again', async () => {
    const { bedside, user } = show('/admin?tab=quarantine', (it) => {
      recordsDesk(it);
      it.answers.set('quarantine.remove', new BedsideError(fault('not_found', 4000)));
    });
    await user.click(await screen.findByRole('button', { name: 'Destroy letter 1.pdf' }));
    await user.click(await screen.findByRole('button', { name: 'Destroy it' }));
    expect(await screen.findByText('It is not in quarantine any more')).toBeTruthy();
    bedside.answers.set('quarantine.list', { files: [], has_more: false });
    await user.click(screen.getByRole('button', { name: 'Leave it locked' }));
    expect(await screen.findByText('Nothing in quarantine')).toBeTruthy();
  });

  it('goes on page by page', async () => {
    const { bedside, user } = show('/admin?tab=quarantine', (it) => {
      recordsDesk(it);
      it.answers.set('quarantine.list', ({ after }: { after?: string }) =>
        after === undefined
          ? { files: [lockedFile(1)], has_more: true }
          : { files: [lockedFile(2)], has_more: false },
      );
    });
    await user.click(await screen.findByRole('button', { name: 'Show more' }));
    expect(await screen.findByRole('rowheader', { name: /letter 2\.pdf/ })).toBeTruthy();
    expect(said()).toBe('1 more is shown.');
    expect(paramsOf(bedside, 'quarantine.list')).toEqual([{}, { after: lockedFileId(1) }]);
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
  });
});

describe('helping somebody sign in', () => {
  const desk = (bedside: FakeBedside) => {
    recordsDesk(bedside);
    identity(bedside);
    bedside.answers.set('session.end_all', { ended: 2 });
    bedside.answers.set('person.reset_factors', {});
  };

  it('ends their sign-ins after a question, and asks for a proof of who does it', async () => {
    let isProven = false;
    const { bedside, user } = show('/admin?tab=people', (it) => {
      desk(it);
      it.answers.set('auth.begin_step_up', challenge({ methods: ['password'] }));
      it.answers.set('auth.step_up', () => {
        isProven = true;
        return { proved_at: Date.now() };
      });
      it.answers.set('session.end_all', () => {
        if (!isProven) throw new BedsideError(fault('step_up', 3007));
        return { ended: 2 };
      });
    });
    await user.click(await screen.findByRole('button', { name: `Sign out everywhere: ${NAME}` }));
    await screen.findByRole('dialog', { name: `Sign ${NAME} out everywhere?` });
    expect(await faultsOfPage()).toEqual([]);
    await user.click(await screen.findByRole('button', { name: 'Sign them out' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.type(await dialog.findByLabelText('Your password'), 'mine');
    await user.click(dialog.getByRole('button', { name: 'Continue' }));
    await waitFor(() => expect(said()).toBe(`2 sign-ins of ${NAME} were ended.`));
    expect(paramsOf(bedside, 'session.end_all')).toEqual([
      { person_id: personId(1) },
      { person_id: personId(1) },
    ]);
  });

  it('resets a second step after a question', async () => {
    const { bedside, user } = show('/admin?tab=people', desk);
    await user.click(await screen.findByRole('button', { name: `Reset second step: ${NAME}` }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(paramsOf(bedside, 'person.reset_factors')).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Reset it' }));
    await waitFor(() => expect(said()).toBe(`The second step of ${NAME} was reset.`));
    expect(paramsOf(bedside, 'person.reset_factors')).toEqual([{ person_id: personId(1) }]);
  });

  it('is not done to oneself: that has a page of its own', async () => {
    const { user } = show('/admin?tab=people', desk);
    const row = within(await screen.findByRole('row', { name: /Adele Placeholder/ }));
    expect(row.getAllByRole('button').map((it) => it.textContent)).toEqual(['Edit']);
    await user.click(row.getByRole('link', { name: 'Your own sign-in' }));
    await waitFor(() => expect(location.pathname).toBe('/account'));
  });
});
