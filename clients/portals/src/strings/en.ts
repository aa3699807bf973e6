import { account } from './en-account.ts';
import { admin } from './en-admin.ts';
import { audit } from './en-audit.ts';
import { booking, change, inbox, profile, register } from './en-booking.ts';
import { calendar, scheduleNav } from './en-calendar.ts';
import { chart } from './en-chart.ts';
import { faults } from './en-faults.ts';
import { figures } from './en-figures.ts';
import { files } from './en-files.ts';
import { hours } from './en-hours.ts';
import { links } from './en-links.ts';
import { messages } from './en-messages.ts';
import { people } from './en-people.ts';
import { clinic, practice } from './en-practice.ts';
import { record } from './en-record.ts';
import { helping, quarantine, records } from './en-records.ts';
import { residency } from './en-residency.ts';
import { sharing } from './en-sharing.ts';
import { emergencies, support } from './en-support.ts';
import { call, check, visit, waiting } from './en-visit.ts';

/**
 * Every sentence that people read, in English. Another language is another object of this type; a missing sentence
 * does not compile. What varies comes as arguments, already written for the language by `format`.
 */
export const en = {
  language: 'en',
  direction: 'ltr' as 'ltr' | 'rtl',
  product: 'Bedside',

  common: {
    code: (number: number) => `Code ${number}`,
    cancel: 'Cancel',
    close: 'Close',
    copy: 'Copy link',
    copied: 'Link copied',
    tryAgain: 'Try again',
    reload: 'Reload the page',
    goHome: 'Go to the start page',
    backToToday: 'Back to today',
    loading: 'Loading',
    skipToContent: 'Skip to content',
    zone: (zone: string) => `Times in ${zone}`,
    you: 'You',
    left: (count: number) =>
      count === 1 ? '1 character is left.' : `${count} characters are left.`,
    linkFor: (name: string) => `Link for ${name}`,
  },

  roles: {
    patient: 'Patient',
    clinician: 'Clinician',
    interpreter: 'Interpreter',
    caregiver: 'Caregiver',
    colleague: 'Colleague',
    admin: 'Administrator',
    support: 'Support',
  },

  stages: {
    scheduled: 'Planned',
    waiting: 'Patient waits',
    admitted: 'Admitted',
    in_call: 'In the visit',
    ended: 'Ended',
    no_show: 'Not attended',
    cancelled: 'Cancelled',
  },

  header: {
    signOut: 'Sign out',
    menu: (name: string) => `Menu of ${name}`,
    dark: 'Use dark colours',
    light: 'Use light colours',
    today: 'Today',
    admin: 'Administration',
    support: 'Support',
    visits: 'My visits',
    book: 'Book',
    profile: 'My details',
    navigation: 'Main',
  },

  connection: {
    title: 'Connection',
    reconnecting: 'Connection lost. We are reconnecting.',
    retryIn: (seconds: string) => `Connection lost. We try again in ${seconds}.`,
    callGoesOn: 'Sound and picture go on meanwhile.',
    kept: 'What you see may be a moment old.',
    back: 'You are connected again.',
    ended: {
      signed_out: 'You were signed out.',
      revoked: 'Your invitation to this visit was withdrawn.',
      replaced: 'This visit is open in another tab. This tab has stopped.',
      unsupported_version: 'There is a new version of this page. Please reload it.',
      other: 'This page lost its connection and cannot go on. Please reload it.',
    },
  },

  crash: {
    title: 'This page stopped working',
    body: 'Reloading brings you back to where you were. If you are in a visit, you return to it.',
  },

  notFound: {
    title: 'There is no such page',
    body: 'The address may be incomplete, or the page has moved. The start page leads to all others.',
  },

  signIn: {
    title: 'Sign in',
    lead: 'Video visits with your clinic.',
    email: 'E-mail',
    password: 'Password',
    showPassword: 'Show or hide the password',
    submit: 'Sign in',
    missingEmail: 'Enter your e-mail address.',
    missingPassword: 'Enter your password.',
    forgot: 'Forgot your password?',
    help: 'You have a link to your visit? Open it directly, you need no password.',
  },

  join: {
    title: 'Your video visit is one click away',
    body: 'Next we check your camera and microphone together. Nobody sees or hears you yet.',
    submit: 'Continue',
    once: 'This link works once and belongs to you alone. Please do not pass it on.',
    missingTitle: 'This link is incomplete',
    missingBody:
      'Part of the address is missing. Open the link from your message again, or copy all of it.',
    offlineTitle: 'You are offline',
    offlineBody: 'Your link was not used. Check your network, then try again.',
    askClinic: 'Ask your clinic for a new link. It takes them one click.',
    signInInstead: 'Sign in instead',
  },

  home: {
    title: (name: string) => `Hello, ${name}`,
    next: 'Your next visit',
    none: 'You have no visit planned',
    noneBody: 'Book one now. When your clinic plans one, it appears here too.',
    nonePlanned: 'When your clinic plans one with you, it appears here.',
    book: 'Book a visit',
    bookAnother: 'Book another visit',
    past: 'Past visits',
    later: 'Later visits',
    withClinician: (name: string) => `with ${name}`,
    check: 'Check your device',
    checkAgain: 'Check your device again',
    enter: 'Enter waiting room',
    rejoin: 'Rejoin',
    checked: 'Your device was checked and works.',
    opensHint: 'You can enter the waiting room from one hour before.',
    clinicianHere: (name: string) => `${name} is in the room.`,
    goesOn: 'Your visit is going on.',
    late: 'Your visit should have begun. You can still enter.',
  },

  time: {
    now: 'now',
    today: 'Today',
    tomorrow: 'Tomorrow',
    yesterday: 'Yesterday',
  },

  after: {
    ended: 'Your visit has ended',
    endedBody: 'Thank you for your time. You can close this page.',
    cancelled: 'This visit was cancelled',
    cancelledBody: 'If you did not expect this, please call your clinic.',
    noShow: 'This visit was marked as not attended',
    noShowBody: 'Please call your clinic to plan another one.',
    left: 'You left the visit',
    leftBody: 'The visit goes on. You can come back at any time until it is ended.',
    rejoin: 'Rejoin',
    revoked: 'Your invitation was withdrawn',
    revokedBody: 'The visit goes on without you. If this is a mistake, ask who invited you.',
    home: 'Go to my visits',
    attendance: 'Who was there',
  },

  today: {
    title: 'Today',
    empty: 'No visits today',
    emptyBody: 'Appointments that are made for you appear here by themselves.',
    now: 'Now',
    waits: (duration: string) => `Waiting ${duration}`,
    waitsNow: 'Waiting now',
    expected: 'Not here yet',
    late: (duration: string) => `Not here, ${duration} late`,
    admitted: 'Admitted',
    inCall: 'In the visit',
    here: 'You are in the room',
    deviceGood: 'Device ok',
    devicePoor: 'Slow connection',
    deviceBad: 'Device problem',
    deviceUnknown: 'Device not checked',
    guests: (count: number) => (count === 1 ? '1 guest' : `${count} guests`),
    admit: 'Admit',
    open: 'Open',
    rejoin: 'Rejoin',
    noShow: 'Mark no-show',
    noShowTitle: (name: string) => `Mark ${name} as not attended?`,
    noShowBody: 'The visit is closed for good, and the link stops working.',
    noShowConfirm: 'Mark as no-show',
    summary: (waiting: number, rest: number) =>
      `${waiting === 0 ? 'Nobody waits' : waiting === 1 ? '1 patient waits' : `${waiting} patients wait`}, ${rest} more to come`,
    shortcuts: 'Keyboard shortcuts',
    shortcutsOn: 'Use these shortcuts',
    tomorrowOn: 'Later days',
    actionFor: (action: string, name: string) => `${action} ${name}`,
    keys: {
      next: 'Next visit in the list',
      previous: 'Previous visit in the list',
      open: 'Open the selected visit',
      admit: 'Admit the selected patient',
      help: 'Show this help',
      microphone: 'Microphone on or off',
      camera: 'Camera on or off',
      admitNext: 'Admit who waits longest',
      panel: 'Show or hide the panel',
    },
  },

  check,
  waiting,
  call,
  visit,
  admin,
  people,
  scheduleNav,
  calendar,
  hours,
  practice,
  clinic,
  records,
  quarantine,
  emergencies,
  figures,
  support,
  helping,
  booking,
  change,
  register,
  links,
  profile,
  record,
  residency,
  sharing,
  chart,
  inbox,
  files,
  messages,
  audit,
  account,
  faults,
};

export type Strings = typeof en;
