import type { InvitedGuest, Role, Visit } from '@bedside/client';
import { NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { LinkField } from '../parts/LinkField.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './visit.module.css';

const GUESTS = ['interpreter', 'caregiver', 'colleague'] as const satisfies readonly Role[];
type Guest = (typeof GUESTS)[number];

export interface InviteDialogProps {
  visit: Visit;
  isOpen: boolean;
  onClose: () => void;
}

/** A link for an interpreter, a relative or a colleague. */
export function InviteDialog({ visit, isOpen, onClose }: InviteDialogProps) {
  const { visit: words } = useStrings();
  return (
    <Sheet title={words.inviteTitle} isOpen={isOpen} onClose={onClose}>
      <InviteForm visit={visit} />
    </Sheet>
  );
}

function InviteForm({ visit }: { visit: Visit }) {
  const { visit: words, roles, common } = useStrings();
  const [role, setRole] = useState<Guest>('interpreter');
  const [name, setName] = useState('');
  const [isMissing, setMissing] = useState(false);
  const [guest, setGuest] = useState<{ invited: InvitedGuest; name: string } | null>(null);
  const invite = useAction(async () => {
    const invited = await visit.invite(role, name.trim());
    setGuest({ invited, name: name.trim() });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() !== '') void invite.run();
  };
  if (guest) {
    return (
      <div className={classes.form}>
        <p>{words.inviteReady(guest.name)}</p>
        <LinkField url={guest.invited.link.url} label={common.linkFor(guest.name)} />
      </div>
    );
  }
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <TroubleNote trouble={invite.trouble} />
      <NativeSelect
        size="md"
        label={words.inviteRole}
        value={role}
        data={GUESTS.map((it) => ({ value: it, label: roles[it] }))}
        onChange={(event) => {
          const chosen = GUESTS.find((it) => it === event.currentTarget.value);
          if (chosen) setRole(chosen);
        }}
      />
      <TextInput
        size="md"
        label={words.inviteName}
        value={name}
        maxLength={120}
        autoComplete="off"
        data-autofocus
        error={isMissing ? words.inviteNameMissing : null}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Act type="submit" tone="main" loading={invite.isRunning}>
        {words.inviteSubmit}
      </Act>
    </form>
  );
}
