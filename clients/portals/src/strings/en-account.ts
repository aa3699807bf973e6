/** Words for how people sign in and show that it is them. */
export const account = {
  factor: {
    title: 'One more step',
    lead: 'This account has a second step, so that a password alone opens nothing.',
    code: 'Code of your app',
    codeHint: 'Six digits, from the authenticator app on your phone.',
    recovery: 'Recovery code',
    recoveryHint: 'One of the codes that you wrote down. Each works once.',
    password: 'Your password',
    missing: 'Enter it first.',
    submit: 'Continue',
    passkey: 'Use passkey',
    nothing:
      'Nothing is set up yet that could show it. Sign out, sign in with your password, and set up a second step.',
    passkeyLead: 'Your device asks for your finger, your face or its PIN.',
    instead: {
      totp: 'Use the code of an app',
      passkey: 'Use a passkey',
      recovery: 'Use a recovery code',
      password: 'Use the password',
    },
    back: 'Back to e-mail and password',
    lost: 'Nothing of this at hand? Ask your clinic: an administrator can reset the second step.',
    withPasskey: 'Sign in with a passkey',
    /** What `wrong_factor` means by the way that was tried. */
    wrong: {
      totp: {
        title: 'That was not right',
        body: 'Wait for the next code of your app, or use another way. A code works once.',
      },
      passkey: {
        title: 'This passkey opens nothing here',
        body: 'It was removed from its account, or is a copy of one. Use another way.',
      },
      recovery: {
        title: 'That was not right',
        body: 'Look at the code again, or use another one. Each works once.',
      },
      password: {
        title: 'That was not right',
        body: 'Look whether capital letters are on, and enter the password again.',
      },
    },
    passkeyFailed: 'The passkey was not used',
    passkeyFailedBody:
      'The device did not answer, or you stopped it. Try again, or use another way.',
  },

  provider: {
    signIn: (name: string) => `Sign in with ${name}`,
    title: 'Sign-in by an organisation',
    lead: 'An organisation that knows you can sign you in here, without the password of this account.',
    none: 'None does yet.',
    gone: 'An organisation that is not offered any more',
    link: (name: string) => `Link ${name}`,
    linked: 'Linked. From now on it signs you in here.',
    unlink: 'Unlink',
    unlinkTitle: (name: string) => `Unlink ${name}?`,
    unlinkBody:
      'It signs you in here no more, and what it has signed in on other tabs and devices is signed out. You can link it again.',
    unlinkConfirm: 'Unlink it',
    keep: 'Keep it',
    unlinkOf: (name: string) => `Unlink ${name}`,
    unlinked: 'Unlinked. It signs you in here no more.',
    since: (when: string) => `Since ${when}`,
    used: (when: string) => `last used ${when}`,
    unused: 'never used',
  },

  stepUp: {
    title: 'Show that it is you',
    lead: 'This is sensitive, so it takes a proof from just now.',
  },

  enrol: {
    title: 'Protect your account first',
    lead: 'Your role needs a second step besides the password. It takes a minute, once.',
    signOut: 'Sign out',
  },

  password: {
    title: 'Password',
    lead: 'Nobody has to change it. Do so when somebody else may know it.',
    change: 'Change password',
    field: 'New password',
    hint: 'Length makes it strong: three or four words that do not belong together are good. Capital letters, digits and signs are welcome, and nothing has to be in it.',
    length: (has: number, needs: number) => `${has} of at least ${needs} characters`,
    enough: (has: number) => `${has} characters. That is long enough.`,
    isEnough: 'Long enough.',
    withFactor: 'Because you have a second step, 8 characters are enough.',
    suggest: 'Suggest one',
    suggested: 'A password was suggested. Save it in your password manager, or write it down.',
    ends: 'All other tabs and devices are signed out. This one stays.',
    save: 'Save the new password',
    keep: 'Keep the old one',
    changed: 'Your password was changed. All other tabs and devices were signed out.',
    faults: {
      short: (needs: number) => `Enter at least ${needs} characters.`,
      long: 'Enter at most 256 characters.',
      guessed:
        'This one is guessed too easily: it is common, or has your name or the clinic’s in it. Choose another.',
    },
  },

  factors: {
    title: 'Second step',
    lead: 'With it, a password that somebody found out opens nothing.',
    required: 'Your role needs one.',
    none: 'There is none yet.',
    kinds: {
      totp: 'Authenticator app',
      passkey: 'Passkey',
      recovery: 'Recovery code',
      password: 'Password',
    },
    since: (when: string) => `Since ${when}`,
    used: (when: string) => `last used ${when}`,
    unused: 'never used',
    remove: 'Remove',
    removeOf: (name: string) => `Remove ${name}`,
    removeTitle: (name: string) => `Remove “${name}”?`,
    removeBody: 'You can’t sign in with it any more.',
    removeConfirm: 'Remove it',
    keep: 'Keep it',
    removed: 'It was removed.',
    refused: {
      not_allowed_now: {
        title: 'The last one has to stay',
        body: 'Add another first, or choose a password of at least 15 characters if your role needs no second step.',
      },
      not_found: { title: 'It was removed already', body: 'Close this and look again.' },
    },
    addApp: 'Add an authenticator app',
    addPasskey: 'Add a passkey',
    noPasskeys: 'This browser has no passkeys.',
    codesLeft: (count: number) =>
      count === 0
        ? 'No recovery codes are left.'
        : count === 1
          ? '1 recovery code is left.'
          : `${count} recovery codes are left.`,
    renew: 'Make new recovery codes',
    renewTitle: 'Make new recovery codes?',
    renewBody: 'The old ones stop working.',
    renewConfirm: 'Make new ones',
    name: 'What to call it',
    nameHint: 'So that you know it again, such as “Phone”.',
    appName: 'Phone',
    passkeyName: 'This device',
    next: 'Continue',
  },

  app: {
    title: 'Add an authenticator app',
    scan: 'Scan this with your authenticator app.',
    picture: 'QR code for the authenticator app',
    type: 'Or type this secret into the app',
    copy: 'Copy secret',
    copied: 'The secret was copied.',
    code: 'Then enter the code that the app shows',
    confirm: 'Confirm',
    missing: 'Enter the six digits that the app shows.',
    added: (name: string) => `“${name}” was added.`,
  },

  passkey: {
    title: 'Add a passkey',
    lead: 'Your device asks for your finger, your face or its PIN, and keeps the key.',
  },

  codes: {
    title: 'Your recovery codes',
    lead: 'They are shown once. Each signs you in once when your phone or passkey is gone. Keep them on paper, away from your device.',
    copy: 'Copy',
    copied: 'The codes were copied.',
    print: 'Print',
    kept: 'I have kept them',
  },

  sessions: {
    title: 'Where you are signed in',
    lead: 'Each tab and each device is one.',
    here: 'Here, now',
    on: (program: string, system: string) => `${program} on ${system}`,
    programs: {
      edge: 'Edge',
      opera: 'Opera',
      firefox: 'Firefox',
      chrome: 'Chrome',
      safari: 'Safari',
      other: 'Unknown program',
    },
    systems: {
      android: 'Android',
      iphone: 'iPhone',
      ipad: 'iPad',
      windows: 'Windows',
      macos: 'Mac',
      linux: 'Linux',
      other: 'unknown system',
    },
    visit: 'By a link, for one visit',
    used: (when: string) => `Last used ${when}`,
    since: (when: string) => `since ${when}`,
    end: 'End',
    endOf: (what: string) => `End ${what}`,
    ended: 'It was ended.',
    endOthers: 'End all others',
    endOthersTitle: 'End all other sign-ins?',
    endOthersBody:
      'Every other tab and device is signed out at once, and visits there end for you.',
    endOthersConfirm: 'End all others',
    keep: 'Keep them',
    endedOthers: (count: number) =>
      count === 1 ? '1 other was ended.' : `${count} others were ended.`,
  },

  lock: {
    title: 'Locked',
    lead: (name: string) =>
      `Nothing was done here for a while, so this page hides what it shows. It is open for ${name}.`,
    media: 'A visit that is going on goes on meanwhile.',
    beside: 'The visit goes on. What stands beside it is hidden.',
    open: 'Unlock',
    signOut: 'Sign out instead',
    ended: 'Your sign-in has ended meanwhile. Sign in again to go on.',
    again: 'Sign in again',
  },
};
