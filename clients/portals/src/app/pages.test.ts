import { describe, expect, it } from 'vitest';
import { me, participantId, personId, VISIT_ID } from '../dev/samples.ts';
import { homeOf, mayOpen, pageOf } from './pages.ts';

describe('addresses', () => {
  it.each([
    ['/', 'start'],
    ['/join', 'join'],
    ['/join/', 'join'],
    [`/visit/${VISIT_ID}`, 'visit'],
    ['/visit/not-an-id', 'unknown'],
    ['/visit', 'unknown'],
    ['/start', 'unknown'],
    ['/toString', 'unknown'],
    ['/messages/notices', 'messages'],
    ['/messages/ana', 'unknown'],
    ['/clinician', 'clinician'],
    ['/admin', 'admin'],
    ['/book', 'book'],
    ['/profile', 'profile'],
    ['/account', 'account'],
    ['/access', 'access'],
    ['/record', 'record'],
    ['/record/x', 'unknown'],
    ['/audit', 'audit'],
    ['/audit/x', 'unknown'],
    ['/messages', 'messages'],
    ['/register', 'register'],
    ['/forgot', 'forgot'],
    ['/reset', 'reset'],
    ['/welcome', 'welcome'],
    ['/reset/x', 'unknown'],
    ['/book/x', 'unknown'],
    ['/admin/x', 'unknown'],
    ['/calendar', 'calendar'],
    [`/calendar/${personId(2)}`, 'calendar'],
    [`/hours/${personId(2)}`, 'hours'],
    ['/practice', 'practice'],
    ['/patients', 'patients'],
    [`/patients/${personId(1)}`, 'patients'],
    ['/patients/petra', 'unknown'],
    ['/support', 'support'],
    [`/support/${personId(1)}`, 'support'],
    ['/practice/2', 'unknown'],
    [`/hours/${personId(2)}/x`, 'unknown'],
    [`/visit/${VISIT_ID}/x`, 'unknown'],
  ])('%s is %s', (path, name) => {
    expect(pageOf(path).name).toBe(name);
  });

  it('lead everybody home', () => {
    expect(homeOf(me('patient'))).toBe('/');
    expect(homeOf(me('clinician'))).toBe('/clinician');
    expect(homeOf(me('admin'))).toBe('/admin');
    expect(homeOf(me('support'))).toBe('/support');
    const visit = { appointment_id: VISIT_ID, participant_id: participantId(2) };
    expect(homeOf(me('clinician', { visit }))).toBe(`/visit/${VISIT_ID}`);
  });

  it('open one’s own calendar to practitioners, and anybody’s to administrators', () => {
    const own = { name: 'calendar', personId: null } as const;
    const others = { name: 'hours', personId: personId(7) } as const;
    expect(mayOpen(own, me('clinician'))).toBe(true);
    expect(mayOpen(own, me('interpreter'))).toBe(true);
    expect(mayOpen({ name: 'practice', personId: personId(2) }, me('clinician'))).toBe(true);
    expect(mayOpen(others, me('clinician'))).toBe(false);
    expect(mayOpen(others, me('admin'))).toBe(true);
    expect(mayOpen(own, me('admin'))).toBe(false);
    expect(mayOpen(own, me('patient'))).toBe(false);
    const visit = { appointment_id: VISIT_ID, participant_id: participantId(2) };
    expect(mayOpen(own, me('clinician', { visit }))).toBe(false);
  });

  it('open records to clinicians, and accounts to support, and to nobody else', () => {
    const record = { name: 'patients', personId: personId(1) } as const;
    const account = { name: 'support', personId: personId(1) } as const;
    const visit = { appointment_id: VISIT_ID, participant_id: participantId(2) };
    expect(mayOpen(record, me('clinician'))).toBe(true);
    expect(mayOpen(record, me('clinician', { visit }))).toBe(false);
    expect(mayOpen(account, me('support'))).toBe(true);
    for (const role of ['patient', 'interpreter', 'admin', 'support'] as const) {
      expect(mayOpen(record, me(role))).toBe(false);
    }
    for (const role of ['patient', 'clinician', 'interpreter', 'admin'] as const) {
      expect(mayOpen(account, me(role))).toBe(false);
    }
    expect(mayOpen({ name: 'visit', appointmentId: VISIT_ID }, me('support'))).toBe(false);
    expect(mayOpen({ name: 'start' }, me('support'))).toBe(false);
    expect(mayOpen({ name: 'messages', view: { kind: 'list' } }, me('support'))).toBe(true);
  });

  it('open a session from a link for its one visit only', () => {
    const guest = me('interpreter', {
      visit: { appointment_id: VISIT_ID, participant_id: participantId(3) },
    });
    const another = VISIT_ID.replace(/.$/, '1');
    expect(mayOpen({ name: 'visit', appointmentId: VISIT_ID }, guest)).toBe(true);
    expect(mayOpen({ name: 'visit', appointmentId: another }, guest)).toBe(false);
    expect(mayOpen({ name: 'start' }, guest)).toBe(false);
    expect(mayOpen({ name: 'admin' }, me('clinician'))).toBe(false);
    expect(mayOpen({ name: 'clinician' }, me('patient'))).toBe(false);
    expect(mayOpen({ name: 'book' }, me('patient'))).toBe(true);
    expect(mayOpen({ name: 'book' }, me('clinician'))).toBe(false);
    expect(mayOpen({ name: 'profile' }, me('admin'))).toBe(false);
    expect(mayOpen({ name: 'audit' }, me('admin'))).toBe(true);
    expect(mayOpen({ name: 'audit' }, me('clinician'))).toBe(false);
    expect(mayOpen({ name: 'access' }, me('patient'))).toBe(true);
    expect(mayOpen({ name: 'access' }, me('clinician'))).toBe(false);
    expect(mayOpen({ name: 'record' }, me('patient'))).toBe(true);
    expect(mayOpen({ name: 'record' }, me('admin'))).toBe(false);
    expect(mayOpen({ name: 'account' }, me('interpreter'))).toBe(true);
    expect(mayOpen({ name: 'account' }, guest)).toBe(false);
    expect(mayOpen({ name: 'messages', view: { kind: 'list' } }, me('admin'))).toBe(true);
    expect(mayOpen({ name: 'messages', view: { kind: 'list' } }, guest)).toBe(false);
    expect(mayOpen({ name: 'register' }, me('patient'))).toBe(false);
    expect(mayOpen({ name: 'visit', appointmentId: VISIT_ID }, me('admin'))).toBe(false);
  });
});
