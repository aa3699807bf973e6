import { BedsideError, type ConsentKind } from '@bedside/client';
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { remember } from '../app/remember.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { consent, DAY, erasure, ownRecord } from '../dev/records.ts';
import { fault, me, participantId, VISIT_ID, visitView } from '../dev/samples.ts';
import * as files from '../parts/download.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { csvOf, entriesOf } from './Copy.tsx';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const said = () => screen.getByTestId('announcements').textContent?.trim();
const consentOf = (kind: ConsentKind) =>
  within(document.querySelector<HTMLElement>(`[data-kind="${kind}"]`) ?? document.body);

describe('where it is kept', () => {
  it('is said on a hub that has a region', async () => {
    const { bedside } = show('/record', ownRecord);
    await screen.findByRole('heading', { name: 'Visits by video' });
    expect(screen.queryByRole('heading', { name: 'Where your data are kept' })).toBeNull();
    act(() => bedside.me.set({ ...me('patient'), home_region: 'eu-west' }));
    await screen.findByRole('heading', { name: 'Where your data are kept' });
    expect(screen.getByText(/^In the region eu-west\./)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });
});

describe('what a patient agrees to', () => {
  it('is told in words: what, by which law, which text, since when, and what it is needed for', async () => {
    show('/record', ownRecord);
    await screen.findByRole('heading', { name: 'Visits by video' });
    const video = consentOf('telehealth');
    expect(video.getByText('Agreed')).toBeTruthy();
    expect(video.getByText('Needed before a visit')).toBeTruthy();
    expect(video.getByText(/^Text 2026-03, by the law of Germany\. Agreed: .*GMT\+/)).toBeTruthy();
    expect(consentOf('sharing').getByText(/You decided on an earlier text/)).toBeTruthy();
    expect(consentOf('analytics').getByText('Taken back')).toBeTruthy();
    expect(consentOf('analytics').getByText(/Without this you are not counted/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('is given to the text that was read, and taken back with a word on what follows', async () => {
    const { bedside, user } = show('/record', ownRecord);
    await user.click(
      await screen.findByRole('button', { name: 'Agree: Telling other clinicians' }),
    );
    const give = within(await screen.findByRole('dialog'));
    expect(give.getByText(/Text 2026-03, by the law of Germany/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(give.getByRole('button', { name: 'I have read it and agree' }));
    await waitFor(() => expect(said()).toBe('You agreed: Telling other clinicians.'));
    expect(paramsOf(bedside, 'consent.give')).toEqual([
      { kind: 'sharing', jurisdiction: 'DE', version: '2026-03' },
    ]);
    await user.click(screen.getByRole('button', { name: 'Take back: Visits by video' }));
    const back = within(await screen.findByRole('dialog'));
    expect(back.getByText(/may not treat you by video any more/)).toBeTruthy();
    await user.click(back.getByRole('button', { name: 'Take it back' }));
    await waitFor(() => expect(said()).toBe('You took it back: Visits by video.'));
    expect(paramsOf(bedside, 'consent.withdraw')).toEqual([
      { kind: 'telehealth', jurisdiction: 'DE' },
    ]);
    expect(screen.getByRole('button', { name: 'Agree: Visits by video' })).toBeTruthy();
    expect(location.search).toBe('');
  });

  it('is another thing elsewhere', async () => {
    const { bedside, user } = show('/record', ownRecord);
    await screen.findByRole('heading', { name: 'Visits by video' });
    await user.selectOptions(screen.getByLabelText('Where you are for your visits'), 'FR');
    expect(await screen.findAllByText('Text 7, by the law of France.')).toHaveLength(3);
    await user.click(screen.getByRole('button', { name: 'Agree: Visits by video' }));
    await user.click(await screen.findByRole('button', { name: 'I have read it and agree' }));
    await waitFor(() => expect(consentOf('telehealth').getByText('Agreed')).toBeTruthy());
    expect(paramsOf(bedside, 'consent.list')).toEqual([{}, { jurisdiction: 'FR' }]);
    expect(paramsOf(bedside, 'consent.give')).toMatchObject([{ jurisdiction: 'FR', version: '7' }]);
    expect(location.href).not.toContain('FR');
  });

  it('is not given to a text that has changed: the page says so and shows the new one', async () => {
    const { bedside, user } = show('/record', ownRecord);
    bedside.answers.set('consent.give', new BedsideError(fault('invalid_value', 1003)));
    await user.click(
      await screen.findByRole('button', { name: 'Agree: Telling other clinicians' }),
    );
    await user.click(await screen.findByRole('button', { name: 'I have read it and agree' }));
    expect(await screen.findByText('The text has changed meanwhile')).toBeTruthy();
    bedside.answers.set('consent.list', { consents: [consent('sharing', { version: '2026-11' })] });
    await user.click(screen.getByRole('button', { name: 'Not now' }));
    expect(await screen.findByText('Text 2026-11, by the law of Germany.')).toBeTruthy();
  });

  it('says when the hub cannot be reached, and looks again', async () => {
    const { bedside, user } = show('/record', (it) => {
      ownRecord(it);
      it.answers.set('consent.list', new Error('no network'));
    });
    const section = within(await screen.findByRole('region', { name: 'What you agree to' }));
    expect(await section.findByText('We can’t reach the clinic’s system')).toBeTruthy();
    bedside.answers.set('consent.list', { consents: [consent('telehealth')] });
    await user.click(section.getByRole('button', { name: 'Try again' }));
    expect(await section.findByText('Not agreed')).toBeTruthy();
  });
});

describe('a copy', () => {
  it('is made on demand, says when it is ready, and is saved without an address', async () => {
    const save = vi.spyOn(files, 'download').mockImplementation(() => {});
    const { user } = show('/record', ownRecord);
    await user.click(await screen.findByRole('button', { name: 'Make a copy' }));
    const ready = await screen.findByRole('heading', { name: 'Your copy is ready' });
    expect(document.activeElement).toBe(ready);
    expect(said()).toBe('Your copy is ready');
    expect(screen.getByText(/It holds 3 entries/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Save the record' }));
    await user.click(screen.getByRole('button', { name: 'Save who had to do with it' }));
    const [record, access] = save.mock.calls;
    expect(record?.[0]).toMatch(/^my-record-\d{4}-\d\d-\d\d\.fhir\.json$/);
    expect(record?.[2]).toBe('application/fhir+json');
    expect(access?.[1]).toContain('clinician,visit.read,ok');
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('Bundle');
  });

  it('says that it is being made, that it is not whole, and what the hub refuses', async () => {
    let answer: (value: unknown) => void = () => {};
    const { bedside, user } = show('/record', (it) => {
      ownRecord(it);
      it.answers.set('record.export', () => new Promise((resolve) => (answer = resolve)));
    });
    await user.click(await screen.findByRole('button', { name: 'Make a copy' }));
    expect(screen.getAllByText(/^Your copy is being made/).length).toBeGreaterThan(0);
    answer({ fhir: '{}', access: [], is_cut: true, made_at: Date.now() });
    expect(await screen.findByText(/There was more than fits/)).toBeTruthy();
    bedside.answers.set('record.export', new BedsideError(fault('unavailable', 7000)));
    await user.click(screen.getByRole('button', { name: 'Make a new copy' }));
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    expect(screen.queryByText(/There was more than fits/)).toBeNull();
  });

  it('is counted, and its lines are cells of a table', () => {
    expect(entriesOf('no json')).toBeNull();
    expect(entriesOf('{"entry":[1,2]}')).toBe(2);
    const line = { at: 0, caller: 'a"b', operation: 'x,y', phase: 'ok' };
    expect(csvOf([line], ['When', 'Who', 'Role', 'What', 'End'])).toBe(
      'When,Who,Role,What,End\r\n1970-01-01T00:00:00.000Z,"a""b",,"x,y",ok\r\n',
    );
  });
});

describe('an erasure', () => {
  const section = (name: string) => within(screen.getByRole('region', { name }));
  const ALL = 'Erase my record and my account';
  const LESS = 'Erase my conversations';

  it('is asked for after a word on what goes, what stays and what happens', async () => {
    const { bedside, user } = show('/record', ownRecord);
    expect(await screen.findByText('payments')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Ask for erasure of everything' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Ask for everything to be erased?' }),
    );
    expect(dialog.getByText(/Your account goes too/)).toBeTruthy();
    expect(paramsOf(bedside, 'record.ask_erasure')).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Ask for erasure of everything' }));
    const asked = await screen.findByRole('heading', {
      name: 'You have asked for everything to be erased',
    });
    await waitFor(() => expect(document.activeElement).toBe(asked));
    // A hub of before takes no word about how much.
    expect(paramsOf(bedside, 'record.ask_erasure')).toEqual([{}]);
    expect(screen.getByText(/^Asked: Today/)).toBeTruthy();
    expect(screen.getByText(/carries it out\.$/)).toBeTruthy();
    expect(section(LESS).getByRole('button', { name: /^Ask/ })).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('of conversations is another one, which leaves account and visits alone', async () => {
    const { bedside, user } = show('/record', ownRecord);
    await user.click(await screen.findByRole('button', { name: 'Ask to erase my conversations' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Ask for your conversations to be erased?' }),
    );
    expect(dialog.getByText(/Your account and your visits stay/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Not now' }));
    expect(paramsOf(bedside, 'record.ask_erasure')).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Ask to erase my conversations' }));
    await user.click(
      within(await screen.findByRole('dialog')).getByRole('button', {
        name: 'Ask to erase my conversations',
      }),
    );
    const asked = await screen.findByRole('heading', {
      name: 'You have asked for your conversations to be erased',
    });
    await waitFor(() => expect(document.activeElement).toBe(asked));
    expect(said()).toBe('You have asked for your conversations to be erased');
    expect(paramsOf(bedside, 'record.ask_erasure')).toEqual([{ scope: 'conversations' }]);
    const own = section(LESS);
    expect(own.getByText('3 conversations would go as things stand.')).toBeTruthy();
    expect(own.getByText(/^1 conversation would stay/)).toBeTruthy();
    expect(
      section(ALL).getByRole('button', { name: 'Ask for erasure of everything' }),
    ).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('of each kind may stand at once, and shows where', async () => {
    const { bedside } = show('/record', (it) => {
      ownRecord(it);
      it.answers.set('record.read_erasure', {
        erasure: erasure(1, { is_held: true }),
        conversations: erasure(4, { scope: 'conversations', conversations: 2, left_out: 0 }),
      });
    });
    await screen.findByRole('heading', { name: 'You have asked for everything to be erased' });
    expect(section(ALL).getByText(/needed in a legal matter/)).toBeTruthy();
    expect(section(LESS).getByText('2 conversations would go as things stand.')).toBeTruthy();
    expect(section(LESS).queryByText(/would stay/)).toBeNull();
    expect(screen.queryByRole('button', { name: /^Ask/ })).toBeNull();
    expect(document.activeElement?.tagName).not.toBe('H3');
    expect(paramsOf(bedside, 'record.ask_erasure')).toEqual([]);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('of conversations that was carried out says so, and can be asked for again', async () => {
    const { user } = show('/record', (it) => {
      ownRecord(it);
      const done_at = Date.now() - DAY;
      const scope = 'conversations';
      it.answers.set('record.read_erasure', {
        conversations: erasure(4, { scope, state: 'done', done_at, left_out: 1 }),
      });
    });
    await screen.findByRole('heading', { name: 'Your conversations were erased' });
    expect(section(LESS).getByText(/^Carried out: Yesterday/)).toBeTruthy();
    expect(section(LESS).getByText(/^1 conversation stayed/)).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Ask to erase my conversations' }));
    await user.click(
      within(await screen.findByRole('dialog')).getByRole('button', {
        name: 'Ask to erase my conversations',
      }),
    );
    expect(await section(LESS).findByText(/^Asked: Today/)).toBeTruthy();
  });

  it('can be asked for when it could not be told whether one waits', async () => {
    show('/record', (it) => {
      ownRecord(it);
      it.answers.set('record.read_erasure', new BedsideError(fault('unavailable', 7000)));
    });
    expect(await screen.findAllByText('Code 7000')).toHaveLength(2);
    expect(screen.getAllByRole('button', { name: /^Ask/ })).toHaveLength(2);
  });

  it('tells what stands against it', async () => {
    const { user } = show('/record', (it) => {
      ownRecord(it);
      const not_before = Date.now() + 900 * DAY;
      it.answers.set('record.ask_erasure', erasure(1, { is_held: true, not_before }));
    });
    await user.click(await screen.findByRole('button', { name: 'Ask for erasure of everything' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Ask for erasure of everything' }));
    expect(await screen.findByText(/needed in a legal matter/)).toBeTruthy();
    expect(screen.getByText(/The law wants your record kept until/)).toBeTruthy();
  });

  it('is reached from the patient’s menu', async () => {
    const { user } = show('/access', (it) => {
      ownRecord(it);
      it.answers.set('audit.own', { accesses: [] });
    });
    await user.click(await screen.findByRole('button', { name: /^Menu of/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'My record' }));
    await waitFor(() => expect(location.pathname).toBe('/record'));
  });
});

describe('a visit that waits for a consent', () => {
  const enter = (prepare: (bedside: FakeBedside) => void = () => {}) => {
    remember('devices', { checkedAt: Date.now(), cameraOn: false, microphoneOn: false });
    return show(
      `/visit/${VISIT_ID}`,
      (it) => {
        ownRecord(it);
        // By a link: nothing but this visit opens for them.
        const visit = { appointment_id: VISIT_ID, participant_id: participantId(1) };
        it.me.set(me('patient', { visit }));
        it.answers.set('consent.list', { consents: [consent('telehealth'), consent('sharing')] });
        it.answers.set('consent.give', consent('telehealth', { state: 'given', at: Date.now() }));
        const there = it.visitOf();
        there.view.set(visitView({ participants: [] }));
        there.answer = fault('not_allowed_now', 4002);
        prepare(it);
      },
      'enter',
    );
  };

  it('asks for it there, for that one alone, and lets them in', async () => {
    const { bedside, user } = enter();
    expect(await screen.findByText('Your consent is needed first')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Agree: Visits by video' }));
    expect(screen.queryByText('Telling other clinicians')).toBeNull();
    await user.click(await screen.findByRole('button', { name: 'I have read it and agree' }));
    await waitFor(() => expect(consentOf('telehealth').getByText('Agreed')).toBeTruthy());
    bedside.visitOf().answer = null;
    await user.click(screen.getByRole('button', { name: 'Enter now' }));
    await waitFor(() => expect(screen.queryByText('Your consent is needed first')).toBeNull());
    expect(bedside.visitOf().calls.filter((it) => it.name === 'enter')).toHaveLength(2);
  });

  it('is not blamed on it where none is needed', async () => {
    enter((it) =>
      it.answers.set('consent.list', { consents: [consent('telehealth', { is_required: false })] }),
    );
    expect(await screen.findByText('This is not possible right now')).toBeTruthy();
    expect(screen.queryByRole('heading', { name: 'What you agree to' })).toBeNull();
  });
});
