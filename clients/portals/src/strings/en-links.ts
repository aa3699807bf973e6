/** Words for links that set a password: for who has forgotten theirs, and for who was invited. */
export const links = {
  forgotTitle: 'Forgot your password?',
  forgotLead:
    'Enter the e-mail address of your account. We send a link there to choose a new password.',
  forgotSubmit: 'Send me a link',
  askedTitle: 'Look at your e-mail',
  askedBody:
    'If there is an account with this address, a mail is on its way. Its link is good for 30 minutes, and only the newest one works.',
  askedHint:
    'Nothing there after some minutes? Look among the junk, and whether the address is right. Your clinic can help as well.',
  askAgain: 'Ask for another link',
  toSignIn: 'Go to the sign-in',
  resetTitle: 'Choose a new password',
  resetLead: 'All tabs and devices of your account are signed out when you save it.',
  welcomeTitle: 'Welcome',
  welcomeLead: 'An account was made for you. Choose its password: nobody else knows it.',
  rule: 'At least 15 characters.',
  ruleBesideFactor: 'If you have set up a second step, 8 are enough.',
  save: 'Save this password',
  once: 'The link works once. If you do not hear that it was saved, try to sign in with the new password.',
  doneTitle: 'Your password is saved',
  doneBody:
    'Sign in with your e-mail address and this password. A second step is asked for as before.',
  missingTitle: 'This link to a password is incomplete',
  missingBody:
    'Part of the address is missing. Open the link from your e-mail again, or copy all of it.',
  askInviter: 'Whoever made your account can invite you again.',
};
