import type { AppointmentCard, Person } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox } from '@mantine/core';
import { IconCalendarPlus, IconLink } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { isClosed } from '../patient/next.ts';
import { useStrings } from '../strings/index.ts';
import { AppointmentForm } from './AppointmentForm.tsx';
import classes from './admin.module.css';
import { JoinLinkDialog } from './JoinLinkDialog.tsx';

export interface AppointmentsProps {
  people: readonly Person[];
  appointments: readonly AppointmentCard[];
  showClosed: boolean;
  onShowClosed: (show: boolean) => void;
  onChanged: () => void;
}

export function Appointments(props: AppointmentsProps) {
  const { people, appointments, showClosed, onShowClosed, onChanged } = props;
  const { admin } = useStrings();
  const announce = useAnnounce();
  const time = useTime();
  const now = useNow();
  const [isCreating, setCreating] = useState(false);
  const shown = showClosed ? appointments : appointments.filter((it) => !isClosed(it.stage));
  const created = (card: AppointmentCard) => {
    setCreating(false);
    announce(admin.planned(time.dayAndClock(card.starts_at, now)));
    onChanged();
  };
  return (
    <>
      <div className={classes.tools}>
        <Checkbox
          size="md"
          label={admin.showClosed}
          checked={showClosed}
          onChange={(event) => onShowClosed(event.currentTarget.checked)}
        />
        <Act
          tone="main"
          icon={<IconCalendarPlus aria-hidden size={20} />}
          onClick={() => setCreating(true)}
        >
          {admin.newAppointment}
        </Act>
      </div>
      {shown.length === 0 ? <Empty /> : <AppointmentTable cards={shown} onChanged={onChanged} />}
      <Sheet title={admin.newAppointment} isOpen={isCreating} onClose={() => setCreating(false)}>
        <AppointmentForm people={people} onCreated={created} />
      </Sheet>
    </>
  );
}

function Empty() {
  const { admin } = useStrings();
  return (
    <div className={classes.empty}>
      <h2>{admin.emptyAppointments}</h2>
      <p className="quiet">{admin.emptyAppointmentsBody}</p>
    </div>
  );
}

interface TableProps {
  cards: readonly AppointmentCard[];
  onChanged: () => void;
}

function AppointmentTable({ cards, onChanged }: TableProps) {
  const { admin } = useStrings();
  const [linkFor, setLinkFor] = useState<AppointmentCard | null>(null);
  const [cancelling, setCancelling] = useState<AppointmentCard | null>(null);
  const cancelled = () => {
    setCancelling(null);
    onChanged();
  };
  return (
    <>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{admin.when}</th>
            <th scope="col">{admin.patient}</th>
            <th scope="col">{admin.clinician}</th>
            <th scope="col">{admin.state}</th>
            <th scope="col">
              <span className="hidden">{admin.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {cards.map((card) => (
            <AppointmentLine
              key={card.appointment_id}
              card={card}
              onLink={() => setLinkFor(card)}
              onCancel={() => setCancelling(card)}
            />
          ))}
        </tbody>
      </table>
      <JoinLinkDialog card={linkFor} onClose={() => setLinkFor(null)} />
      <CancelDialog card={cancelling} onCancelled={cancelled} onClose={() => setCancelling(null)} />
    </>
  );
}

interface LineProps {
  card: AppointmentCard;
  onLink: () => void;
  onCancel: () => void;
}

function AppointmentLine({ card, onLink, onCancel }: LineProps) {
  const { admin, stages, common } = useStrings();
  const time = useTime(card.time_zone);
  const now = useNow();
  const isOpen = !isClosed(card.stage);
  const name = card.patient.display_name;
  return (
    <tr>
      <td data-label={admin.when}>
        {time.day(card.starts_at, now)}, <bdi>{time.clock(card.starts_at)}</bdi>
      </td>
      <th scope="row" data-label={admin.patient}>
        {name}
      </th>
      <td data-label={admin.clinician}>{card.clinician.display_name}</td>
      <td data-label={admin.state}>
        <Chip tone={isOpen && card.stage !== 'scheduled' ? 'brand' : 'plain'}>
          {stages[card.stage]}
        </Chip>
      </td>
      <td>
        {isOpen ? (
          <div className={classes.cellActions}>
            <Act
              icon={<IconLink aria-hidden size={20} />}
              onClick={onLink}
              aria-label={`${admin.link}: ${name}`}
            >
              {admin.link}
            </Act>
            <Act tone="bare" onClick={onCancel} aria-label={`${common.cancel}: ${name}`}>
              {common.cancel}
            </Act>
          </div>
        ) : null}
      </td>
    </tr>
  );
}

interface CancelDialogProps {
  card: AppointmentCard | null;
  onCancelled: () => void;
  onClose: () => void;
}

function CancelDialog({ card, onCancelled, onClose }: CancelDialogProps) {
  const { admin } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const time = useTime(card?.time_zone);
  const now = useNow();
  const cancel = useAction(async () => {
    if (!card) return;
    const { appointment_id, version } = card;
    // What was confirmed is the time that was seen.
    await bedside.call('appointment.cancel', { appointment_id }, { if: { version } });
    announce(admin.cancelled);
    onCancelled();
  });
  const when = card ? time.dayAndClock(card.starts_at, now) : '';
  return (
    <Confirm
      title={admin.cancelTitle(card?.patient.display_name ?? '')}
      body={admin.cancelBody(when, card?.clinician.display_name ?? '')}
      confirm={admin.cancelConfirm}
      keep={admin.keep}
      isOpen={card !== null}
      isRunning={cancel.isRunning}
      trouble={cancel.trouble}
      onConfirm={() => cancel.run()}
      onClose={onClose}
    />
  );
}
