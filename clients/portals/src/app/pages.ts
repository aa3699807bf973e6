import type { Me, PersonId } from '@bedside/client';

/** What of the messages is shown. */
export type MessagesView =
  | { kind: 'list' }
  | { kind: 'notices' }
  | { kind: 'thread'; conversationId: string };

/** Every page that has an address. */
export type Page =
  | { name: 'start' }
  | { name: 'join' }
  | { name: 'visit'; appointmentId: string }
  | { name: 'book' }
  | { name: 'profile' }
  | { name: 'account' }
  | { name: 'access' }
  | { name: 'record' }
  | { name: 'audit' }
  | { name: 'messages'; view: MessagesView }
  | { name: 'register' }
  | { name: 'clinician' }
  | { name: 'admin' }
  | { name: 'calendar'; personId: PersonId | null }
  | { name: 'hours'; personId: PersonId | null }
  | { name: 'practice'; personId: PersonId | null }
  | { name: 'unknown' };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function pageOf(path: string): Page {
  const [first = '', second, ...rest] = path.split('/').filter((it) => it !== '');
  if (rest.length > 0) return { name: 'unknown' };
  if (first === 'visit' && second && ID.test(second)) {
    return { name: 'visit', appointmentId: second.toLowerCase() };
  }
  if (first === 'calendar' || first === 'hours' || first === 'practice') {
    if (second === undefined) return { name: first, personId: null };
    if (!ID.test(second)) return { name: 'unknown' };
    return { name: first, personId: second.toLowerCase() as PersonId };
  }
  if (first === 'messages') return messagesOf(second);
  if (second !== undefined) return { name: 'unknown' };
  switch (first) {
    case '':
      return { name: 'start' };
    case 'join':
      return { name: 'join' };
    case 'book':
      return { name: 'book' };
    case 'profile':
      return { name: 'profile' };
    case 'account':
      return { name: 'account' };
    case 'access':
      return { name: 'access' };
    case 'record':
      return { name: 'record' };
    case 'audit':
      return { name: 'audit' };
    case 'register':
      return { name: 'register' };
    case 'clinician':
      return { name: 'clinician' };
    case 'admin':
      return { name: 'admin' };
    default:
      return { name: 'unknown' };
  }
}

function messagesOf(second: string | undefined): Page {
  if (second === undefined) return { name: 'messages', view: { kind: 'list' } };
  if (second === 'notices') return { name: 'messages', view: { kind: 'notices' } };
  if (!ID.test(second)) return { name: 'unknown' };
  return { name: 'messages', view: { kind: 'thread', conversationId: second.toLowerCase() } };
}

/** What the clinic told about appointments. */
export const NOTICES_PATH = '/messages/notices';

export function conversationPath(conversationId: string): string {
  return `/messages/${conversationId}`;
}

/** Where somebody is at home. A session from a join link knows its one visit only. */
export function homeOf(me: Me): string {
  if (me.visit) return visitPath(me.visit.appointment_id);
  if (me.role === 'clinician') return '/clinician';
  if (me.role === 'admin') return '/admin';
  return '/';
}

export function visitPath(appointmentId: string): string {
  return `/visit/${appointmentId}`;
}

/** Somebody's calendar, one's own without an id. */
export const calendarPath = (id: PersonId | null): string => ofPerson('calendar', id);
/** Somebody's hours, one's own without an id. */
export const hoursPath = (id: PersonId | null): string => ofPerson('hours', id);
/** What the directory tells of somebody, of oneself without an id. */
export const practicePath = (id: PersonId | null): string => ofPerson('practice', id);

function ofPerson(page: string, id: PersonId | null): string {
  return id === null ? `/${page}` : `/${page}/${id}`;
}

/** Whether this page is for this person; otherwise they are led home. */
export function mayOpen(page: Page, me: Me): boolean {
  switch (page.name) {
    case 'clinician':
      return me.role === 'clinician' && !me.visit;
    case 'admin':
    case 'audit':
      return me.role === 'admin';
    case 'calendar':
    case 'hours':
    case 'practice':
      return mayOpenSchedule(page.personId, me);
    case 'start':
      return homeOf(me) === '/';
    case 'book':
    case 'profile':
    case 'access':
    case 'record':
      return me.role === 'patient' && !me.visit;
    case 'account':
    case 'messages':
      return !me.visit;
    case 'register':
      return false;
    case 'visit':
      return me.visit ? me.visit.appointment_id === page.appointmentId : me.role !== 'admin';
    case 'join':
    case 'unknown':
      return true;
  }
}

/** One's own as a practitioner, anybody's as an administrator. */
function mayOpenSchedule(personId: PersonId | null, me: Me): boolean {
  if (me.visit) return false;
  if (me.role === 'admin') return personId !== null;
  const isPractitioner = me.role === 'clinician' || me.role === 'interpreter';
  return isPractitioner && (personId === null || personId === me.person_id);
}
