import type { ConsentKind } from '@bedside/client';

interface ConsentWords {
  title: string;
  body: string;
  /** What follows when it is taken back. */
  withdrawn: string;
}

/** Words of a patient's own page: what they agree to, a copy, and the end of it all. */
export const record = {
  nav: 'My record',
  title: 'My record',
  lead: 'What you agreed to and what you share, a copy of everything that is kept about you, and what you can do when you want it gone.',
  access: 'Who saw my record',
  accessLead: 'Who opened or changed it stands on a page of its own:',

  consents: {
    title: 'What you agree to',
    lead: 'You decide each of these by yourself, and can take it back at any time.',
    place: 'Where you are for your visits',
    placeHint: 'Other places have other laws, and texts of their own.',
    own: 'As in my details',
    kinds: {
      telehealth: {
        title: 'Visits by video',
        body: 'A clinician sees and treats you over a video connection.',
        withdrawn:
          'Your clinic may not treat you by video any more. Visits that are planned stay planned: call your clinic about them.',
      },
      sharing: {
        title: 'Telling other clinicians',
        body: 'Clinicians of your clinic who do not treat you see what you share with every clinician. What that is, you choose below under “What I share”.',
        withdrawn:
          'What you share with every clinician is shut to those who do not treat you, at once. What they have read, they have read.',
      },
      analytics: {
        title: 'Figures without names',
        body: 'Your appointments are counted in figures of your clinic: how many there are each week and for what, how long people wait and how long a visit takes. Only your clinic’s administrators see them. Numbers of fewer than 11 people are not shown, and nobody is named. Without this you are not counted; for your care it makes no difference.',
        withdrawn:
          'You are not counted any more, at once, for visits of before either. What somebody has copied from the figures already is not changed.',
      },
    } satisfies Record<ConsentKind, ConsentWords>,
    states: { missing: 'Not agreed', given: 'Agreed', withdrawn: 'Taken back' },
    required: 'Needed before a visit',
    version: (version: string, law: string) =>
      law === '' ? `Text ${version}` : `Text ${version}, by the law of ${law}`,
    since: (when: string) => `Agreed: ${when}.`,
    until: (when: string) => `Taken back: ${when}.`,
    older: (when: string) => `You decided on an earlier text: ${when}. It has changed since.`,
    give: 'Agree',
    giveOf: (what: string) => `Agree: ${what}`,
    giveTitle: (what: string) => `Agree to “${what}”?`,
    giveBody: (text: string) =>
      `You agree to this: ${text}. Your clinic gives you the text. Read it first, and ask if something is not clear.`,
    giveConfirm: 'I have read it and agree',
    withdraw: 'Take back',
    withdrawOf: (what: string) => `Take back: ${what}`,
    withdrawTitle: (what: string) => `Take back “${what}”?`,
    withdrawConfirm: 'Take it back',
    later: 'Not now',
    keep: 'Keep it',
    given: (what: string) => `You agreed: ${what}.`,
    taken: (what: string) => `You took it back: ${what}.`,
    refused: {
      invalid_value: {
        title: 'The text has changed meanwhile',
        body: 'Close this, look at what is shown now, and decide again.',
      },
    },
  },

  gate: {
    title: 'Your consent is needed first',
    body: 'Your clinic treats people by video only when they have agreed to it. Agree below, then enter.',
    enter: 'Enter now',
  },

  copy: {
    title: 'A copy of your record',
    lead: 'Your details, visits and messages in a form that other clinics can read (FHIR), and who had to do with them. Files are not in it: open them in your messages.',
    make: 'Make a copy',
    again: 'Make a new copy',
    making:
      'Your copy is being made. With a long record this takes a minute. Leave this page open.',
    ready: 'Your copy is ready',
    made: (when: string, size: string) => `Made: ${when}, ${size}.`,
    holds: (count: string) => (count === '1' ? 'It holds 1 entry.' : `It holds ${count} entries.`),
    cut: 'There was more than fits into one copy: the oldest entries are missing. Ask your clinic for those.',
    record: 'Save the record',
    accessFile: 'Save who had to do with it',
    safe: 'It holds what is private. Save it where nobody else looks, and not on a device that others use.',
    fileName: (day: string) => `my-record-${day}.fhir.json`,
    accessName: (day: string) => `who-saw-my-record-${day}.csv`,
    saved: (name: string) => `Saved as ${name}.`,
    columns: ['When', 'Who', 'Role', 'What', 'How it ended'] as readonly string[],
  },

  erasure: {
    goes: 'What goes',
    stays: 'What stays',
    next: 'What happens then',
    keep: 'Not now',
    askedAt: (when: string) => `Asked: ${when}.`,
    would: (count: number) =>
      count === 1
        ? '1 conversation would go as things stand.'
        : `${count} conversations would go as things stand.`,
    wouldStay: (count: number) =>
      count === 1
        ? '1 conversation would stay: its visit is to come or under way.'
        : `${count} conversations would stay: their visits are to come or under way.`,
    waits: 'The clinic has your request and carries it out.',
    held: 'Something stands against it for the moment: your record is needed in a legal matter.',
    until: (day: string) =>
      `The law wants your record kept until ${day}. It cannot be erased before.`,
    doneAt: (when: string) => `Carried out: ${when}.`,
    leftOut: (count: number) =>
      count === 1
        ? '1 conversation stayed: its visit was to come or under way. Ask again after it.'
        : `${count} conversations stayed: their visits were to come or under way. Ask again after them.`,
    undo: 'Changed your mind? Write to your clinic before it is carried out.',
    write: 'Write to your clinic',
    conversations: {
      title: 'Erase my conversations',
      lead: 'You can ask your clinic to erase what you and the clinic have written to each other, and nothing else.',
      goesList: [
        'all messages of your conversations, yours and the clinic’s, for both sides',
        'all files that were sent in them',
      ] as readonly string[],
      staysList: [
        'your account: you sign in as before, and can write to your clinic anew',
        'your details, your visits, what you said they are about, and payments',
        'conversations about a visit that is to come or under way',
        'that something was written, when and by whom, without a word of it; and the log of who did what',
      ] as readonly string[],
      nextList: [
        'The clinic looks at your request. It may have to wait: for as long as the law wants records kept, or while a court needs them.',
        'Visits that are planned stay planned, with what is written about them.',
        'When it is done you see it here, and the clinic has a signed certificate that names nobody.',
      ] as readonly string[],
      ask: 'Ask to erase my conversations',
      askTitle: 'Ask for your conversations to be erased?',
      askBody:
        'Your messages and files go, for you and for the clinic. Your account and your visits stay. The clinic carries it out, and nobody can bring anything back then. Make a copy first if you want one.',
      askConfirm: 'Ask to erase my conversations',
      asked: 'You have asked for your conversations to be erased',
      done: 'Your conversations were erased',
    },
    everything: {
      title: 'Erase my record and my account',
      lead: 'You can ask your clinic to erase all that is kept about you.',
      goesList: [
        'your name, e-mail address and details',
        'all messages and files of your conversations, for the clinic too',
        'what you said your visits are about',
        'your account: you cannot sign in any more',
      ] as readonly string[],
      staysList: [
        'that visits took place and when, without your name, because the law asks for it',
        'the log of who did what, and what you agreed to',
        'payments',
      ] as readonly string[],
      nextList: [
        'The clinic looks at your request. It may have to wait: for as long as the law wants records kept, or while a court needs them.',
        'Visits that are planned have to be cancelled first.',
        'When it is done, the clinic has a signed certificate that names nobody. You have no account then: ask for a copy on paper or by post.',
      ] as readonly string[],
      ask: 'Ask for erasure of everything',
      askTitle: 'Ask for everything to be erased?',
      askBody:
        'Your account goes too: you cannot sign in any more. If only your messages shall go, choose “Erase my conversations”. The clinic carries it out, and nobody can bring anything back then. Make a copy first if you want one.',
      askConfirm: 'Ask for erasure of everything',
      asked: 'You have asked for everything to be erased',
      done: 'Your record was erased',
    },
  },
};
