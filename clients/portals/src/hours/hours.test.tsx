import { BedsideError } from '@bedside/client';
import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { fault, me, personId, ZONE } from '../dev/samples.ts';
import {
  exception,
  exceptionId,
  practitioner,
  service,
  serviceId,
  template,
  templateId,
} from '../dev/schedule.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const OWNER = personId(2);

function clinic(bedside: FakeBedside): void {
  bedside.me.set(me('clinician'));
  bedside.topic(`schedule:${OWNER}`).set({
    kind: 'schedule',
    hours: {
      templates: [template(1)],
      exceptions: [
        exception(1, { reason: 'Holidays' }, true),
        exception(2, { starts: '2099-02-08T13:00', ends: '2099-02-08T17:00', reason: 'Training' }),
        exception(3, { starts: '2020-02-08T13:00', ends: '2020-02-08T17:00', reason: 'Long ago' }),
      ],
    },
    entries: [],
  });
  bedside.answers.set('service.list', {
    services: [service(1), service(2, { name: 'Follow-up' })],
  });
  bedside.answers.set('practitioner.list', { practitioners: [practitioner()] });
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

beforeEach(() => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB']);
});

describe('hours', () => {
  it('are read as sentences; closures are for administrators, what is over is not shown', async () => {
    show('/hours', clinic);
    expect(
      await screen.findByText(
        'Every Monday and Tuesday 09:00–12:30, Europe/Berlin, from 1 January 2027',
      ),
    ).toBeTruthy();
    expect(screen.getByText(/Holidays · Administrators change this/)).toBeTruthy();
    expect(screen.getByText('Training')).toBeTruthy();
    expect(screen.queryByText('Long ago')).toBeNull();
    expect(screen.queryByRole('button', { name: /Edit: 24 December/ })).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('are added with days that are ticked, and what they mean is said before', async () => {
    const { bedside, user } = show('/hours', (it) => {
      clinic(it);
      it.answers.set('schedule.save_template', template(2));
    });
    await user.click(await screen.findByRole('button', { name: 'Add hours' }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText('Choose at least one day.')).toBeTruthy();
    expect(screen.getByText('Enter where you sit, at most 120 characters.')).toBeTruthy();
    expect(paramsOf(bedside, 'schedule.save_template')).toEqual([]);
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('checkbox', { name: 'Wednesday' }));
    await user.click(screen.getByRole('checkbox', { name: 'Friday' }));
    await user.selectOptions(screen.getByLabelText('Repeat'), 'Every 2nd week');
    await user.type(screen.getByLabelText('Location'), 'Harbour office');
    await user.clear(screen.getByLabelText('First day'));
    await user.type(screen.getByLabelText('First day'), '2027-03-01');
    await user.clear(screen.getByLabelText('Until'));
    await user.type(screen.getByLabelText('Until'), '00:00');
    await user.selectOptions(screen.getByLabelText('Services'), 'some');
    await user.click(screen.getByRole('checkbox', { name: 'Follow-up' }));
    expect(
      screen.getByText(
        'Every 2nd week on Wednesday and Friday 09:00–24:00, Europe/Berlin, from 1 March 2027, for Follow-up',
      ),
    ).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(paramsOf(bedside, 'schedule.save_template')).toEqual([
      {
        practitioner_id: OWNER,
        terms: {
          location: 'Harbour office',
          time_zone: ZONE,
          recurrence: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,FR',
          starts: '09:00',
          ends: '24:00',
          valid_from: '2027-03-01',
          except_dates: [],
          service_ids: [serviceId(2)],
        },
      },
    ]);
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Save' })).toBeNull());
  });

  it('that overlap others are stopped at the field', async () => {
    const { bedside, user } = show('/hours', clinic);
    await user.click(await screen.findByRole('button', { name: 'Add hours' }));
    await user.click(screen.getByRole('checkbox', { name: 'Monday' }));
    await user.type(screen.getByLabelText('Location'), 'Elsewhere');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText(/These hours overlap other hours of yours/)).toBeTruthy();
    expect(paramsOf(bedside, 'schedule.save_template')).toEqual([]);
  });

  it('show the hub’s refusal at the field that it names, and keep what was typed', async () => {
    const { user } = show('/hours', (it) => {
      clinic(it);
      it.answers.set(
        'schedule.save_template',
        new BedsideError({ ...fault('invalid_value', 1003), field: 'ends_minute' }),
      );
    });
    await user.click(await screen.findByRole('button', { name: 'Edit: Practice' }));
    await user.type(screen.getByLabelText('Location'), ' 2');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('The clinic’s system does not accept this.')).toBeTruthy();
    const until = screen.getByLabelText<HTMLInputElement>('Until');
    expect(until.getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByLabelText<HTMLInputElement>('Location').value).toBe('Practice 2');
  });

  it('keep a rule that the days cannot show, as its text', async () => {
    const { user } = show('/hours', (it) => {
      clinic(it);
      const topic = it.topic(`schedule:${OWNER}`);
      const rule = template(4, { recurrence: 'FREQ=MONTHLY;BYDAY=1SA' });
      topic.set({ kind: 'schedule', hours: { templates: [rule], exceptions: [] }, entries: [] });
    });
    await screen.findByText(/Every month on the first Saturday/);
    await user.click(screen.getByRole('button', { name: 'Edit: Practice' }));
    const rule = screen.getByLabelText<HTMLInputElement>('Rule (RFC 5545)');
    expect(rule.value).toBe('FREQ=MONTHLY;BYDAY=1SA');
    await user.clear(rule);
    await user.type(rule, 'freq=hourly');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText(/This is not a rule of days/)).toBeTruthy();
  });

  it('are removed after a question, and the topic tells', async () => {
    const { bedside, user } = show('/hours', (it) => {
      clinic(it);
      it.answers.set('schedule.remove_template', {});
    });
    await user.click(await screen.findByRole('button', { name: 'Remove: Practice' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Remove these hours?' }));
    await user.click(dialog.getByRole('button', { name: 'Remove' }));
    expect(paramsOf(bedside, 'schedule.remove_template')).toEqual([
      { practitioner_id: OWNER, template_id: templateId(1) },
    ]);
    act(() => {
      bedside
        .topic(`schedule:${OWNER}`)
        .set({ kind: 'schedule', hours: { templates: [], exceptions: [] }, entries: [] });
    });
    expect(await screen.findByRole('heading', { name: 'No hours yet' })).toBeTruthy();
  });

  it('take whole days off until the midnight after the last one', async () => {
    const { bedside, user } = show('/hours', (it) => {
      clinic(it);
      it.answers.set('schedule.save_exception', exception(5));
    });
    await user.click(await screen.findByRole('button', { name: 'Add time off' }));
    await user.clear(screen.getByLabelText('First day'));
    await user.type(screen.getByLabelText('First day'), '2099-12-24');
    await user.clear(screen.getByLabelText('Last day'));
    await user.type(screen.getByLabelText('Last day'), '2099-12-31');
    await user.type(screen.getByLabelText('Reason'), 'Leave');
    expect(screen.getByText('24 December 2099 – 31 December 2099, Europe/Berlin')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(paramsOf(bedside, 'schedule.save_exception')).toEqual([
      {
        practitioner_id: OWNER,
        terms: {
          kind: 'closed',
          time_zone: ZONE,
          starts: '2099-12-24T00:00',
          ends: '2100-01-01T00:00',
          location: '',
          reason: 'Leave',
        },
      },
    ]);
  });

  it('change one time off, under its id', async () => {
    const { bedside, user } = show('/hours', (it) => {
      clinic(it);
      it.answers.set('schedule.save_exception', exception(2));
    });
    await user.click(await screen.findByRole('button', { name: /Edit: 8 February 2099/ }));
    await user.type(screen.getByLabelText('Reason'), ' day');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(paramsOf(bedside, 'schedule.save_exception')).toMatchObject([
      { exception_id: exceptionId(2), terms: { reason: 'Training day' } },
    ]);
  });
});

describe('the profile', () => {
  it('is saved with the revision that was seen', async () => {
    const { bedside, user } = show('/practice', (it) => {
      clinic(it);
      it.answers.set('practitioner.update', { ...practitioner(), revision: 4 });
    });
    const languages = await screen.findByLabelText('Languages');
    await user.clear(languages);
    await user.type(languages, 'en, pt-BR,, en');
    await user.click(screen.getByRole('button', { name: 'Add a licence' }));
    await user.click(screen.getByRole('button', { name: 'Save profile' }));
    expect(screen.getByText('Enter a code such as DE or US-CA.')).toBeTruthy();
    expect(paramsOf(bedside, 'practitioner.update')).toEqual([]);
    expect(await faultsOfPage()).toEqual([]);
    await user.type(screen.getAllByLabelText('Place')[1] as HTMLElement, 'us-ca');
    await user.type(screen.getAllByLabelText('Number')[1] as HTMLElement, '77');
    await user.click(await screen.findByRole('checkbox', { name: 'Follow-up' }));
    await user.click(screen.getByRole('button', { name: 'Save profile' }));
    expect(paramsOf(bedside, 'practitioner.update')).toMatchObject([
      {
        person_id: OWNER,
        revision: 3,
        profile: {
          languages: ['en', 'pt-BR'],
          service_ids: [serviceId(1), serviceId(2)],
          licences: [
            { jurisdiction: 'DE', number: '12-3456' },
            { jurisdiction: 'US-CA', number: '77' },
          ],
        },
      },
    ]);
    expect(screen.queryByLabelText('Share of a pool’s appointments')).toBeNull();
  });

  it('of anybody is an administrator’s, with the share', async () => {
    show(`/practice/${OWNER}`, (it) => {
      clinic(it);
      it.me.set(me('admin'));
    });
    expect(await screen.findByRole('heading', { name: 'Profile of Dr. Karl Sample' })).toBeTruthy();
    expect(
      (await screen.findByLabelText<HTMLInputElement>('Share of a pool’s appointments')).value,
    ).toBe('10');
  });

  it('keeps what was typed when somebody else was faster', async () => {
    const { user } = show('/practice', (it) => {
      clinic(it);
      it.answers.set('practitioner.update', new BedsideError(fault('conflict', 5000)));
    });
    const about = await screen.findByLabelText<HTMLTextAreaElement>('About');
    await user.type(about, ' More.');
    await user.click(screen.getByRole('button', { name: 'Save profile' }));
    expect(await screen.findByText(/Your entries are kept/)).toBeTruthy();
    expect(about.value).toMatch(/ More\.$/);
  });
});
