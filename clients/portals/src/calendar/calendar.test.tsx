import { type AppointmentCard, BedsideError, type Fault, type PersonId } from '@bedside/client';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { appointmentId, card, fault, me, participantId, personId, ZONE } from '../dev/samples.ts';
import { booked, exception, held, open, service, serviceId } from '../dev/schedule.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { changesBetween } from './changes.ts';
import { wallInstant } from './days.ts';
import { entriesOf, grouped, itemsOf } from './items.ts';
import { neighbour } from './keys.ts';
import { readPlace, writePlace } from './place.ts';

const OWNER = personId(2);
const at = (date: string, time: string) => wallInstant(date, time, ZONE);
/** A Monday in winter, before everything that is planned. */
const NOW = at('2027-02-01', '08:00');
const MONDAY = '2027-02-01';
const WEDNESDAY = '2027-02-03';

function visit(number: number, date: string, time: string, name: string): AppointmentCard {
  const starts_at = at(date, time);
  return card({
    appointment_id: appointmentId(number),
    starts_at,
    ends_at: starts_at + 30 * 60_000,
    service_id: serviceId(1),
    patient: {
      participant_id: participantId(10 + number),
      person_id: personId(10 + number),
      display_name: name,
    },
  });
}

const cards = [
  visit(1, MONDAY, '09:00', 'Anton Beispiel'),
  visit(2, MONDAY, '10:00', 'Berta Muster'),
  visit(3, WEDNESDAY, '10:00', 'Carla Ejemplo'),
];

function clinic(bedside: FakeBedside, list: AppointmentCard[] = cards): void {
  bedside.me.set(me('clinician'));
  const hold = held(9, at(WEDNESDAY, '11:00'), NOW + 4 * 60_000);
  const entries = [...list.map((it, index) => booked(index, it)), hold];
  const hours = [open(at(MONDAY, '09:00'), at(MONDAY, '12:30'))];
  bedside.topic(`agenda:${OWNER}`).set({ kind: 'agenda', cards: list });
  bedside.topic(`schedule:${OWNER}`).set({
    kind: 'schedule',
    hours: {
      templates: [],
      exceptions: [
        exception(
          1,
          { starts: '2027-02-04T00:00', ends: '2027-02-05T00:00', reason: 'Holiday' },
          true,
        ),
      ],
    },
    entries,
  });
  bedside.answers.set('schedule.calendar', { entries: [], open: hours });
  bedside.answers.set('appointment.list', { appointments: [] });
  bedside.answers.set('service.list', { services: [service(1)] });
}

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB']);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the week', () => {
  it('shows who comes, what is being booked, hours and closures, in words too', async () => {
    show('/calendar', clinic);
    const monday = within(await screen.findByRole('region', { name: /Monday.*1/ }));
    expect(
      await monday.findByRole('button', {
        name: /09:00.*09:30.*Anton Beispiel.*First visit.*Planned/,
      }),
    ).toBeTruthy();
    expect(await monday.findByText(/2 entries\. Open 09:00 – 12:30, Practice/)).toBeTruthy();
    const wednesday = within(screen.getByRole('region', { name: /Wednesday/ }));
    expect(wednesday.getByRole('button', { name: /11:00.*0?4:00.*Being booked/ })).toBeTruthy();
    expect(
      screen.getByText(/Nothing planned\. No hours; The clinic is closed Holiday/),
    ).toBeTruthy();
    expect(screen.getByText('Times in Europe/Berlin')).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('follows the topics, and says aloud what others change', async () => {
    const { bedside } = show('/calendar', clinic);
    await screen.findByRole('button', { name: /Anton Beispiel/ });
    const later = visit(4, WEDNESDAY, '09:00', 'Dora Nova');
    act(() => {
      const topic = bedside.topic(`schedule:${OWNER}`);
      const state = topic.get();
      if (state?.kind !== 'schedule') throw new Error('no schedule');
      topic.set({ ...state, entries: [...state.entries, booked(4, later)] });
      bedside.topic(`agenda:${OWNER}`).set({ kind: 'agenda', cards: [...cards, later] });
    });
    expect(await screen.findByRole('button', { name: /Dora Nova/ })).toBeTruthy();
    expect(screen.getByTestId('announcements').textContent).toMatch(
      /New appointment: Dora Nova, Wednesday,? 3 February 09:00/,
    );
  });

  it('is worked by keys', async () => {
    const { user } = show('/calendar', clinic);
    const anton = await screen.findByRole('button', { name: /Anton Beispiel/ });
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(anton);
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('Berta');
    await user.keyboard('{ArrowRight}');
    expect(document.activeElement?.textContent).toContain('Carla');
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('dialog', { name: 'Carla Ejemplo' })).toBeTruthy();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.keyboard('d');
    expect(location.search).toBe('?view=day&date=2027-02-01');
    await user.keyboard('{PageDown}');
    expect(location.search).toBe('?view=day&date=2027-02-02');
    await user.keyboard('t');
    expect(location.search).toBe('?view=day&date=2027-02-01');
    await user.keyboard('w');
    expect(location.search).toBe('?date=2027-02-01');
  });

  it('cancels only after a question that names whose appointment it is', async () => {
    const { bedside, user } = show('/calendar', (it) => {
      clinic(it);
      it.answers.set('appointment.cancel', cards[0]);
    });
    await user.click(await screen.findByRole('button', { name: /Anton Beispiel/ }));
    await user.click(await screen.findByRole('button', { name: 'Cancel …' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Cancel the appointment of Anton Beispiel?' }),
    );
    expect(paramsOf(bedside, 'appointment.cancel')).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Cancel Anton Beispiel’s appointment' }));
    expect(paramsOf(bedside, 'appointment.cancel')).toEqual([
      { appointment_id: cards[0]?.appointment_id },
    ]);
  });

  it('gives the reason when the calendar cannot be read, and another try', async () => {
    const { bedside, user } = show('/calendar', (it) => {
      clinic(it);
      it.answers.set('schedule.calendar', new BedsideError(fault('unavailable', 7000)));
    });
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    bedside.answers.set('schedule.calendar', { entries: [], open: [] });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByText('Code 7000')).toBeNull());
  });
});

describe('moving', () => {
  const target = at(WEDNESDAY, '14:00');
  const taken: Fault = { ...fault('slot_taken', 5006), next_free: [target + 60 * 60_000] };

  function withTimes(bedside: FakeBedside): void {
    clinic(bedside);
    bedside.answers.set('slot.search', {
      slots: [
        {
          clinician_id: OWNER,
          clinician_name: '',
          service_id: serviceId(1),
          starts_at: target,
          ends_at: target + 30 * 60_000,
          time_zone: ZONE,
          local_start: '',
          location: '',
          seats_left: 1,
        },
      ],
      has_more: false,
    });
    bedside.answers.set('slot.hold', ({ starts_at }: { starts_at: number }) => ({
      hold_id: '',
      hold_token: `token ${starts_at}`,
      expires_at: NOW + 300_000,
      slots: [{ starts_at, ends_at: starts_at + 30 * 60_000, local_start: '' }],
    }));
    bedside.answers.set('appointment.move', { ...cards[0], starts_at: target });
    bedside.answers.set('slot.release', {});
  }

  const opened = async (user: ReturnType<typeof show>['user']) => {
    await screen.findByRole('button', { name: /Anton Beispiel/ });
    await user.keyboard('{ArrowDown}m');
    return within(
      await screen.findByRole('dialog', { name: 'Move the appointment of Anton Beispiel' }),
    );
  };

  it('by keyboard: a time is held, shown from and to, and only then taken', async () => {
    const { bedside, user } = show('/calendar', withTimes);
    const dialog = await opened(user);
    await user.click(await dialog.findByRole('button', { name: /^14:00/ }));
    expect(await dialog.findByText(/Wednesday,? 3 February 14:00 – 14:30 CET/)).toBeTruthy();
    expect(dialog.getByText(/Today 09:00 – 09:30 CET/)).toBeTruthy();
    expect(paramsOf(bedside, 'slot.search')).toMatchObject([
      { clinician_id: OWNER, service_id: serviceId(1), from: MONDAY, time_zone: ZONE },
    ]);
    expect(paramsOf(bedside, 'slot.hold')).toEqual([
      {
        clinician_id: OWNER,
        service_id: serviceId(1),
        starts_at: target,
        patient_id: personId(11) as PersonId,
        moves: appointmentId(1),
      },
    ]);
    expect(paramsOf(bedside, 'appointment.move')).toEqual([]);
    expect(await faultsOfPage()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Move appointment' }));
    expect(paramsOf(bedside, 'appointment.move')).toEqual([
      { appointment_id: appointmentId(1), hold_token: `token ${target}` },
    ]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(paramsOf(bedside, 'slot.release')).toEqual([]);
  });

  it('shows a conflict before anything is changed, and what is free instead', async () => {
    const { bedside, user } = show('/calendar', (it) => {
      withTimes(it);
      it.answers.set('slot.hold', new BedsideError(taken));
    });
    const dialog = await opened(user);
    await user.click(await dialog.findByRole('button', { name: /^14:00/ }));
    expect(await dialog.findByText(/3 February 14:00 CET is not free/)).toBeTruthy();
    expect(paramsOf(bedside, 'appointment.move')).toEqual([]);
    withTimes(bedside);
    await user.click(dialog.getByRole('button', { name: /3 February 15:00 CET/ }));
    expect(await dialog.findByText(/15:00 – 15:30/)).toBeTruthy();
  });

  it('gives back what was held when the dialog is closed', async () => {
    const { bedside, user } = show('/calendar', withTimes);
    const dialog = await opened(user);
    await user.click(await dialog.findByRole('button', { name: /^14:00/ }));
    await dialog.findByRole('button', { name: 'Move appointment' });
    await user.keyboard('{Escape}');
    await waitFor(() =>
      expect(paramsOf(bedside, 'slot.release')).toEqual([{ hold_token: `token ${target}` }]),
    );
  });

  it('asks for a reason where no licence covers the patient’s place', async () => {
    const unlicensed = {
      ...fault('forbidden', 3003),
      code: 'licence_required',
    } as unknown as Fault;
    const { bedside, user } = show('/calendar', (it) => {
      withTimes(it);
      it.answers.set('slot.hold', new BedsideError(unlicensed));
    });
    const dialog = await opened(user);
    await user.click(await dialog.findByRole('button', { name: /^14:00/ }));
    await user.type(await dialog.findByLabelText(/without a licence/), 'Travels, urgent');
    await user.click(dialog.getByRole('button', { name: 'Go on with this reason' }));
    expect(paramsOf(bedside, 'slot.hold').at(-1)).toMatchObject({
      licence_override: 'Travels, urgent',
    });
  });

  it('by dragging: the drop holds the time and asks', async () => {
    const { bedside } = show('/calendar?hours=all', withTimes);
    const anton = await screen.findByRole('button', { name: /Anton Beispiel.*First visit/ });
    // A page of 24 hours at one pixel a minute, columns of 100 pixels.
    const columns = [...document.querySelectorAll<HTMLElement>('[data-column]')];
    columns.forEach((it, index) => {
      it.getBoundingClientRect = () => new DOMRect(index * 100, 0, 100, 1_440);
    });
    anton.getBoundingClientRect = () => new DOMRect(0, 540, 100, 30);
    fireEvent.pointerDown(anton, { button: 0, pointerType: 'mouse', clientX: 50, clientY: 545 });
    fireEvent.pointerMove(window, { clientX: 250, clientY: 853 });
    expect(screen.getByTestId('ghost').textContent).toMatch(/14:00 – 14:30/);
    expect(paramsOf(bedside, 'slot.hold')).toEqual([]);
    fireEvent.pointerUp(window);
    await screen.findByRole('dialog', { name: 'Move the appointment of Anton Beispiel' });
    await waitFor(() =>
      expect(paramsOf(bedside, 'slot.hold')).toMatchObject([{ starts_at: target }]),
    );
  });
});

describe('somebody else’s calendar', () => {
  it('is an administrator’s to open, with names that are read', async () => {
    const { bedside } = show(`/calendar/${OWNER}`, (it) => {
      clinic(it);
      it.me.set(me('admin'));
      it.answers.set('appointment.list', { appointments: cards });
      it.answers.set('practitioner.list', {
        practitioners: [
          {
            person_id: OWNER,
            display_name: 'Dr. Karl Sample',
            role: 'clinician',
            time_zone: ZONE,
            revision: 1,
          },
        ],
      });
    });
    expect(
      await screen.findByRole('heading', { name: 'Calendar of Dr. Karl Sample' }),
    ).toBeTruthy();
    expect(await screen.findByRole('button', { name: /Anton Beispiel/ })).toBeTruthy();
    expect(paramsOf(bedside, 'appointment.list')[0]).toMatchObject({ person_id: OWNER });
  });

  it('is not another clinician’s', async () => {
    show(`/calendar/${personId(7)}`, clinic);
    await waitFor(() => expect(location.pathname).toBe('/clinician'));
  });
});

describe('a day on a telephone', () => {
  it('is a list', async () => {
    const wide = window.matchMedia.bind(window);
    vi.spyOn(window, 'matchMedia').mockImplementation((query) => {
      const list = wide(query);
      return query.includes('48em')
        ? new Proxy(list, { get: (of, key) => (key === 'matches' ? true : Reflect.get(of, key)) })
        : list;
    });
    const { user } = show(`/calendar?date=${MONDAY}`, clinic);
    const list = within(
      await screen.findByRole('list', { name: /Entries of Monday,? 1 February 2027/ }),
    );
    expect(await list.findByText('Open 09:00 – 12:30, Practice')).toBeTruthy();
    await user.click(list.getByRole('button', { name: /Berta Muster/ }));
    expect(await screen.findByRole('dialog', { name: 'Berta Muster' })).toBeTruthy();
    expect(await faultsOfPage()).toEqual([]);
  });
});

describe('what the calendar is made of', () => {
  const entry = (number: number) => booked(number, cards[number - 1] ?? card());

  it('believes the topic about what is not over, and the reading about what is', () => {
    const later = at(MONDAY, '12:00');
    const gone = entry(3);
    expect(entriesOf([], [entry(1), gone], later)).toEqual([entry(1)]);
    expect(entriesOf([gone], [entry(1), gone], later)).toEqual([entry(1), gone]);
  });

  it('leaves out what is cancelled and what is not held any more', () => {
    const [first, second, third] = cards as [AppointmentCard, AppointmentCard, AppointmentCard];
    const cancelled = { ...first, stage: 'cancelled' as const };
    const hold = held(9, NOW, NOW - 1);
    const items = itemsOf([cancelled, second, third], [entry(1), entry(2), hold], NOW);
    expect(items.map((it) => it.card?.patient.display_name)).toEqual([
      'Berta Muster',
      'Carla Ejemplo',
    ]);
  });

  it('puts those who share a time together, and nobody else', () => {
    const shared = visit(5, MONDAY, '09:00', 'Edda Neu');
    const items = grouped(itemsOf([...cards, shared], [], NOW));
    expect(items.map((it) => it.members.length)).toEqual([2, 0, 0]);
    expect(items[0]?.members.map((it) => it.card?.patient.display_name)).toEqual([
      'Anton Beispiel',
      'Edda Neu',
    ]);
  });

  it('tells what came, moved and went', () => {
    const before = itemsOf(cards, [], NOW);
    const moved = { ...cards[0], starts_at: NOW } as AppointmentCard;
    const after = itemsOf(
      [moved, cards[1] as AppointmentCard, visit(6, MONDAY, '12:00', 'Finn')],
      [],
      NOW,
    );
    expect(changesBetween(before, after).map((it) => `${it.kind} ${it.name}`)).toEqual([
      'changed Anton Beispiel',
      'booked Finn',
      'gone Carla Ejemplo',
    ]);
  });

  it('goes with arrow keys to the nearest entry', () => {
    const items = itemsOf(cards, [], NOW);
    const dates = [MONDAY, '2027-02-02', WEDNESDAY];
    const to = (key: string, from: number) => {
      const item = items[from];
      return neighbour(key, item?.key ?? null, items, dates, ZONE)?.card?.patient.display_name;
    };
    expect(to('ArrowDown', 0)).toBe('Berta Muster');
    expect(to('ArrowDown', 1)).toBe('Carla Ejemplo');
    expect(to('ArrowUp', 0)).toBeUndefined();
    expect(to('ArrowRight', 0)).toBe('Carla Ejemplo');
    expect(to('ArrowLeft', 2)).toBe('Berta Muster');
    expect(to('End', 0)).toBe('Berta Muster');
    expect(to('x', 0)).toBeUndefined();
  });

  it('keeps its place in the address', () => {
    const place = { view: 'day', date: '2027-03-28', isWhole: true } as const;
    expect(readPlace(writePlace(place), MONDAY)).toEqual(place);
    expect(readPlace('?view=month&date=2027-02-30&hours=x', MONDAY)).toEqual({
      view: 'week',
      date: MONDAY,
      isWhole: false,
    });
    expect(readPlace('?date=9999-01-01', MONDAY).date).toBe(MONDAY);
  });
});
