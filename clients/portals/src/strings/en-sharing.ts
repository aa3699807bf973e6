import type { Audience, FieldClass, HelperSharing } from '@bedside/client';

interface ClassWords {
  title: string;
  body: string;
}

/** What is shared or withheld together, by a name that patients and clinicians both know. */
export const classes: Record<FieldClass, ClassWords> = {
  identity: {
    title: 'Who you are',
    body: 'Date of birth, gender, where you live, the language you prefer.',
  },
  contact: { title: 'How to reach you', body: 'Your telephone number, and whom to call.' },
  insurance: { title: 'Insurance', body: 'Your insurer and your number there.' },
  complaint: {
    title: 'What your visits are about',
    body: 'What you wrote when you booked.',
  },
  visits: { title: 'Your visits', body: 'Which visits you have and had, and with whom.' },
  messages: {
    title: 'Your messages',
    body: 'What you write and are written, and the files in it.',
  },
};

/** Words of what a patient shares with whom. */
export const sharing = {
  title: 'What I share',
  lead: 'Clinicians who treat you see all of your record: without it they cannot treat you safely. Who else sees what, you decide here.',
  classes,
  with: 'Who sees it',
  withOf: (what: string) => `Who sees “${what}”`,
  audiences: {
    treating: 'Only clinicians who treat me',
    care_team: 'Also clinicians who are called in to help',
    clinicians: 'Every clinician of my clinic',
  } satisfies Record<Audience, string>,
  who: 'Who is that?',
  whoList: [
    'Clinicians who treat you have a visit with you, or had one within the last year. A visit that a clinician plans alone counts once you have met.',
    'Clinicians who are called in were added to one of your conversations. Of your messages they see that conversation, no other.',
    'Every clinician of your clinic sees it only while you agree to “Telling other clinicians” above.',
    'In an emergency a clinician can open your record for an hour, whatever you choose. You are told at once, and an administrator looks into it.',
  ] as readonly string[],
  helpers: 'Interpreters and guests',
  helpersLead: 'Of a visit that you let them into, they may see:',
  helped: {
    complaint: 'What the visit is about',
    messages: 'The messages of the visit, and the files in them',
  } satisfies Record<keyof HelperSharing, string>,
  yes: 'yes',
  no: 'no',
  changes: 'What changes when you save',
  change: (what: string, before: string, now: string) => `${what}: ${now}. Until now: ${before}.`,
  narrower: 'Who may not see it any more is shut out at once. What they have read, they have read.',
  save: 'Save what I share',
  saved: 'Saved. It holds from now on.',
  unsaved: 'Not saved yet.',
  discard: 'Take my changes back',
  discarded: 'It is as it was.',
  since: (when: string) => `It holds since: ${when}.`,
  never: 'You have not chosen yet. This is what holds until you do.',
  conflict: 'What you share was changed elsewhere meanwhile',
  conflictBody: 'What you chose here is kept, the rest shows the newest. Check it and save again.',
  history: {
    open: 'What I shared before',
    title: 'What you shared, and since when',
    now: 'Holds now',
    first: 'Your first choice:',
    none: 'You have not chosen yet, so there is nothing before.',
    same: 'Nothing was different from before.',
  },
};
