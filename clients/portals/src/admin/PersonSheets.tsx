import type { OperationMap, Person, RegionCard, Role } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { CountedText, charactersOf } from '../parts/CountedText.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Trouble, useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { ROLES } from './filter.ts';
import { zonesFor } from './zones.ts';

/** As the hub bounds it. */
const MOST_REASON = 500;
/** Patients stay patients, and nobody becomes one. */
const STAFF = ROLES.filter((it) => it !== 'patient');

type Terms = Pick<OperationMap['person.update']['params'], 'display_name' | 'role' | 'time_zone'>;

interface AskedProps {
  person: Person;
  /** Something went wrong: the list may not be what the hub has. */
  onTrouble: () => void;
}

function useTelling(trouble: Trouble | null, onTrouble: () => void): void {
  useEffect(() => {
    if (trouble) onTrouble();
  }, [trouble, onTrouble]);
}

export interface EditFormProps extends AskedProps {
  isOwn: boolean;
  regions: readonly RegionCard[];
  onSaved: (name: string) => void;
}

/** What somebody is called and is, and in which time zone. */
export function EditForm({ person, regions, isOwn, onTrouble, onSaved }: EditFormProps) {
  const { admin, roles, people: words } = useStrings();
  const bedside = useBedside();
  const { person_id, revision, home_region } = person;
  const [home, setHome] = useState(home_region);
  const [terms, setTerms] = useState<Terms>({
    display_name: person.display_name,
    role: person.role,
    time_zone: person.time_zone,
  });
  const [faults, setFaults] = useState<readonly 'name'[]>([]);
  const form = useFaultFocus(faults);
  const change = (next: Partial<Terms>) => setTerms((before) => ({ ...before, ...next }));
  const save = useAction(async () => {
    const display_name = terms.display_name.trim();
    const moved = home === undefined || home === home_region ? {} : { home_region: home };
    await bedside.call('person.update', { ...terms, ...moved, display_name, person_id, revision });
    onSaved(display_name);
  });
  useTelling(save.trouble, onTrouble);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = terms.display_name.trim();
    const isGood = name !== '' && charactersOf(name) <= 120;
    setFaults(isGood ? [] : ['name']);
    if (isGood) void save.run();
  };
  return (
    <form ref={form} className={classes.form} onSubmit={submit} noValidate>
      <TroubleNote trouble={save.trouble} words={words.refused} />
      <TextInput
        size="md"
        label={admin.name}
        description={words.nameHint}
        data-autofocus
        autoComplete="off"
        value={terms.display_name}
        error={faults.includes('name') ? admin.errors.name : null}
        onChange={(event) => change({ display_name: event.currentTarget.value })}
      />
      {person.role === 'patient' || isOwn ? (
        <FixedRole role={person.role} why={isOwn ? words.ownRole : words.patientStays} />
      ) : (
        <NativeSelect
          size="md"
          label={admin.role}
          description={words.roleHint}
          value={terms.role}
          data={STAFF.map((it) => ({ value: it, label: roles[it] }))}
          onChange={(event) => {
            const role = STAFF.find((it) => it === event.currentTarget.value);
            if (role) change({ role });
          }}
        />
      )}
      <NativeSelect
        size="md"
        label={admin.zone}
        value={terms.time_zone}
        data={zonesFor(terms.time_zone)}
        onChange={(event) => change({ time_zone: event.currentTarget.value })}
      />
      {isOwn || home === undefined ? null : (
        <HomeSelect person={person} home={home} regions={regions} onHome={setHome} />
      )}
      <Act type="submit" tone="main" loading={save.isRunning}>
        {words.save}
      </Act>
    </form>
  );
}

interface HomeProps {
  person: Person;
  home: string;
  regions: readonly RegionCard[];
  onHome: (region: string) => void;
}

/** Where somebody's data are kept, and what follows when that is not here any more. */
function HomeSelect({ person, home, regions, onHome }: HomeProps) {
  const words = useStrings().residency;
  const names = regions.map((it) => it.region);
  const leaves =
    home !== person.home_region && regions.some((it) => it.region === home && !it.is_kept);
  return (
    <>
      <NativeSelect
        size="md"
        label={words.home}
        description={words.homeHint}
        value={home}
        data={names.includes(home) ? names : [home, ...names]}
        onChange={(event) => onHome(event.currentTarget.value)}
      />
      {leaves ? <p role="status">{words.leaves(person.display_name, home)}</p> : null}
    </>
  );
}

function FixedRole({ role, why }: { role: Role; why: string }) {
  const { admin, roles } = useStrings();
  return (
    <div>
      <p>
        {admin.role}: <strong>{roles[role]}</strong>
      </p>
      <p className={classes.hint}>{why}</p>
    </div>
  );
}

export interface SuspendSheetProps extends AskedProps {
  onSuspended: () => void;
  onClose: () => void;
}

/** Asks why somebody is to be suspended; afterwards, says which appointments somebody has to look after. */
export function SuspendSheet({ person, onTrouble, onSuspended, onClose }: SuspendSheetProps) {
  const { people: words } = useStrings();
  const [ahead, setAhead] = useState<number | null>(null);
  const name = person.display_name;
  const done = (ahead: number) => {
    onSuspended();
    if (ahead > 0) setAhead(ahead);
    else onClose();
  };
  if (ahead === null) {
    return (
      <Sheet title={words.suspendTitle(name)} isOpen onClose={onClose}>
        <SuspendForm person={person} onTrouble={onTrouble} onSuspended={done} />
      </Sheet>
    );
  }
  return (
    <Sheet title={words.suspended(name)} isOpen onClose={onClose}>
      <Ahead count={ahead} onClose={onClose} />
    </Sheet>
  );
}

/** What somebody has to look after who suspended. */
function Ahead({ count, onClose }: { count: number; onClose: () => void }) {
  const { people: words, common } = useStrings();
  const button = useRef<HTMLButtonElement>(null);
  // It takes the place of a form whose button is gone.
  useEffect(() => button.current?.focus(), []);
  return (
    <div className={classes.form}>
      <p role="status">{words.ahead(count)}</p>
      <Act ref={button} tone="main" onClick={onClose}>
        {common.close}
      </Act>
    </div>
  );
}

interface SuspendFormProps extends AskedProps {
  onSuspended: (ahead: number) => void;
}

function SuspendForm({ person, onTrouble, onSuspended }: SuspendFormProps) {
  const { people: words } = useStrings();
  const bedside = useBedside();
  const { person_id, role } = person;
  const [reason, setReason] = useState('');
  const [faults, setFaults] = useState<readonly 'reason'[]>([]);
  const form = useFaultFocus(faults);
  const suspend = useAction(async () => {
    const done = await bedside.call('person.suspend', { person_id, reason: reason.trim() });
    onSuspended(done.appointments_ahead);
  });
  useTelling(suspend.trouble, onTrouble);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isGood = reason.trim() !== '' && charactersOf(reason.trim()) <= MOST_REASON;
    setFaults(isGood ? [] : ['reason']);
    if (isGood) void suspend.run();
  };
  return (
    <form ref={form} className={classes.form} onSubmit={submit} noValidate>
      <p>{words.suspendBody(role)}</p>
      <TroubleNote trouble={suspend.trouble} words={words.refused} />
      <CountedText
        label={words.reason}
        hint={words.reasonHint}
        value={reason}
        most={MOST_REASON}
        error={faults.includes('reason') ? words.reasonFault : null}
        onChange={setReason}
      />
      <Act type="submit" tone="danger" loading={suspend.isRunning}>
        {words.suspendConfirm}
      </Act>
    </form>
  );
}

export interface ReinstateDialogProps extends AskedProps {
  onReinstated: (name: string) => void;
  onClose: () => void;
}

/** Asks before somebody can sign in again. */
export function ReinstateDialog(props: ReinstateDialogProps) {
  const words = useStrings().people;
  const bedside = useBedside();
  const { person, onTrouble, onReinstated, onClose } = props;
  const { person_id, display_name: name, role, suspension } = person;
  const act = useAction(async () => {
    await bedside.call('person.reinstate', { person_id });
    onReinstated(name);
  });
  useTelling(act.trouble, onTrouble);
  const why = suspension ? ` ${words.because(suspension.reason)}` : '';
  return (
    <Confirm
      title={words.reinstateTitle(name)}
      body={words.reinstateBody(role) + why}
      confirm={words.reinstateConfirm}
      keep={words.keep}
      isOpen
      isRunning={act.isRunning}
      trouble={act.trouble}
      words={words.refused}
      onConfirm={() => act.run()}
      onClose={onClose}
    />
  );
}

export interface InviteDialogProps extends AskedProps {
  onInvited: (text: string) => void;
  onClose: () => void;
}

/** Asks before another invitation goes out: the link of the one before ends with it. */
export function InviteDialog({ person, onTrouble, onInvited, onClose }: InviteDialogProps) {
  const words = useStrings().people;
  const bedside = useBedside();
  const { person_id, display_name: name, email } = person;
  const act = useAction(async () => {
    await bedside.call('person.invite', { person_id });
    onInvited(words.invited(name));
  });
  useTelling(act.trouble, onTrouble);
  return (
    <Confirm
      title={words.inviteTitle(name)}
      body={words.inviteBody(email)}
      confirm={words.inviteConfirm}
      keep={words.keep}
      isOpen
      isRunning={act.isRunning}
      trouble={act.trouble}
      words={words.notInvited}
      onConfirm={() => act.run()}
      onClose={onClose}
    />
  );
}
