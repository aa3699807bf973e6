import type { FaultCode } from '@bedside/client';

export interface FaultWords {
  /** What happened, in one plain sentence. */
  title: string;
  /** What the person can do. */
  body: string;
}

const ours: FaultWords = {
  title: 'We made a mistake',
  body: 'Nothing was changed. Please try again in a moment.',
};
const busy: FaultWords = {
  title: 'The clinic’s system is busy',
  body: 'Please wait a moment, then try again.',
};
const outdated: FaultWords = {
  title: 'Something changed meanwhile',
  body: 'Look at what is shown now, then try again.',
};
const oldPage: FaultWords = {
  title: 'This page is out of date',
  body: 'Please reload it and try again.',
};
const unsure: FaultWords = {
  title: 'We got no answer',
  body: 'It may have been done already. Trying again is safe.',
};

/** Words for every fault of the hub. A new code does not compile without words. */
export const faults: Record<FaultCode, FaultWords> & { offline: FaultWords } = {
  offline: {
    title: 'We can’t reach the clinic’s system',
    body: 'Check your network connection, then try again.',
  },
  malformed: oldPage,
  unknown_operation: oldPage,
  unsupported: oldPage,
  invalid_value: {
    title: 'One of the entries does not fit',
    body: 'Check what you entered and try again.',
  },
  bad_offer: {
    title: 'Your browser’s video could not be used',
    body: 'Reload the page. If that does not help, use a current Chrome, Edge, Firefox or Safari.',
  },
  too_large: { title: 'That is too long', body: 'Shorten what you entered and try again.' },
  content_warned: {
    title: 'It may hold something that should not be sent',
    body: 'Look at it: change it, or say why it should be sent all the same.',
  },
  content_blocked: {
    title: 'It holds something that may not be sent',
    body: 'Take it out, then send it again.',
  },
  wrong_offset: {
    title: 'The upload was interrupted',
    body: 'Try again: it goes on where it was.',
  },
  file_quota: {
    title: 'There is no more room for files',
    body: 'Send the files that wait, or ask your clinic to make room.',
  },
  emergency_quota: {
    title: 'No more records can be opened today',
    body: 'You have opened as many as one person may in a day. Ask an administrator.',
  },
  unauthenticated: { title: 'You are not signed in', body: 'Sign in, or open your link again.' },
  wrong_credentials: {
    title: 'E-mail and password do not match',
    body: 'Check both and try again. Capital letters matter in the password.',
  },
  factor_required: {
    title: 'A second step is needed first',
    body: 'Add an authenticator app or a passkey, then go on.',
  },
  step_up: {
    title: 'We need to be sure that it is you',
    body: 'Nothing was changed. Try again, and confirm who you are when you are asked.',
  },
  wrong_factor: {
    title: 'That was not right',
    body: 'Wait for the next code of your app, or use another way. A code works once.',
  },
  challenge_ended: {
    title: 'That took too long',
    body: 'Begin again: it has to be done within a few minutes.',
  },
  link_ended: {
    title: 'This link is not good any more',
    body: 'A link from an e-mail works once and for a limited time, and only the newest one works. Ask for another.',
  },
  provider_refused: {
    title: 'You were not signed in there',
    body: 'The other page did not sign you in, or you stopped it. Try again, or use your password.',
  },
  provider_distrusted: {
    title: 'That sign-in can’t be trusted',
    body: 'Nobody was signed in. Begin again; if it happens twice, tell your clinic.',
  },
  identity_unknown: {
    title: 'No account here goes with that sign-in',
    body: 'Sign in with your password first, then link it on the page of your account.',
  },
  not_this_way: {
    title: 'This account is not signed in that way',
    body: 'Use your password, or ask your clinic.',
  },
  identity_taken: {
    title: 'This can’t be linked',
    body: 'It belongs to another account, or yours has another one of that organisation: unlink that first.',
  },
  kept_elsewhere: {
    title: 'Your data are kept in another region',
    body: 'Whoever is at home there has their account there. Nothing is wrong, and nothing was changed here.',
  },
  session_ended: { title: 'Your sign-in has ended', body: 'Sign in again to go on.' },
  join_token_invalid: {
    title: 'This link does not work',
    body: 'It may be incomplete. Ask your clinic for a new link.',
  },
  join_token_expired: {
    title: 'This link has expired',
    body: 'Links work for a short time only. Ask your clinic for a new one.',
  },
  join_token_used: {
    title: 'This link was already used',
    body: 'Each link works once. If you used it in another tab, go on there. Otherwise ask your clinic for a new one.',
  },
  forbidden: {
    title: 'You are not allowed to do this',
    body: 'If you think you should be, ask your clinic.',
  },
  licence_required: {
    title: 'This clinician may not treat you there',
    body: 'A licence is needed for the place where you will be. Correct the place, or choose somebody else.',
  },
  payment_required: {
    title: 'This visit is not paid yet',
    body: 'Pay first; the time is kept for you meanwhile.',
  },
  not_admitted: {
    title: 'You have not been admitted yet',
    body: 'Please stay in the waiting room. You will be let in.',
  },
  wrong_origin: {
    title: 'This page was opened from a wrong address',
    body: 'Open the link that your clinic sent to you.',
  },
  tls_required: {
    title: 'This address is not secure',
    body: 'Nothing was sent on. Open the page again by its address with https.',
  },
  not_found: {
    title: 'We can’t find this visit',
    body: 'The address may be wrong, or the visit is not yours to see.',
  },
  visit_closed: {
    title: 'This visit is over',
    body: 'It was ended or cancelled. If you need another one, call your clinic.',
  },
  hold_expired: {
    title: 'The time is no longer kept for you',
    body: 'Nothing was changed. Look for a time again.',
  },
  conflict: outdated,
  stale: outdated,
  not_allowed_now: {
    title: 'This is not possible right now',
    body: 'The visit has moved on meanwhile. Look at what is shown now.',
  },
  email_taken: {
    title: 'Another account has this e-mail address',
    body: 'Use another address, or sign in with the account that exists.',
  },
  key_reused: ours,
  still_running: busy,
  moved: busy,
  slot_taken: {
    title: 'This time is taken',
    body: 'Choose another time.',
  },
  not_offered: {
    title: 'This time can’t be booked any more',
    body: 'It may be too soon, or the clinic has changed its hours. Choose another time.',
  },
  too_many_requests: {
    title: 'Too many tries in a short time',
    body: 'Please wait a minute, then try again.',
  },
  too_many_follows: oldPage,
  too_many_in_flight: busy,
  visit_full: {
    title: 'The visit is full',
    body: 'Nobody else can be invited until somebody’s invitation is withdrawn.',
  },
  unavailable: busy,
  media_unavailable: {
    title: 'Sound and picture are not available for the moment',
    body: 'We keep trying. You stay in the visit.',
  },
  draining: busy,
  deadline_exceeded: unsure,
  cancelled: unsure,
  outcome_unknown: unsure,
  internal: ours,
};
