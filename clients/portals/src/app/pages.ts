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
  | { name: 'forgot' }
  | { name: 'reset' }
  | { name: 'welcome' }
  | { name: 'clinician' }
  | { name: 'admin' }
  | { name: 'calendar'; personId: PersonId | null }
  | { name: 'hours'; personId: PersonId | null }
  | { name: 'practice'; personId: PersonId | null }
  | { name: 'patients'; personId: PersonId | null }
  | { name: 'support'; personId: PersonId | null }
  | { name: 'unknown' };

/** Of whatever has one. */
export const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What may stand in an address behind the word of its page. */
export type Behind = 'nothing' | 'visit' | 'perhaps a person' | 'perhaps a conversation';

/** THE TABLE of pages that have an address: its first word is the page's name; only the start page has none. */
export const PAGES = {
  start: 'nothing',
  join: 'nothing',
  register: 'nothing',
  forgot: 'nothing',
  reset: 'nothing',
  welcome: 'nothing',
  visit: 'visit',
  book: 'nothing',
  profile: 'nothing',
  record: 'nothing',
  access: 'nothing',
  account: 'nothing',
  messages: 'perhaps a conversation',
  clinician: 'nothing',
  calendar: 'perhaps a person',
  hours: 'perhaps a person',
  practice: 'perhaps a person',
  patients: 'perhaps a person',
  admin: 'nothing',
  audit: 'nothing',
  support: 'perhaps a person',
} as const satisfies Record<Exclude<Page['name'], 'unknown'>, Behind>;

/** Of a page that is in the table. */
export type PageName = keyof typeof PAGES;
type Named<B extends Behind> = {
  [N in PageName]: (typeof PAGES)[N] extends B ? N : never;
}[PageName];

const UNKNOWN: Page = { name: 'unknown' };

export function pageOf(path: string): Page {
  const [first, second, ...rest] = path.split('/').filter((it) => it !== '');
  if (first === undefined) return { name: 'start' };
  if (rest.length > 0 || first === 'start' || !isPage(first)) return UNKNOWN;
  const id = second !== undefined && ID.test(second) ? second.toLowerCase() : null;
  if (isWith(first, 'visit')) return id ? { name: first, appointmentId: id } : UNKNOWN;
  if (isWith(first, 'perhaps a person')) {
    if (second !== undefined && !id) return UNKNOWN;
    return { name: first, personId: id as PersonId | null };
  }
  if (isWith(first, 'perhaps a conversation')) return messagesOf(second, id);
  return second === undefined && isWith(first, 'nothing') ? { name: first } : UNKNOWN;
}

function isPage(word: string): word is PageName {
  return Object.hasOwn(PAGES, word);
}

function isWith<B extends Behind>(name: PageName, behind: B): name is Named<B> {
  return PAGES[name] === behind;
}

function messagesOf(second: string | undefined, id: string | null): Page {
  if (second === undefined) return { name: 'messages', view: { kind: 'list' } };
  if (second === 'notices') return { name: 'messages', view: { kind: 'notices' } };
  return id ? { name: 'messages', view: { kind: 'thread', conversationId: id } } : UNKNOWN;
}

/** What the clinic told about appointments. */
export const NOTICES_PATH = '/messages/notices';
/** Emergencies that have to be looked into. */
export const REVIEWS_PATH = '/admin?tab=emergencies';

export function conversationPath(conversationId: string): string {
  return `/messages/${conversationId}`;
}

/** Where somebody is at home. A session from a join link knows its one visit only. */
export function homeOf(me: Me): string {
  if (me.visit) return visitPath(me.visit.appointment_id);
  if (me.role === 'clinician') return '/clinician';
  if (me.role === 'admin') return '/admin';
  if (me.role === 'support') return '/support';
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
/** Record of a patient, as clinicians see it; without an id the way to one. */
export const patientPath = (id: string | null): string => ofPerson('patients', id);
/** What support sees of an account, the list of them without an id. */
export const supportPath = (id: PersonId | null): string => ofPerson('support', id);

function ofPerson(page: string, id: string | null): string {
  return id === null ? `/${page}` : `/${page}/${id}`;
}

/** Whether this page is for this person; otherwise they are led home. */
export function mayOpen(page: Page, me: Me): boolean {
  switch (page.name) {
    case 'clinician':
    case 'patients':
      return me.role === 'clinician' && !me.visit;
    case 'support':
      return me.role === 'support';
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
    case 'forgot':
    case 'reset':
    case 'welcome':
      return false;
    case 'visit':
      return me.visit ? me.visit.appointment_id === page.appointmentId : isInVisits(me);
    case 'join':
    case 'unknown':
      return true;
  }
}

/** Whoever treats, is treated or helps with it: they are in visits, and in what is written about them. */
export function isInVisits(me: Me): boolean {
  return me.role !== 'admin' && me.role !== 'support';
}

/** One's own as a practitioner, anybody's as an administrator. */
function mayOpenSchedule(personId: PersonId | null, me: Me): boolean {
  if (me.visit) return false;
  if (me.role === 'admin') return personId !== null;
  const isPractitioner = me.role === 'clinician' || me.role === 'interpreter';
  return isPractitioner && (personId === null || personId === me.person_id);
}
