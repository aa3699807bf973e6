import type { Person, PersonStatus, RegionCard, Role } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { IconListCheck, IconUserPlus } from '@tabler/icons-react';
import { useCallback, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { ROLES, STATUSES } from './filter.ts';
import { type Asked, PeopleTable } from './PeopleTable.tsx';
import { PersonForm } from './PersonForm.tsx';
import { EditForm, InviteDialog, ReinstateDialog, SuspendSheet } from './PersonSheets.tsx';
import { Rights } from './Rights.tsx';
import { Empty } from './Table.tsx';

export interface PeopleProps {
  people: readonly Person[];
  regions: readonly RegionCard[];
  role: Role | null;
  status: PersonStatus | null;
  onRole: (role: Role | null) => void;
  onStatus: (status: PersonStatus | null) => void;
  onChanged: () => void;
}

export function People({ people, regions, role, status, onChanged, ...filters }: PeopleProps) {
  const { admin, people: words } = useStrings();
  const announce = useAnnounce();
  const [open, setOpen] = useState<'create' | 'rights' | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const shown = people.filter(
    (it) => (role ?? it.role) === it.role && (status ?? it.status) === it.status,
  );
  const created = (name: string) => {
    setOpen(null);
    announce(admin.created(name));
    onChanged();
  };
  return (
    <>
      <Tools role={role} status={status} {...filters} onOpen={setOpen} />
      {people.length === 0 ? (
        <Empty title={admin.emptyPeople} body={admin.emptyPeopleBody} />
      ) : shown.length === 0 ? (
        <Empty title={words.none} body={words.noneBody} />
      ) : (
        <PeopleTable people={shown} onAsk={setAsked} />
      )}
      {asked ? (
        <Answering
          asked={asked}
          regions={regions}
          onChanged={onChanged}
          onClose={() => setAsked(null)}
        />
      ) : null}
      <Sheet title={admin.newPerson} isOpen={open === 'create'} onClose={() => setOpen(null)}>
        <PersonForm regions={regions} onCreated={created} />
      </Sheet>
      <Sheet title={words.rights} isOpen={open === 'rights'} onClose={() => setOpen(null)} wide>
        <Rights />
      </Sheet>
    </>
  );
}

interface ToolsProps extends Pick<PeopleProps, 'role' | 'status' | 'onRole' | 'onStatus'> {
  onOpen: (what: 'create' | 'rights') => void;
}

function Tools({ role, status, onRole, onStatus, onOpen }: ToolsProps) {
  const { admin, roles, people: words } = useStrings();
  return (
    <div className={classes.tools}>
      <div className={classes.chosen}>
        <NativeSelect
          size="md"
          label={admin.filterRole}
          value={role ?? ''}
          data={[
            { value: '', label: admin.all },
            ...ROLES.map((it) => ({ value: it, label: roles[it] })),
          ]}
          onChange={(event) => onRole(ROLES.find((it) => it === event.currentTarget.value) ?? null)}
        />
        <NativeSelect
          size="md"
          label={words.filterStatus}
          value={status ?? ''}
          data={[
            { value: '', label: words.anyStatus },
            ...STATUSES.map((it) => ({ value: it, label: words.statuses[it] })),
          ]}
          onChange={(event) =>
            onStatus(STATUSES.find((it) => it === event.currentTarget.value) ?? null)
          }
        />
      </div>
      <div className={classes.cellActions}>
        <Act icon={<IconListCheck aria-hidden size={20} />} onClick={() => onOpen('rights')}>
          {words.rights}
        </Act>
        <Act
          tone="main"
          icon={<IconUserPlus aria-hidden size={20} />}
          onClick={() => onOpen('create')}
        >
          {admin.newPerson}
        </Act>
      </div>
    </div>
  );
}

interface AnsweringProps {
  asked: Asked;
  regions: readonly RegionCard[];
  onChanged: () => void;
  onClose: () => void;
}

/** The sheet or question of what was asked for. */
function Answering({ asked, regions, onChanged, onClose }: AnsweringProps) {
  const words = useStrings().people;
  const announce = useAnnounce();
  const own = useStore(useBedside().me)?.person_id;
  const { kind, person } = asked;
  const name = person.display_name;
  // After trouble the list may show what is no more: whoever closes this and tries again starts from how it is now.
  const isOld = useRef(false);
  const onTrouble = useCallback(() => {
    isOld.current = true;
  }, []);
  const close = () => {
    onClose();
    if (isOld.current) onChanged();
  };
  const told = (text: string) => {
    isOld.current = false;
    announce(text);
    onChanged();
  };
  const done = (text: string) => {
    onClose();
    told(text);
  };
  switch (kind) {
    case 'edit':
      return (
        <Sheet title={words.editTitle(name)} isOpen onClose={close}>
          <EditForm
            person={person}
            regions={regions}
            isOwn={person.person_id === own}
            onTrouble={onTrouble}
            onSaved={(it) => done(words.saved(it))}
          />
        </Sheet>
      );
    case 'suspend':
      return (
        <SuspendSheet
          person={person}
          onTrouble={onTrouble}
          onSuspended={() => told(words.suspended(name))}
          onClose={close}
        />
      );
    case 'reinstate':
      return (
        <ReinstateDialog
          person={person}
          onTrouble={onTrouble}
          onReinstated={(it) => done(words.reinstated(it))}
          onClose={close}
        />
      );
    case 'invite':
      return (
        <InviteDialog person={person} onInvited={done} onTrouble={onTrouble} onClose={close} />
      );
    case 'end':
    case 'reset':
      return <HelpDialog kind={kind} person={person} onClose={onClose} />;
  }
}

interface HelpProps {
  kind: 'end' | 'reset';
  person: Person;
  onClose: () => void;
}

/** Ends somebody's sign-ins, or takes their second factors away. The hub asks for a proof of who does it. */
function HelpDialog({ kind, person, onClose }: HelpProps) {
  const { helping: words } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const name = person.display_name;
  const act = useAction(async () => {
    const { person_id } = person;
    if (kind === 'reset') {
      await bedside.call('person.reset_factors', { person_id });
      announce(words.resetDone(name));
    } else {
      const { ended } = await bedside.call('session.end_all', { person_id });
      announce(words.ended(name, ended));
    }
    onClose();
  });
  return (
    <Confirm
      title={kind === 'reset' ? words.resetTitle(name) : words.endTitle(name)}
      body={kind === 'reset' ? words.resetBody : words.endBody}
      confirm={kind === 'reset' ? words.resetConfirm : words.endConfirm}
      keep={words.keep}
      isOpen
      isRunning={act.isRunning}
      trouble={act.trouble}
      onConfirm={() => act.run()}
      onClose={onClose}
    />
  );
}
