import { BedsideError } from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { figuresDesk, usage } from '../dev/figures.ts';
import { fault } from '../dev/samples.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';

const path = '/admin?tab=figures';
const WEEK = 7 * 24 * 3_600_000;
const asked = (bedside: FakeBedside) =>
  bedside.calls
    .filter((it) => it.name === 'report.read_usage')
    .map((it) => it.args[0] as { since: number; until: number })
    .map(({ since, until }) => Math.ceil((until - since) / WEEK));
const table = (name: string) => within(screen.getByRole('table', { name }));
/** Weeks and their sum. */
const rows = () =>
  screen.queryByRole('table', { name: 'By week' })?.querySelectorAll('tbody tr').length;
const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole('cell')
    .map((it) => it.textContent);
const rowOf = (name: string, title: string | RegExp) => {
  const head = table(name).getByRole('rowheader', { name: title });
  return cells(head.closest('tr') as HTMLElement);
};
const answer = (it: FakeBedside, over: Parameters<typeof usage>[1]) => {
  figuresDesk(it);
  it.answers.set('report.read_usage', usage(12, over));
};

describe('figures', () => {
  it('stand by week and by service, and what is small does not', async () => {
    const { bedside } = show(`${path}&weeks=4`, figuresDesk);
    await screen.findByRole('table', { name: 'By week' });
    expect(asked(bedside)).toEqual([4]);
    expect(rows()).toBe(5);
    expect(rowOf('By week', 'All weeks')).toEqual(['1,480', '24', '96', '31']);
    expect(rowOf('By week', /^(23 November|November 23,) 2026$/)).toEqual([
      '40',
      '24',
      'Not shown',
      '0',
    ]);
    const services = table('By service').getAllByRole('rowheader');
    expect(services.map((it) => it.textContent)).toEqual([
      'Follow-up after an operation of the knee',
      'Skin check',
      'A service of before',
      'Without a service',
    ]);
    expect(rowOf('By service', 'Skin check')).toEqual([
      'Not shown',
      'Not shown',
      'Not shown',
      '31',
    ]);
    expect(screen.getByText('1,204')).toBeTruthy();
    expect(screen.getByText('1 hr 12 min')).toBeTruthy();
    const headings = screen.getAllByRole('heading', { level: 2 }).map((it) => it.textContent);
    expect(headings).toEqual(['By week', 'By service']);
    expect(await faultsOfPage()).toEqual([]);
  });

  it('say who is counted, what is not shown, and in which zone', async () => {
    show(path, figuresDesk);
    expect(screen.getByText(/Only patients who agreed to figures without names/)).toBeTruthy();
    expect(screen.getByText(/fewer than 11 patients are not shown/)).toBeTruthy();
    expect(await screen.findByText(/time zone, Europe\/Berlin\./)).toBeTruthy();
  });

  it('have a picture beside each number that is shown, as long as it is large', async () => {
    show(path, (it) => answer(it, {}));
    const weeks = await screen.findByRole('table', { name: 'By week' });
    const bars = [...weeks.querySelectorAll('rect')].map((it) => it.getAttribute('width'));
    // None of the sum; the weeks have 80, 90, 100 … and the last 40.
    expect(bars).toHaveLength(12);
    expect([bars[0], bars[2], bars[11]]).toEqual(['80', '100', '40']);
  });

  it('are of as many weeks as are chosen, which stands in the address', async () => {
    const { bedside, user } = show(path, figuresDesk);
    await screen.findByRole('table', { name: 'By week' });
    await user.selectOptions(screen.getByLabelText('Weeks'), 'Last 4 weeks');
    await waitFor(() => expect(rows()).toBe(5));
    expect(location.search).toBe('?tab=figures&weeks=4');
    await user.selectOptions(screen.getByLabelText('Weeks'), 'Last 52 weeks');
    await waitFor(() => expect(rows()).toBe(53));
    expect(asked(bedside)).toEqual([12, 4, 52]);
  });

  it('teach when there is nobody to count, and when there are too few', async () => {
    show(path, (it) => answer(it, { patients: 0 }));
    expect(await screen.findByRole('heading', { name: 'Nothing to count' })).toBeTruthy();
    expect(screen.queryByRole('table')).toBeNull();
    expect(await faultsOfPage()).toEqual([]);
  });

  it('are not shown of ten patients and fewer', async () => {
    show(path, (it) => {
      figuresDesk(it);
      const { patients: _, ...few } = usage(12);
      it.answers.set('report.read_usage', few);
    });
    expect(await screen.findByRole('heading', { name: 'Too few to show' })).toBeTruthy();
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('leave out a middle that is not told', async () => {
    show(path, (it) => {
      figuresDesk(it);
      const { waited_min: _, ...rest } = usage(12);
      it.answers.set('report.read_usage', rest);
    });
    const term = await screen.findByText('Time in the waiting room');
    expect(term.nextElementSibling?.textContent).toBe('Not shown');
  });

  it('say what the hub refuses, and are asked for again', async () => {
    const { bedside, user } = show(path, (it) => {
      figuresDesk(it);
      it.answers.set('report.read_usage', new BedsideError(fault('unavailable', 7000)));
    });
    await screen.findByText('Code 7000');
    bedside.answers.set('report.read_usage', usage(12));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('table', { name: 'By week' })).toBeTruthy();
  });
});
