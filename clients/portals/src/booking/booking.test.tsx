import { BedsideError, type FaultCode, type Payment } from '@bedside/client';
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { type Clinic, clinic, KARL, LENA, openSlot, serviceId, slotTaken } from '../dev/clinic.ts';
import type { FakeBedside } from '../dev/fake.ts';
import { appointmentId, card, fault, MINUTE, personId, VISIT_ID } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

const PATH = `/book?service=${serviceId(1)}`;
const HOUR = 60 * MINUTE;

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);

/** A clinic with three times tomorrow around noon, of two clinicians. */
function open(path = PATH, prepare: (state: Clinic, bedside: FakeBedside) => void = () => {}) {
  let state: Clinic | undefined;
  const start = Math.ceil(Date.now() / (24 * HOUR)) * 24 * HOUR + 11 * HOUR;
  const all = show(path, (bedside) => {
    state = clinic(bedside);
    state.slots = [
      openSlot(start),
      openSlot(start + HOUR, {
        clinician_id: LENA,
        clinician_name: 'Dr. Lena Placeholder',
        time_zone: 'Europe/Lisbon',
      }),
      openSlot(start + 2 * HOUR),
    ];
    prepare(state, bedside);
  });
  if (!state) throw new Error('the clinic is made before the screen');
  return { ...all, state, start };
}

const clocks = async () => {
  const buttons = await screen.findAllByRole('button', { name: /^\d\d:\d\d, / });
  return buttons.map((it) => it.getAttribute('aria-disabled') === 'true');
};

/** The hub tells that times changed, and time passes until they were searched again. */
const changed = async (bedside: FakeBedside) => {
  const before = paramsOf(bedside, 'slot.search').length;
  act(() => bedside.tell(`openings:${KARL}`, { kind: 'openings_changed' }));
  await waitFor(() => expect(paramsOf(bedside, 'slot.search').length).toBeGreaterThan(before));
};

const takeEarliest = async (user: ReturnType<typeof show>['user']) => {
  await user.click(await screen.findByRole('button', { name: 'Choose this time' }));
  await screen.findByRole('heading', { name: 'Confirm' });
};

describe('booking', () => {
  it('goes from a service to a booked visit in four taps', async () => {
    const { bedside, user, start } = open('/book');
    await user.click(await screen.findByRole('button', { name: /Skin consultation/ }));
    expect(location.search).toBe(`?service=${serviceId(1)}`);
    await takeEarliest(user);
    expect(paramsOf(bedside, 'slot.hold')).toEqual([
      { clinician_id: KARL, service_id: serviceId(1), starts_at: start, jurisdiction: 'DE' },
    ]);
    await user.type(screen.getByLabelText(/^What is it about/), 'A rash, since Monday');
    await user.click(screen.getByRole('button', { name: 'Book this visit' }));
    await screen.findByRole('heading', { name: 'Your visit is booked' });
    expect(paramsOf(bedside, 'appointment.create')).toEqual([
      { hold_token: 'not-a-real-hold-token', reason: 'A rash, since Monday' },
    ]);
    expect(paramsOf(bedside, 'slot.release')).toEqual([]);
    expect(location.href).not.toContain('rash');
    expect(location.search).toContain(`booked=${appointmentId(50)}`);
  });

  it('hands out a calendar file', async () => {
    const made: Blob[] = [];
    vi.spyOn(URL, 'createObjectURL').mockImplementation((it) => {
      made.push(it as Blob);
      return 'blob:calendar';
    });
    const names: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      names.push(this.download);
    });
    const { user } = open(`/book?booked=${VISIT_ID}`, (_, bedside) => {
      bedside.answers.set('appointment.read', card());
    });
    await user.click(await screen.findByRole('button', { name: 'Add to calendar' }));
    await waitFor(() => expect(names).toEqual(['appointment.ics']));
    expect(await made[0]?.text()).toContain('BEGIN:VCALENDAR');
  });

  it('searches anew with every filter, and keeps what tells of the person out of the address', async () => {
    const { bedside, user } = open();
    await screen.findByRole('button', { name: 'Choose this time' });
    await user.click(screen.getByText('Narrow it down'));
    await user.selectOptions(screen.getByLabelText('Who speaks'), 'pt');
    await user.selectOptions(screen.getByLabelText('Who works with'), 'Sample Care');
    await user.selectOptions(screen.getByLabelText('With'), LENA);
    await waitFor(() =>
      expect(paramsOf(bedside, 'slot.search').at(-1)).toMatchObject({
        clinician_id: LENA,
        language: 'pt',
        insurer: 'Sample Care',
        jurisdiction: 'DE',
        time_zone: 'Europe/Berlin',
      }),
    );
    expect(location.search).toContain(`clinician=${LENA}`);
    expect(location.search).not.toMatch(/Care|pt&|DE/);
    expect(await clocks()).toEqual([false]);
  });

  it('says the clinician’s own time where clocks differ there', async () => {
    open();
    const group = await screen.findByRole('region', { name: 'Dr. Lena Placeholder' });
    expect(group.textContent).toMatch(/Lisbon\): \d\d:00 for you is \d\d:00 there/);
    expect(screen.getByText(/All times are your local time: .*\(Berlin\)/)).toBeTruthy();
  });

  it('offers the next day with a free time when there is none this week', async () => {
    const { user } = open(PATH, (state) => {
      state.slots = state.slots.map((it) => ({
        ...it,
        starts_at: it.starts_at + 9 * 24 * HOUR,
      }));
    });
    await user.click(await screen.findByRole('button', { name: 'Go to this day' }));
    expect(await clocks()).toHaveLength(3);
    expect(location.search).toMatch(/day=\d{4}-\d\d-\d\d/);
  });
});

describe('a time that goes away while somebody looks', () => {
  it('stays in its place as taken, is said, and cannot be chosen', async () => {
    const { bedside, user, state } = open();
    expect(await clocks()).toEqual([false, false, false]);
    state.slots = state.slots.slice(0, 2);
    await changed(bedside);
    const gone = await screen.findByRole('button', { name: /just taken$/ });
    expect(await clocks()).toEqual([false, true, false]);
    expect(screen.getByTestId('announcements').textContent).toContain('was just taken');
    await user.click(gone);
    expect(paramsOf(bedside, 'slot.hold')).toEqual([]);
  });

  it('is not replaced under the finger when it was the earliest', async () => {
    const { bedside, user, state, start } = open();
    await screen.findByRole('button', { name: 'Choose this time' });
    state.slots = state.slots.slice(1);
    await changed(bedside);
    await user.click(await screen.findByRole('button', { name: 'Show the next one' }));
    await takeEarliest(user);
    expect(paramsOf(bedside, 'slot.hold')).toMatchObject([
      { clinician_id: LENA, starts_at: start + HOUR },
    ]);
  });

  it('new ones wait until they are asked for', async () => {
    const { bedside, user, state, start } = open();
    expect(await clocks()).toHaveLength(3);
    state.slots = [...state.slots, openSlot(start + 3 * HOUR)];
    await changed(bedside);
    const more = await screen.findByRole('button', { name: /1 more time is free now/ });
    expect(await clocks()).toHaveLength(3);
    await user.click(more);
    expect(await clocks()).toHaveLength(4);
  });
});

const noteOf = (title: HTMLElement): HTMLElement => {
  const note = title.closest<HTMLElement>('[role=alert]');
  if (!note) throw new Error('what went wrong is told at once');
  return note;
};

describe('a time that cannot be had', () => {
  it('because it is taken: the next free ones are one tap away', async () => {
    const { bedside, user, start } = open(PATH, (state) => {
      state.refusal = slotTaken([Date.now() + 30 * HOUR, Date.now() + 31 * HOUR]);
    });
    await user.click(await screen.findByRole('button', { name: 'Choose this time' }));
    const title = await screen.findByText('This time has just been taken');
    const [next] = within(noteOf(title)).getAllByRole('button');
    if (!next) throw new Error('two free times were told');
    await user.click(next);
    await screen.findByRole('heading', { name: 'Confirm' });
    const [first, second] = paramsOf(bedside, 'slot.hold') as { starts_at: number }[];
    expect(first?.starts_at).toBe(start);
    expect(second).toMatchObject({ clinician_id: KARL, jurisdiction: 'DE' });
    expect(second?.starts_at).not.toBe(start);
  });

  it('for want of a licence: the place is corrected, or somebody else is found', async () => {
    const { bedside, user } = open(PATH, (state) => {
      state.refusal = fault('licence_required' as FaultCode, 3003);
    });
    await user.click(await screen.findByRole('button', { name: 'Choose this time' }));
    const title = await screen.findByText('Dr. Karl Sample has no licence for this place');
    const note = within(noteOf(title));
    await user.selectOptions(note.getByLabelText('Where you will be during the visit'), 'US');
    await user.selectOptions(note.getByLabelText('Region'), 'US-CA');
    await user.click(note.getByRole('button', { name: 'Go on with this place' }));
    await screen.findByRole('heading', { name: 'Confirm' });
    expect(paramsOf(bedside, 'slot.hold').at(-1)).toMatchObject({ jurisdiction: 'US-CA' });
  });

  it('because nobody said where they will be: the place is asked for, and the time is held', async () => {
    const { bedside, user } = open(PATH, (state) => {
      state.refusal = { ...fault('invalid_value', 1003), field: 'jurisdiction' };
    });
    await user.click(await screen.findByRole('button', { name: 'Choose this time' }));
    const title = await screen.findByText('Where will you be during the visit?');
    const note = within(noteOf(title));
    await user.selectOptions(note.getByLabelText('Where you will be during the visit'), 'FR');
    await user.click(note.getByRole('button', { name: 'Go on with this place' }));
    await screen.findByRole('heading', { name: 'Confirm' });
    expect(paramsOf(bedside, 'slot.hold').at(-1)).toMatchObject({ jurisdiction: 'FR' });
  });
});

describe('a price', () => {
  const PAYMENT = '01900000-0000-7000-8000-0000000000f1' as Payment['payment_id'];
  const price = { amount_minor: 4500, currency: 'EUR' };
  const payment = (over: Partial<Payment>): Payment => ({
    payment_id: PAYMENT,
    patient_id: personId(1),
    state: 'pending',
    price,
    created_at: Date.now(),
    ...over,
  });
  const page = 'https://pay.example/a-page';

  it('is only shown where nothing is paid here', async () => {
    const { bedside, user } = open(PATH, (state) => {
      state.price = price;
    });
    await takeEarliest(user);
    expect(screen.getByText(/Price: €45\.00/)).toBeTruthy();
    expect(screen.getByText(/You do not pay here/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Book this visit' }));
    await screen.findByRole('heading', { name: 'Your visit is booked' });
    expect(paramsOf(bedside, 'payment.begin')).toEqual([]);
  });

  it('is paid on the provider’s page, and the time is not given back meanwhile', async () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
    const { bedside, user } = open(PATH, (state, fake) => {
      state.price = price;
      state.needsPayment = true;
      fake.answers.set('payment.begin', payment({ page_url: page }));
    });
    await takeEarliest(user);
    await user.type(screen.getByLabelText(/What is it about/), 'Fictional');
    await user.click(screen.getByRole('button', { name: 'Pay and book' }));
    await waitFor(() => expect(assign).toHaveBeenCalledWith(page));
    expect(paramsOf(bedside, 'payment.begin')).toEqual([
      { hold_token: 'not-a-real-hold-token', reason: 'Fictional' },
    ]);
    expect(paramsOf(bedside, 'slot.release')).toEqual([]);
    expect(paramsOf(bedside, 'appointment.create')).toEqual([]);
    // Until the other page is there this one stays, and its button leads there once more.
    expect(screen.getByRole('heading', { name: 'Confirm' })).toBeTruthy();
    const again = screen.getByRole('button', { name: 'Pay and book' });
    await waitFor(() => expect(again).toHaveProperty('disabled', false));
    await user.click(again);
    await waitFor(() => expect(assign).toHaveBeenCalledTimes(2));
    assign.mockRestore();
  });

  it('is not paid for a time that was given back meanwhile', async () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
    let begun: (answer: Payment) => void = () => {};
    const { bedside, user } = open(PATH, (state, fake) => {
      state.price = price;
      state.needsPayment = true;
      fake.answers.set('payment.begin', () => new Promise((resolve) => (begun = resolve)));
    });
    await takeEarliest(user);
    await user.click(screen.getByRole('button', { name: 'Pay and book' }));
    await user.click(screen.getByRole('button', { name: 'Choose another time' }));
    await waitFor(() => expect(paramsOf(bedside, 'slot.release')).toHaveLength(1));
    await act(async () => begun(payment({ page_url: page })));
    expect(assign).not.toHaveBeenCalled();
    assign.mockRestore();
  });

  it('that was paid and cannot be booked yet says so, and is tried again', async () => {
    const { bedside, user } = open(`/book?payment=${PAYMENT}`, (_, fake) => {
      const held_until = Date.now() + 60_000;
      fake.answers.set('payment.read', payment({ state: 'authorised', held_until }));
      fake.answers.set('payment.confirm', new BedsideError(fault('unavailable', 9001)));
    });
    await screen.findByRole('heading', { name: 'Your visit is not booked yet' });
    expect(screen.queryByText(/Nothing was taken/)).toBeNull();
    bedside.answers.set('payment.confirm', card({ appointment_id: appointmentId(50) }));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByRole('heading', { name: 'Your visit is booked' });
  });

  it('that was paid after this page looked is not spoken of as unfinished, and a last word is not asked again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { bedside } = open(`/book?payment=${PAYMENT}`, (_, fake) => {
        const held_until = Date.now() + 120_000;
        fake.answers.set('payment.read', payment({ state: 'pending', page_url: page, held_until }));
      });
      await screen.findByRole('heading', { name: 'Your payment is not finished' });
      const held_until = Date.now() + 120_000;
      bedside.answers.set('payment.read', payment({ state: 'authorised', held_until }));
      const never = { ...fault('forbidden', 3000), retry: 'never' as const };
      bedside.answers.set('payment.confirm', new BedsideError(never));
      await act(async () => void vi.advanceTimersByTime(5_000));
      await screen.findByRole('heading', { name: 'Your visit is not booked yet' });
      expect(paramsOf(bedside, 'payment.confirm')).toHaveLength(1);
      await act(async () => void vi.advanceTimersByTime(60_000));
      expect(paramsOf(bedside, 'payment.confirm')).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of a visit that was cancelled since leads home', async () => {
    open(`/book?payment=${PAYMENT}`, (_, fake) => {
      const appointment_id = appointmentId(50);
      fake.answers.set('payment.read', payment({ state: 'voided', appointment_id }));
      fake.answers.set('appointment.read', card({ appointment_id, stage: 'cancelled' }));
    });
    await waitFor(() => expect(location.pathname).toBe('/'));
    expect(screen.queryByText('Your visit is booked')).toBeNull();
  });

  it('that was paid books at once', async () => {
    const { bedside } = open(`/book?payment=${PAYMENT}`, (_, fake) => {
      const held_until = Date.now() + 60_000;
      fake.answers.set('payment.read', payment({ state: 'authorised', held_until }));
      fake.answers.set('payment.confirm', card({ appointment_id: appointmentId(50) }));
    });
    await screen.findByRole('heading', { name: 'Your visit is booked' });
    expect(paramsOf(bedside, 'payment.confirm')).toEqual([{ payment_id: PAYMENT }]);
    expect(location.search).toBe(`?booked=${appointmentId(50)}`);
  });

  it.each([
    ['declined', 'Your payment was declined'],
    ['pending', 'Your payment is not finished'],
  ] as const)('that is %s says so, and leads back', async (state, title) => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
    const { bedside, user } = open(`/book?payment=${PAYMENT}`, (_, fake) => {
      const held_until = Date.now() + 120_000;
      fake.answers.set('payment.read', payment({ state, page_url: page, held_until }));
    });
    await screen.findByRole('heading', { name: title });
    await user.click(screen.getByRole('button', { name: 'Go on with the payment' }));
    expect(assign).toHaveBeenCalledWith(page);
    expect(paramsOf(bedside, 'payment.confirm')).toEqual([]);
    assign.mockRestore();
  });

  it('that came too late says that nothing was taken', async () => {
    open(`/book?payment=${PAYMENT}`, (_, fake) => {
      fake.answers.set('payment.read', payment({ state: 'voided' }));
    });
    await screen.findByRole('heading', { name: 'The time is no longer kept for you' });
    expect(screen.getByText(/nothing was taken/)).toBeTruthy();
  });
});

describe('a time that is held', () => {
  it('is given back by the back button, and what was chosen stays', async () => {
    const { bedside, user } = open();
    await takeEarliest(user);
    await user.click(screen.getByRole('button', { name: 'Choose another time' }));
    await screen.findByRole('button', { name: 'Choose this time' });
    expect(paramsOf(bedside, 'slot.release')).toEqual([{ hold_token: 'not-a-real-hold-token' }]);
    expect(location.search).toBe(`?service=${serviceId(1)}`);
  });

  it('that ends says so, with one button that searches again', async () => {
    const { user, state } = open(PATH, (it) => {
      it.holdMs = 1_500;
    });
    await takeEarliest(user);
    const title = await screen.findByRole('heading', {
      name: 'The time is no longer kept for you',
    });
    const main = title.closest('main');
    expect([...(main?.querySelectorAll('button') ?? [])].map((it) => it.textContent)).toEqual([
      'Search again',
    ]);
    state.holdMs = 60 * MINUTE;
    await user.click(screen.getByRole('button', { name: 'Search again' }));
    await takeEarliest(user);
  });

  it('is counted by the hub’s clock, not by ours', async () => {
    const { user } = open(PATH, (_, bedside) => {
      bedside.ahead = -2 * HOUR;
    });
    await takeEarliest(user);
    expect(screen.getByRole('timer').textContent).toMatch(/^(5:00|4:59) left$/);
  });

  it('is said aloud when ten seconds are left', async () => {
    const { user } = open(PATH, (it) => {
      it.holdMs = 11_500;
    });
    await takeEarliest(user);
    await waitFor(
      () =>
        expect(screen.getByTestId('announcements').textContent).toContain('Ten seconds are left'),
      { timeout: 9_000 },
    );
  });

  it('is booked once: another try after a lost answer has the same key', async () => {
    const keys: unknown[] = [];
    const { user } = open(PATH, (_, bedside) => {
      const call = bedside.call.bind(bedside);
      bedside.call = async (op, params, options) => {
        if (op !== 'appointment.create') return call(op, params, options);
        keys.push(options?.key);
        if (keys.length === 1) throw new BedsideError(fault('outcome_unknown', 8002));
        return card({ appointment_id: appointmentId(50) });
      };
    });
    await takeEarliest(user);
    await user.click(screen.getByRole('button', { name: 'Book this visit' }));
    await screen.findByText('We got no answer');
    await user.click(screen.getByRole('button', { name: 'Book this visit' }));
    await screen.findByRole('heading', { name: 'Your visit is booked' });
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
  });
});

describe('by the keyboard alone', () => {
  // The focus follows once the screen was painted.
  const focused = (text: string) =>
    waitFor(() => expect(document.activeElement?.textContent).toBe(text));

  it('a visit is booked, and no step loses the focus', async () => {
    const { bedside, user } = open('/book');
    const tabTo = async (name: RegExp) => {
      for (let presses = 0; presses < 60; presses++) {
        if (name.test(document.activeElement?.textContent ?? '')) return;
        await user.tab();
      }
      throw new Error(`no way to ${name}`);
    };
    await screen.findByRole('button', { name: /Skin consultation/ });
    await tabTo(/^Skin consultation/);
    await user.keyboard('{Enter}');
    await screen.findByRole('button', { name: 'Choose this time' });
    await focused('Skin consultation');
    await tabTo(/^Choose this time$/);
    await user.keyboard('{Enter}');
    await screen.findByRole('heading', { name: 'Confirm' });
    await focused('Confirm');
    await tabTo(/^Book this visit$/);
    await user.keyboard('{Enter}');
    await screen.findByRole('heading', { name: 'Your visit is booked' });
    await focused('Your visit is booked');
    expect(paramsOf(bedside, 'appointment.create')).toHaveLength(1);
  });
});

describe('moving', () => {
  const planned = card({
    starts_at: Date.now() + 48 * HOUR,
    ends_at: Date.now() + 48 * HOUR + 20 * MINUTE,
    service_id: serviceId(1),
  });

  it('searches with the same clinician, keeps the old time until the new one is confirmed', async () => {
    const { bedside, user } = open(`/book?moves=${VISIT_ID}`, (_, it) => {
      it.answers.set('appointment.read', planned);
    });
    await takeEarliest(user);
    expect(paramsOf(bedside, 'slot.search').at(-1)).toMatchObject({ clinician_id: KARL });
    expect(paramsOf(bedside, 'slot.hold')).toMatchObject([{ moves: VISIT_ID }]);
    expect(screen.getByText('Until now')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Move my visit' }));
    await screen.findByRole('heading', { name: 'Your visit was moved' });
    expect(paramsOf(bedside, 'appointment.move')).toEqual([
      { appointment_id: VISIT_ID, hold_token: 'not-a-real-hold-token' },
    ]);
    expect(paramsOf(bedside, 'appointment.cancel')).toEqual([]);
  });

  it('is for the clinic where it was the clinic who placed the visit', async () => {
    const { service_id: _, ...placed } = planned;
    open(`/book?moves=${VISIT_ID}`, (__, it) => it.answers.set('appointment.read', placed));
    expect(
      await screen.findByRole('heading', {
        name: 'This visit can only be moved by your clinic',
      }),
    ).toBeTruthy();
  });
});

describe('the waitlist', () => {
  it('is joined for the service and the clinician that are chosen', async () => {
    const { bedside, user } = open(`${PATH}&clinician=${KARL}`);
    await user.click(await screen.findByRole('button', { name: 'Tell me' }));
    expect(await screen.findByText('You are on the waitlist')).toBeTruthy();
    const [wish] = paramsOf(bedside, 'waitlist.join') as { from: number; until: number }[];
    expect(wish).toMatchObject({ service_id: serviceId(1), clinician_id: KARL });
    expect((wish?.until ?? 0) - (wish?.from ?? 0)).toBeGreaterThan(12 * 24 * HOUR);
  });

  it('is not joined for a day that has passed', async () => {
    const { bedside, user } = open();
    const field = await screen.findByLabelText('Only places before');
    await user.clear(field);
    await user.type(field, '2020-01-01');
    await user.click(screen.getByRole('button', { name: 'Tell me' }));
    expect(screen.getByText(/Enter a day from tomorrow on/)).toBeTruthy();
    expect(paramsOf(bedside, 'waitlist.join')).toEqual([]);
  });
});
