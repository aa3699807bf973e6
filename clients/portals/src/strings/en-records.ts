import type { ErasureScope, FileFault } from '@bedside/client';

/** Words of the administrator's desk of records: erasures and legal holds. */
export const records = {
  title: 'Records',
  erasures: {
    title: 'Erasures',
    lead: 'Patients ask for them on their own page. Whoever is erased cannot be brought back.',
    who: 'Whose record',
    what: 'What goes',
    scopes: { everything: 'Everything', conversations: 'Conversations only' } satisfies Record<
      ErasureScope,
      string
    >,
    talks: (count: number) => (count === 1 ? '1 conversation' : `${count} conversations`),
    leftOut: (count: number) =>
      count === 1 ? '1 stays: visit to come' : `${count} stay: visits to come`,
    asked: 'Asked',
    state: 'What stands against it',
    held: 'Legal hold',
    until: (day: string) => `Kept by law until ${day}`,
    nothing: 'Nothing known',
    done: 'Carried out',
    empty: 'Nobody has asked for an erasure',
    emptyBody: 'When a patient asks, it appears here with what stands against it.',
    carryOut: 'Carry out',
    carryOutOf: {
      everything: (name: string) => `Carry out the erasure of ${name}`,
      conversations: (name: string) => `Carry out the erasure of the conversations of ${name}`,
    } satisfies Record<ErasureScope, (name: string) => string>,
    certificate: 'Certificate',
    certificateOf: {
      everything: (name: string) => `Certificate of the erasure of ${name}`,
      conversations: (name: string) => `Certificate of the erasure of the conversations of ${name}`,
    } satisfies Record<ErasureScope, (name: string) => string>,
    gone: 'Erased person',
  },
  erase: {
    goes: 'Destroyed for good',
    stays: 'Kept',
    everything: {
      title: (name: string) => `Erase the record of ${name}?`,
      goesList: [
        'the keys of all their conversations: nobody can read those messages and files any more, clinicians neither',
        'the key of their details, name and e-mail address, and what visits were about',
        'their sign-ins and their account',
      ] as readonly string[],
      staysList: [
        'visits with their times, without a name',
        'the audit log, consents and payments',
      ] as readonly string[],
      submit: 'Erase for good',
      done: 'The record was erased.',
    },
    conversations: {
      title: (name: string) => `Erase the conversations of ${name}?`,
      goesList: [
        'the keys of their conversations: nobody can read those messages and files any more, clinicians neither',
      ] as readonly string[],
      staysList: [
        'their account, sign-ins, name, details and appointments',
        'conversations about visits that are to come or under way',
        'that something was written and when, the audit log, consents and payments',
      ] as readonly string[],
      submit: 'Erase the conversations for good',
      done: 'The conversations were erased.',
    },
    would: (count: number) =>
      count === 1
        ? 'As things stand, 1 conversation goes.'
        : `As things stand, ${count} conversations go.`,
    wouldStay: (count: number) =>
      count === 1
        ? '1 conversation stays, because its visit is to come or under way.'
        : `${count} conversations stay, because their visits are to come or under way.`,
    backups: 'Backups from before still hold the keys. Keep them no longer than needed.',
    confirm: (name: string) => `To confirm, type the name: ${name}`,
    field: 'Name',
    mismatch: 'This is not the name above. Look at whom you chose.',
    keep: 'Do not erase',
    running: 'Keys are being destroyed, one conversation after the other. Leave this page open.',
    refused: {
      not_allowed_now: {
        title: 'Something stands against it',
        body: 'A legal hold, the time for which the law wants it kept, or, where everything goes, an appointment to come. Cancel appointments to come, then try again.',
      },
      conflict: {
        title: 'It was not finished',
        body: 'Something came in between. Try again: what is destroyed stays destroyed, and it goes on from there.',
      },
      not_found: { title: 'There is no such request any more', body: 'Close this and look again.' },
    },
  },
  certificate: {
    title: 'Certificate of an erasure',
    lead: 'It names nobody, and is signed by this hub.',
    number: 'Number',
    when: 'Carried out',
    asked: 'Asked',
    scope: 'What went',
    scopes: {
      everything: 'Everything',
      conversations: 'Conversations only; the account stays',
    } satisfies Record<ErasureScope, string>,
    talks: 'Conversations without a key',
    leftOut: 'Left out, of visits to come or under way',
    node: 'Signed on',
    save: 'Save the certificate',
    saved: (name: string) => `Saved as ${name}.`,
    check:
      'Whoever checks it needs the public key from somebody else than from this file: ask who runs the hub.',
    unreadable: 'It has a form that this page does not know. Save it: it is whole.',
    fileName: (number: string) => `erasure-${number}.json`,
  },
  holds: {
    title: 'Legal holds',
    lead: 'While one stands, that record is not erased, whoever asks for it.',
    place: 'Place a hold',
    whose: 'Patient',
    reason: 'Reason',
    reasonHint: 'Which case, and who asked for it. It stands in the list.',
    liftHint: 'Why it may be lifted, such as “Case closed”.',
    since: 'Since',
    state: 'State',
    stands: 'Stands',
    lifted: (when: string) => `Lifted ${when}`,
    by: (name: string) => `by ${name}`,
    lift: 'Lift',
    liftOf: (name: string) => `Lift the hold on ${name}`,
    liftTitle: (name: string) => `Lift the hold on the record of ${name}?`,
    liftBody: 'It may be erased again, as far as this hold is concerned.',
    liftSubmit: 'Lift the hold',
    placed: (name: string) => `A hold was placed on the record of ${name}.`,
    liftedNow: (name: string) => `The hold on the record of ${name} was lifted.`,
    showLifted: 'Show lifted ones too',
    empty: 'No legal holds',
    emptyBody: 'When a court or an authority wants a record kept, place a hold here.',
    faults: { patient: 'Choose a patient.', reason: 'Enter a reason, at most 500 characters.' },
    refused: {
      not_found: { title: 'It was lifted already', body: 'Close this and look again.' },
      conflict: { title: 'It was lifted already', body: 'Close this and look again.' },
    },
  },
};

/** Words of the quarantine. */
export const quarantine = {
  title: 'Quarantine',
  lead: 'Files that the antivirus knows. Nobody can open them, and nothing of what is in them is shown here.',
  file: 'File',
  nameless: 'Name unknown: the key of its conversation is destroyed',
  found: 'What was found',
  came: 'Uploaded',
  sent: 'Message',
  isSent: 'Sent with a message',
  notSent: 'Not sent: it goes by itself a day after it came',
  why: {
    infected: 'The antivirus knows it as harmful',
    type_not_allowed: 'A kind that is not taken',
    type_mismatch: 'Something else than its name says',
    active_content: 'It does something when it is opened',
    encrypted: 'It cannot be looked into',
    too_many_pixels: 'A picture that is too large',
    damaged: 'It cannot be read',
    sensitive: 'It holds what may not be written, or could not be looked through',
  } satisfies Record<FileFault, string>,
  release: 'Release',
  releaseOf: (name: string) => `Release ${name}`,
  releaseTitle: (name: string) => `Release “${name}”?`,
  releaseBody:
    'Only when whoever looks after security says that the antivirus is wrong. Everything else looks at it again; if nothing is found, the people of its conversation can open it.',
  releaseConfirm: 'Release it',
  remove: 'Destroy',
  removeOf: (name: string) => `Destroy ${name}`,
  removeTitle: (name: string) => `Destroy “${name}”?`,
  removeBody:
    'Its bytes go for good. The message that it was sent with says that it was not accepted.',
  removeConfirm: 'Destroy it',
  keep: 'Leave it locked',
  released: (name: string) => `${name} was released and is looked at again.`,
  removed: (name: string) => `${name} was destroyed.`,
  more: 'Show more',
  moreCame: (count: number) => (count === 1 ? '1 more is shown.' : `${count} more are shown.`),
  empty: 'Nothing in quarantine',
  emptyBody:
    'Files that an antivirus knows appear here. Without one (setting “files.clamd”) nothing is looked for.',
  refused: {
    not_found: { title: 'It is not in quarantine any more', body: 'Close this and look again.' },
    conflict: { title: 'It is not in quarantine any more', body: 'Close this and look again.' },
    not_allowed_now: {
      title: 'It is not in quarantine any more',
      body: 'Close this and look again.',
    },
  },
};

/** Words for helping somebody who cannot sign in, or whose account somebody else may know. */
export const helping = {
  own: 'Your own sign-in',
  reset: 'Reset second step',
  resetOf: (name: string) => `Reset second step: ${name}`,
  resetTitle: (name: string) => `Reset the second step of ${name}?`,
  resetBody:
    'For whoever has lost phone, passkey and recovery codes. Be sure that it is them: see them, or call a number that you know. They are signed out everywhere and sign in with the password alone; who must have a second step adds a new one then.',
  resetConfirm: 'Reset it',
  resetDone: (name: string) => `The second step of ${name} was reset.`,
  end: 'Sign out everywhere',
  endOf: (name: string) => `Sign out everywhere: ${name}`,
  endTitle: (name: string) => `Sign ${name} out everywhere?`,
  endBody:
    'Every tab and device of theirs is signed out at once, and visits there end for them. Their password stays as it is.',
  endConfirm: 'Sign them out',
  ended: (name: string, count: number) =>
    count === 0
      ? `${name} was not signed in anywhere.`
      : count === 1
        ? `1 sign-in of ${name} was ended.`
        : `${count} sign-ins of ${name} were ended.`,
  keep: 'Leave it',
};
