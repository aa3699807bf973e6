import {
  type AuditFile,
  BedsideError,
  type ExportAudit,
  type SaveAuditReport,
  type SearchAudit,
} from '@bedside/client';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { FakeBedside } from '../dev/fake.ts';
import { challenge } from '../dev/identity.ts';
import { fault, personId } from '../dev/samples.ts';
import {
  auditDesk,
  auditEntries,
  auditEntry,
  auditId,
  fakeLog,
  giveLog,
  report,
} from '../dev/trail.ts';
import { faultsOfPage } from '../testing/axe.ts';
import { show } from '../testing/show.tsx';
import { firstSeen } from './memory.ts';

const paramsOf = (bedside: FakeBedside, name: string) =>
  bedside.calls.filter((it) => it.name === name).map((it) => it.args[0]);
const lastSearch = (bedside: FakeBedside) => paramsOf(bedside, 'audit.search').at(-1);

const rows = async () => (await screen.findByRole('table')).querySelectorAll('tbody tr');

describe('the audit log', () => {
  it('is told in plain words, with the zone, who, whose record and how it ended', async () => {
    show('/audit', auditDesk);
    expect((await rows()).length).toBe(6);
    const first = within((await rows())[0] as HTMLElement);
    expect(first.getByText('Dr. Karl Sample')).toBeTruthy();
    expect(first.getByText('Clinician')).toBeTruthy();
    expect(first.getByText('Looked at a visit')).toBeTruthy();
    expect(first.getByText('Petra Example')).toBeTruthy();
    expect(first.getByText('Done')).toBeTruthy();
    expect(first.getByText(/GMT|CE?S?T/)).toBeTruthy();
    const refused = within((await rows())[2] as HTMLElement);
    expect(refused.getByText('You are not allowed to do this')).toBeTruthy();
    expect(
      within((await rows())[5] as HTMLElement).getByText('Somebody not signed in'),
    ).toBeTruthy();
  });

  it('is searched by a button, in days of the zone, and both days count', async () => {
    const { bedside, user } = show('/audit', auditDesk);
    await rows();
    await user.selectOptions(screen.getByLabelText('Who'), personId(9));
    await user.selectOptions(screen.getByLabelText('Whose record'), personId(1));
    await user.selectOptions(screen.getByLabelText('What'), 'appointment.move');
    await user.selectOptions(screen.getByLabelText('Outcome'), 'ok');
    await user.type(screen.getByLabelText('From'), '2026-03-28');
    await user.type(screen.getByLabelText('Until, included'), '2026-03-29');
    expect(paramsOf(bedside, 'audit.search')).toEqual([{}]);
    await user.click(screen.getByRole('button', { name: 'Search' }));
    expect(lastSearch(bedside)).toEqual({
      person_id: personId(9),
      patient_id: personId(1),
      operation: 'appointment.move',
      outcome: 'ok',
      // The clocks are put forward on the 29th: that day has 23 hours.
      from: Date.UTC(2026, 2, 27, 23),
      until: Date.UTC(2026, 2, 29, 22),
    });
  });

  it('asks nothing when the days are the wrong way round', async () => {
    const { bedside, user } = show('/audit', auditDesk);
    await rows();
    await user.type(screen.getByLabelText('From'), '2026-03-29');
    await user.type(screen.getByLabelText('Until, included'), '2026-03-28');
    await user.click(screen.getByRole('button', { name: 'Search' }));
    expect(screen.getByText('The last day is before the first.')).toBeTruthy();
    expect(paramsOf(bedside, 'audit.search')).toHaveLength(1);
  });

  it('keeps the filters over a reload, and no person in the address', async () => {
    const { user } = show('/audit', auditDesk);
    await rows();
    await user.selectOptions(screen.getByLabelText('Whose record'), personId(1));
    await user.selectOptions(screen.getByLabelText('What'), 'visit.read');
    await user.click(screen.getByRole('button', { name: 'Search' }));
    expect(location.search).toBe('?operation=visit.read');
    expect(location.href).not.toContain(personId(1));
    expect(history.state).toEqual({ audit: { who: null, whose: personId(1) } });
  });

  it('takes up what the address and the browser’s history say, and nothing that has not the form', async () => {
    const { bedside } = show('/audit?operation=visit.read&outcome=<b>&from=2026-02-31', auditDesk);
    await rows();
    expect(lastSearch(bedside)).toEqual({ operation: 'visit.read' });
  });

  it('goes on with older entries', async () => {
    const { bedside, user } = show('/audit', (it) => {
      auditDesk(it);
      it.answers.set('audit.search', ({ cursor }: SearchAudit) =>
        cursor === '17' ? { records: [auditEntry(2)] } : { records: [auditEntry(3)], cursor: '17' },
      );
    });
    expect((await rows()).length).toBe(1);
    await user.click(screen.getByRole('button', { name: 'Show older entries' }));
    await screen.findByText('This is the oldest entry.');
    expect((await rows()).length).toBe(2);
    expect(lastSearch(bedside)).toEqual({ cursor: '17' });
  });

  it('says what it cannot find, and what the hub refuses', async () => {
    const { bedside, user } = show('/audit?operation=visit.end', auditDesk);
    expect(await screen.findByText('Nothing matches')).toBeTruthy();
    bedside.answers.set('audit.search', new BedsideError(fault('unavailable', 7000)));
    await user.click(screen.getByRole('button', { name: 'Clear all' }));
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy();
  });

  it('has nothing that axe finds wrong, with and without the details', async () => {
    const { user } = show('/audit', auditDesk);
    await rows();
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getAllByRole('button', { name: /^Details: / })[0] as HTMLElement);
    await screen.findByRole('dialog', { name: 'Entry of the audit log' });
    expect(await faultsOfPage()).toEqual([]);
  });

  it('leads from an entry to everything by somebody and about a record', async () => {
    const { bedside, user } = show('/audit', auditDesk);
    await rows();
    await user.click(screen.getAllByRole('button', { name: /^Details: Dr/ })[0] as HTMLElement);
    await user.click(
      await screen.findByRole('button', { name: 'Everything about the record of Petra Example' }),
    );
    await waitFor(() => expect(lastSearch(bedside)).toEqual({ patient_id: personId(1) }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(screen.getAllByRole('button', { name: /^Details: Dr/ })[0] as HTMLElement);
    await user.click(await screen.findByRole('button', { name: 'Everything by Dr. Karl Sample' }));
    await waitFor(() => expect(lastSearch(bedside)).toEqual({ person_id: personId(2) }));
  });
});

describe('a file of the audit log', () => {
  it('holds what was found, comes without an address, and goes on in the next', async () => {
    const saved: { name: string; blob: Blob }[] = [];
    let last: Blob | null = null;
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      last = blob as Blob;
      return 'blob:one';
    });
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      if (last) saved.push({ name: this.download, blob: last });
    });
    const { bedside, user } = show('/audit?operation=visit.read', (it) => {
      auditDesk(it);
      it.answers.set(
        'audit.export',
        ({ cursor }: ExportAudit): AuditFile => ({
          file_name: `audit-${cursor ?? 0}.csv`,
          content_type: 'text/csv',
          text: '"audit_id"\r\n',
          rows: cursor ? 3 : 1000,
          ...(cursor ? {} : { cursor: '99' }),
        }),
      );
    });
    await user.click(await screen.findByRole('button', { name: 'Save what was found' }));
    await user.click(await screen.findByRole('button', { name: 'For spreadsheets (CSV)' }));
    await user.click(await screen.findByRole('button', { name: 'Save the next file' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Save what was found' }));
    await dialog.findByText('3 lines were saved.');
    expect(screen.queryByRole('button', { name: 'Save the next file' })).toBeNull();
    expect(paramsOf(bedside, 'audit.export')).toEqual([
      { format: 'csv', operation: 'visit.read' },
      { format: 'csv', operation: 'visit.read', cursor: '99' },
    ]);
    expect(saved.map((it) => it.name)).toEqual(['audit-0.csv', 'audit-99.csv']);
    expect(await saved[0]?.blob.text()).toBe('"audit_id"\r\n');
  });
});

describe('a file of the audit log that asks who is there', () => {
  it('is saved once the administrator has shown that it is them', async () => {
    vi.spyOn(URL, 'createObjectURL').mockImplementation(() => 'blob:one');
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
    let isProven = false;
    const { bedside, user } = show('/audit', (it) => {
      auditDesk(it);
      it.answers.set('auth.begin_step_up', challenge({ methods: ['password'] }));
      it.answers.set('auth.step_up', () => {
        isProven = true;
        return { proved_at: Date.now() };
      });
      it.answers.set('audit.export', (): AuditFile => {
        if (!isProven) throw new BedsideError(fault('step_up', 3007));
        const content_type = 'application/fhir+ndjson';
        return { file_name: 'audit-events-1.ndjson', content_type, text: '{}\n', rows: 1 };
      });
    });
    await user.click(await screen.findByRole('button', { name: 'Save what was found' }));
    await user.click(
      await screen.findByRole('button', { name: 'For collectors of events (FHIR AuditEvent)' }),
    );
    const dialog = within(await screen.findByRole('dialog', { name: 'Show that it is you' }));
    await user.type(await dialog.findByLabelText('Your password'), 'mine');
    await user.click(dialog.getByRole('button', { name: 'Continue' }));
    const saved = within(await screen.findByRole('dialog', { name: 'Save what was found' }));
    await saved.findByText('1 line was saved.');
    expect(paramsOf(bedside, 'audit.export')).toEqual([{ format: 'fhir' }, { format: 'fhir' }]);
  });
});

describe('a saved report', () => {
  const save = async (user: ReturnType<typeof show>['user'], name: string) => {
    await user.click(screen.getByRole('button', { name: 'Save these filters' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Save these filters' }));
    await user.type(dialog.getByLabelText('Name of the report'), name);
    await user.click(dialog.getByRole('button', { name: 'Save report' }));
    return dialog;
  };

  it('is kept by the hub, opened in days of the zone, and removed', async () => {
    const { bedside, user } = show('/audit?operation=visit.read&from=2026-11-01', auditDesk);
    await rows().catch(() => null);
    await save(user, 'Visits since November');
    const name = 'Open report Visits since November';
    const open = await screen.findByRole('button', { name });
    const [kept] = paramsOf(bedside, 'audit.save_report') as SaveAuditReport[];
    expect(kept).toMatchObject({ name: 'Visits since November', shared: false });
    expect(kept?.filters.operation).toBe('visit.read');
    expect(await faultsOfPage()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Clear all' }));
    await waitFor(() => expect(lastSearch(bedside)).toEqual({}));
    await user.click(open);
    await waitFor(() => expect(lastSearch(bedside)).toMatchObject({ operation: 'visit.read' }));
    expect(location.search).toContain('from=2026-11-01');
    expect(Object.keys(localStorage).filter((it) => it.includes('reports'))).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Remove report Visits since November' }));
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Remove the report “Visits since November”?' }),
    );
    await user.click(dialog.getByRole('button', { name: 'Remove report' }));
    await waitFor(() => expect(screen.queryByRole('button', { name })).toBeNull());
    expect(paramsOf(bedside, 'audit.remove_report')).toHaveLength(1);
  });

  it('is shared by who wants to, and one of others is opened and not removed', async () => {
    const { bedside, user } = show('/audit', auditDesk);
    await rows();
    const other = await screen.findByRole('button', {
      name: 'Open report Refused at night, shared by somebody else',
    });
    expect(screen.queryByRole('button', { name: /^Remove report/ })).toBeNull();
    await user.click(other);
    await waitFor(() => expect(lastSearch(bedside)).toMatchObject({ outcome: 'forbidden' }));
    await user.click(screen.getByRole('button', { name: 'Save these filters' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Save these filters' }));
    await user.type(dialog.getByLabelText('Name of the report'), 'For all');
    await user.click(
      dialog.getByRole('checkbox', { name: /^All administrators of the clinic see it/ }),
    );
    expect(await faultsOfPage()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Save report' }));
    await screen.findByRole('button', { name: 'Open report For all, seen by all administrators' });
    expect(paramsOf(bedside, 'audit.save_report')).toMatchObject([{ shared: true }]);
  });

  it('is not kept under a title that names somebody', async () => {
    const { bedside, user } = show('/audit', auditDesk);
    await rows();
    const dialog = await save(user, 'Complaint of PETRA');
    expect(dialog.getByText(/This names somebody/)).toBeTruthy();
    expect(paramsOf(bedside, 'audit.save_report')).toEqual([]);
  });

  it('that the hub does not take is not thought saved', async () => {
    const { user } = show('/audit', (it) => {
      auditDesk(it);
      it.answers.set('audit.save_report', new BedsideError(fault('not_allowed_now', 4002)));
    });
    await rows();
    const dialog = await save(user, 'One more');
    expect(await dialog.findByText('You have as many reports as one person may have')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Open report One more' })).toBeNull();
  });
});

describe('reports that a browser of before has kept', () => {
  const KEY = `bedside.reports.${personId(9)}`;
  const EMPTY = { who: null, whose: null, operation: '', outcome: '', from: '', until: '' };
  const leave = (...names: string[]) => {
    const left = names.map((name) => ({ name, query: { ...EMPTY, operation: 'visit.read' } }));
    localStorage.setItem(KEY, JSON.stringify(left));
  };

  it('are handed to the hub once, and are not in the browser then', async () => {
    leave('Visits', 'Report 7');
    const { bedside } = show('/audit', (it) => {
      auditDesk(it);
      const kept = [report(7)];
      it.answers.set('audit.list_reports', () => ({ reports: kept }));
      it.answers.set('audit.save_report', (asked: SaveAuditReport) => {
        const saved = report(8, { ...asked, shared: false });
        kept.push(saved);
        return saved;
      });
    });
    await screen.findByRole('button', { name: 'Open report Visits' });
    // One of that name is at the hub already.
    expect(paramsOf(bedside, 'audit.save_report')).toEqual([
      { name: 'Visits', filters: { operation: 'visit.read' }, shared: false },
    ]);
    await waitFor(() => expect(localStorage.getItem(KEY)).toBeNull());
  });

  it('stay in the browser as long as the hub does not take them', async () => {
    leave('Visits');
    const { bedside, user } = show('/audit', (it) => {
      auditDesk(it);
      it.answers.set('audit.save_report', new BedsideError(fault('unavailable', 7000)));
    });
    expect(await screen.findByText('Code 7000')).toBeTruthy();
    expect(localStorage.getItem(KEY)).toContain('Visits');
    bedside.answers.set('audit.save_report', (asked: SaveAuditReport) =>
      report(8, { ...asked, shared: false }),
    );
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(localStorage.getItem(KEY)).toBeNull());
  });

  it('that are no reports are left out', async () => {
    localStorage.setItem(KEY, '[null,{"name":""},{"name":3}]');
    const { bedside } = show('/audit', auditDesk);
    await rows();
    await screen.findByRole('button', { name: /^Open report Refused at night/ });
    expect(paramsOf(bedside, 'audit.save_report')).toEqual([]);
  });
});

describe('an entry that is verified', () => {
  const verify = async (user: ReturnType<typeof show>['user']) => {
    await rows();
    await user.click(screen.getAllByRole('button', { name: /^Details: Dr/ })[0] as HTMLElement);
    await user.click(await screen.findByRole('button', { name: 'Verify' }));
    return within(screen.getByRole('dialog'));
  };

  it('is proven in this browser, which keeps what was signed', async () => {
    const { user } = show('/audit', auditDesk);
    const dialog = await verify(user);
    expect(await dialog.findByText('Verified')).toBeTruthy();
    expect(
      dialog.getByText(/Entry 6 is in the log “clinic.example\/audit”, signed with 7/),
    ).toBeTruthy();
    expect(firstSeen()).toMatchObject({ size: 7, origin: 'clinic.example/audit' });
  });

  it('is not proven when the page shows something else than what was signed', async () => {
    const { user } = show('/audit', (bedside) => {
      const [first, ...rest] = auditDesk(bedside);
      if (!first) throw new Error('no entries');
      giveLog(bedside, fakeLog([{ ...first, operation: 'visit.end' }, ...rest]));
    });
    const dialog = await verify(user);
    expect(await dialog.findByText('What was signed is not what is shown here.')).toBeTruthy();
    expect(firstSeen()).toBeNull();
  });

  it('is not called wrong by a browser that cannot check signatures', async () => {
    const { user } = show('/audit', auditDesk);
    await rows();
    vi.spyOn(crypto.subtle, 'verify').mockRejectedValue(new DOMException('', 'NotSupportedError'));
    const dialog = await verify(user);
    expect(await dialog.findByText(/This says nothing about the entry/)).toBeTruthy();
  });

  it('calls out a log that is another one than before', async () => {
    const { user } = show('/audit', auditDesk);
    await (await verify(user)).findByText('Verified');
    const before = firstSeen();
    localStorage.setItem('bedside.audit.first', JSON.stringify({ ...before, size: 9 }));
    await user.click(screen.getByRole('button', { name: 'Close' }));
    const dialog = await verify(user);
    expect(await dialog.findByText(/It had 9 entries and has 7 now/)).toBeTruthy();
    expect(dialog.queryByText('Verified')).toBeNull();
  });
});

describe('the log as a whole', () => {
  const now = Date.now();
  const grown = async (bedside: FakeBedside, change: (root: string) => string) => {
    const log = await fakeLog(auditDesk(bedside, now));
    giveLog(bedside, Promise.resolve(log));
    const { key, note, at, size, origin, root } = await log.checkpoint(5);
    const seen = { key, note, at, size, origin, root: change(root) };
    localStorage.setItem('bedside.audit.first', JSON.stringify(seen));
  };
  const check = async (user: ReturnType<typeof show>['user']) =>
    user.click(await screen.findByRole('button', { name: 'Check the log' }));

  it('is remembered when it is seen for the first time, and is the same afterwards', async () => {
    const { user } = show('/audit', auditDesk);
    await check(user);
    expect(await screen.findByText(/has not seen the log before/)).toBeTruthy();
    await check(user);
    expect(await screen.findByText(/nothing was changed/)).toBeTruthy();
  });

  it('that has grown still begins with what was seen: computed from the proof of its last entry', async () => {
    let given: FakeBedside | null = null;
    const { bedside, user } = show('/audit', (it) => {
      given = it;
      auditDesk(it, now);
    });
    if (given) await grown(given, (it) => it);
    await check(user);
    expect(
      await screen.findByText(/still begins with those that were seen here first/),
    ).toBeTruthy();
    expect(paramsOf(bedside, 'audit.prove')).toEqual([
      { audit_id: auditEntries(now).find((it) => it.entry === 4)?.audit_id ?? auditId(4) },
    ]);
  });

  it('that has grown over something else is called out, and begun anew only after a question', async () => {
    const { bedside, user } = show('/audit', (it) => void auditDesk(it, now));
    await grown(bedside, () => `${'A'.repeat(43)}=`);
    await check(user);
    expect(
      await screen.findByText('It has grown, but what it held before was changed.'),
    ).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Begin anew with what is signed now' }));
    await user.click(await screen.findByRole('button', { name: 'Forget and begin anew' }));
    expect(firstSeen()).toMatchObject({ size: 7 });
  });

  it('of which the last entry is not found is not called whole', async () => {
    const { bedside, user } = show('/audit', (it) => void auditDesk(it, now));
    await grown(bedside, (it) => it);
    bedside.answers.set('audit.search', { records: [] });
    await check(user);
    expect(await screen.findByText(/could not be found out/)).toBeTruthy();
  });
});
