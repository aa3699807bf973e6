import type { Role } from '@bedside/client';

/** Whom appointments are booked with. */
const isBooked = (role: Role): boolean => role === 'clinician' || role === 'interpreter';

/** What stays of somebody who is suspended, and what the clinic has to look after. */
function staysOf(role: Role): string {
  if (role === 'patient') {
    return 'Meanwhile they cannot cancel their own appointments here. Nothing is deleted: appointments, messages and the record stay, and the clinic has to look after the appointments.';
  }
  return isBooked(role)
    ? 'Nobody can book new appointments with them. Nothing is deleted: appointments to come and messages stay.'
    : 'Nothing is deleted.';
}

/** Words for looking after accounts: what somebody is and is called, and whether they can sign in. */
export const people = {
  edit: 'Edit',
  editOf: (name: string) => `Edit: ${name}`,
  editTitle: (name: string) => `Edit ${name}`,
  save: 'Save',
  saved: (name: string) => `${name} was saved.`,
  patientStays:
    'A patient stays a patient. Whoever of the staff is treated has another account for that.',
  ownRole: 'Another administrator decides about your role.',
  roleHint: 'With another role they are signed out everywhere, and sign in again.',
  nameHint:
    'Appointments to come and conversations show the new name. Visits that took place keep the one that they had.',
  status: 'State',
  filterStatus: 'Who can sign in',
  anyStatus: 'All',
  statuses: {
    active: 'Can sign in',
    suspended: 'Suspended',
    erased: 'Erased',
    elsewhere: 'Kept elsewhere',
    invited: 'Invited, not yet answered',
  },
  suspendedSince: (day: string) => `Suspended since ${day}`,
  erasedSince: (day: string) => `Erased on ${day}`,
  invitedSince: (day: string) => `Invited on ${day}, not yet answered`,
  invite: 'Invite again',
  inviteOf: (name: string) => `Invite again: ${name}`,
  inviteTitle: (name: string) => `Invite ${name} again?`,
  inviteBody: (email: string) =>
    `Another e-mail with a link goes to ${email}. It is good for 7 days, and the one before is not any more.`,
  inviteConfirm: 'Invite again',
  invited: (name: string) => `${name} was invited again.`,
  noAddress: 'None any more',
  suspend: 'Suspend',
  suspendOf: (name: string) => `Suspend: ${name}`,
  suspendTitle: (name: string) => `Suspend ${name}?`,
  suspendBody: (role: Role) =>
    `They are signed out everywhere within seconds and cannot sign in, until you reinstate them. ${staysOf(role)}`,
  reason: 'Reason',
  reasonHint: 'Administrators read it. Write no more than they need.',
  reasonFault: 'Say why, in at most 500 characters.',
  suspendConfirm: 'Suspend',
  suspended: (name: string) => `${name} is suspended.`,
  ahead: (count: number) =>
    count === 1
      ? '1 appointment of theirs is still to come. It stays until somebody cancels it.'
      : `${count} appointments of theirs are still to come. They stay until somebody cancels them.`,
  reinstate: 'Reinstate',
  reinstateOf: (name: string) => `Reinstate: ${name}`,
  reinstateTitle: (name: string) => `Reinstate ${name}?`,
  reinstateBody: (role: Role) =>
    `They can sign in again with what they had: password, second step, passkeys.${isBooked(role) ? ' Appointments can be booked with them again.' : ''}`,
  because: (reason: string) => `Suspended because: ${reason}`,
  reinstateConfirm: 'Reinstate',
  reinstated: (name: string) => `${name} can sign in again.`,
  keep: 'Leave it',
  none: 'Nobody fits',
  noneBody: 'Choose another role, or show everybody.',
  rights: 'What each role may do',
  rightsLead:
    'As the audit log words it. Each is for what concerns them: patients see their own record, clinicians whom they treat. This list shows what there is, and changes nothing.',
  rightsOf: 'Role',
  rightsCount: (count: number) => `${count} things`,
  refused: {
    not_allowed_now: {
      title: 'That cannot be done now',
      body: 'There are appointments to come with them in this role or here, or nobody else who can sign in would be an administrator, or somebody has suspended, reinstated or erased them meanwhile.',
    },
    conflict: {
      title: 'Somebody has changed this account meanwhile',
      body: 'Close this and look at the list again.',
    },
  },
  notInvited: {
    not_allowed_now: {
      title: 'No other invitation can be sent now',
      body: 'They have chosen a password meanwhile, or have had as many invitations today as one person may, or somebody has suspended or erased them.',
    },
  },
};
