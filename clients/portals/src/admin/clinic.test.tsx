import { BedsideError } from '@bedside/client';
import { screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { appointmentId, card, fault, me, NOON, PATIENT, person, personId } from '../dev/samples.ts';
import { exception, noticeId, practitioner, service, serviceId, taskId } from '../dev/schedule.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { firstBegins, majorOf, minorOf, newTerms, termsFaults, termsField } from './terms.ts';

function desk(bedside: FakeBedside): void {
  bedside.me.set(me('admin'));
  bedside.answers.set('person.list', {
    people: [person(1, 'patient', PATIENT.display_name)],
  });
  bedside.answers.set('appointment.list', { appointments: [] });
  bedside.answers.set('service.list', {
    services: [service(1), service(2, { name: 'Old one', is_active: false })],
  });
  bedside.answers.set('practitioner.list', {
    practitioners: [
      practitioner(),
      { ...practitioner(3, 'Ines Fictional', { service_ids: [] }), role: 'interpreter' },
    ],
  });
  bedside.answers.set('closure.list', { closures: [exception(1, { reason: 'Holidays' }, true)] });
  bedside.answers.set('task.list', {
    tasks: [
      {
        task_id: taskId(1),
        kind: 'zone_changed',
        appointment_id: appointmentId(1),
        created_at: NOON,
      },
    ],
  });
  bedside.answers.set('appointment.read', card());
  bedside.answers.set('notice.list_dead', {
    notices: [
      {
        notice_id: noticeId(1),
        person_id: personId(1),
        topic: 'booked',
        channel: 'email',
        attempts: 8,
        failure: 'mailbox_unknown',
        at: NOON,
      },
    ],
  });
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

beforeEach(() => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB']);
});

describe('services', () => {
  it('are created with terms that fit, or the field says why not', async () => {
    const { bedside, user } = show('/admin?tab=services', (it) => {
      desk(it);
      it.answers.set('service.create', service(3));
    });
    await user.click(await screen.findByRole('button', { name: 'New service' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'New service' }));
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(dialog.getByText('Enter a name, at most 120 characters.')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.type(dialog.getByLabelText('Name'), 'Second opinion');
    await user.type(dialog.getByLabelText('Specialty'), 'Oncology');
    await user.type(dialog.getByLabelText('Price'), '45.5');
    await user.click(dialog.getByRole('button', { name: 'Create' }));
    expect(paramsOf(bedside, 'service.create')).toMatchObject([
      {
        terms: {
          name: 'Second opinion',
          specialty: 'oncology',
          duration_min: 30,
          price: { amount_minor: 4550, currency: 'EUR' },
          is_active: true,
        },
      },
    ]);
  });

  it('show the hub’s refusal at the field', async () => {
    const { user } = show('/admin?tab=services', (it) => {
      desk(it);
      const refusal = { ...fault('invalid_value', 1003), field: 'buffer_after' };
      it.answers.set('service.update', new BedsideError(refusal));
    });
    await user.click(await screen.findByRole('button', { name: 'Edit: First visit' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Change First visit' }));
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    const field = await dialog.findByLabelText('Minutes free after');
    expect(field.getAttribute('aria-invalid')).toBe('true');
  });

  it('that are not active are shown when asked, and the address keeps it', async () => {
    const { bedside, user } = show('/admin?tab=services', (it) => {
      desk(it);
      it.answers.set('service.update', service(2));
    });
    await screen.findByRole('rowheader', { name: 'First visit' });
    expect(screen.queryByText('Old one')).toBeNull();
    await user.click(screen.getByRole('checkbox', { name: /not active/ }));
    expect(location.search).toBe('?tab=services&inactive=1');
    await user.click(screen.getByRole('button', { name: 'Activate: Old one' }));
    expect(paramsOf(bedside, 'service.update')).toMatchObject([
      { service_id: serviceId(2), revision: 1, terms: { is_active: true } },
    ]);
  });

  it.each([
    [{}, []],
    [{ duration_min: '4' }, ['duration_min']],
    [{ duration_min: '30.5' }, ['duration_min']],
    [{ buffer_before_min: '-1' }, ['buffer_before_min']],
    [{ alignment_offset_min: '30' }, ['alignment_offset_min']],
    [{ horizon_days: '1', min_notice_min: '1440' }, ['min_notice_min']],
    [{ slot_capacity: '21' }, ['slot_capacity']],
    [{ price: '4,505' }, ['price']],
    [{ price: '45', currency: 'Euro' }, ['currency']],
    [{ price: '', currency: '' }, []],
  ])('with %o: faults %o', (over, expected) => {
    const draft = { ...newTerms, name: 'A', specialty: 'b', ...over };
    expect([...termsFaults(draft)]).toEqual(expected);
  });

  it('count money in the smallest unit, and times from the alignment', () => {
    expect(minorOf('45,5', 'EUR')).toBe(4550);
    expect(minorOf('45', 'JPY')).toBe(45);
    expect(minorOf('45.5', 'JPY')).toBeNull();
    expect(minorOf('0', 'EUR')).toBeNull();
    expect(majorOf(4550, 'EUR')).toBe('45.50');
    expect(majorOf(45, 'JPY')).toBe('45');
    const draft = { ...newTerms, alignment_interval_min: '40', alignment_offset_min: '10' };
    expect(firstBegins(draft)).toEqual(['09:30', '10:10', '10:50']);
    expect(termsField('terms.min_notice')).toBe('min_notice_min');
    expect(termsField('whatever')).toBeNull();
  });
});

describe('practitioners', () => {
  it('lead to profile, calendar and hours, and are filtered in the address', async () => {
    const { user } = show('/admin?tab=practitioners', desk);
    const link = await screen.findByRole('link', { name: 'Calendar: Dr. Karl Sample' });
    expect(link.getAttribute('href')).toBe(`/calendar/${personId(2)}`);
    expect(await faultsOfPage()).toEqual([]);
    await user.selectOptions(screen.getByLabelText('Show'), 'interpreter');
    expect(screen.queryByText('Dr. Karl Sample')).toBeNull();
    await user.selectOptions(screen.getByLabelText('Who offers'), serviceId(1));
    expect(screen.getByRole('heading', { name: 'Nobody fits these filters' })).toBeTruthy();
    expect(location.search).toBe(`?tab=practitioners&role=interpreter&service=${serviceId(1)}`);
  });
});

describe('closures', () => {
  it('close the clinic in its zone, and open it again after a question', async () => {
    const { bedside, user } = show('/admin?tab=closures', (it) => {
      desk(it);
      it.answers.set('closure.save', exception(2));
      it.answers.set('closure.remove', {});
    });
    await user.click(await screen.findByRole('button', { name: 'New closure' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'New closure' }));
    await user.type(dialog.getByLabelText('Reason'), 'Works');
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    expect(paramsOf(bedside, 'closure.save')).toMatchObject([
      { terms: { kind: 'closed', reason: 'Works', time_zone: 'Europe/Berlin' } },
    ]);
    await user.click(await screen.findByRole('button', { name: /Remove: 24 December 2027/ }));
    const question = within(await screen.findByRole('dialog', { name: 'Remove this closure?' }));
    await user.click(question.getByRole('button', { name: 'Remove' }));
    expect(paramsOf(bedside, 'closure.remove')).toHaveLength(1);
  });
});

describe('tasks', () => {
  it('name the people, and are finished', async () => {
    const { bedside, user } = show('/admin?tab=tasks', (it) => {
      desk(it);
      it.answers.set('task.finish', {});
      it.answers.set('appointment.read', card({ appointment_id: appointmentId(1) }));
    });
    await screen.findByText(/Petra Example, Dr. Karl Sample/);
    expect(screen.getByRole('link', { name: /Calendar/ }).getAttribute('href')).toBe(
      `/calendar/${personId(2)}?date=2026-11-24`,
    );
    expect(await faultsOfPage()).toEqual([]);
    await user.keyboard('j{Enter}');
    expect(paramsOf(bedside, 'task.finish')).toEqual([{ task_id: taskId(1) }]);
  });

  it('teach what they are when there are none', async () => {
    show('/admin?tab=tasks', (it) => {
      desk(it);
      it.answers.set('task.list', { tasks: [] });
    });
    expect(await screen.findByRole('heading', { name: 'Nothing to look at' })).toBeTruthy();
  });
});

describe('undelivered messages', () => {
  it('say to whom and why, and are sent again', async () => {
    const { bedside, user } = show('/admin?tab=undelivered', (it) => {
      desk(it);
      it.answers.set('notice.retry', {});
    });
    await user.click(await screen.findByRole('button', { name: 'Try again: Petra Example' }));
    expect(paramsOf(bedside, 'notice.retry')).toEqual([{ notice_id: noticeId(1) }]);
    expect(screen.getByText('mailbox_unknown')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
    await user.selectOptions(screen.getByLabelText('Show'), 'sms');
    expect(location.search).toBe('?tab=undelivered&channel=sms');
    expect(screen.getByRole('heading', { name: 'Nothing by this way' })).toBeTruthy();
  });
});
