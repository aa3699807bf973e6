import type { AppointmentCard, JoinToken } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { LinkField } from '../parts/LinkField.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';

export interface JoinLinkDialogProps {
  card: AppointmentCard | null;
  onClose: () => void;
}

/** A one-time link for the patient of an appointment. It is made only when asked for. Clinicians sign in. */
export function JoinLinkDialog({ card, onClose }: JoinLinkDialogProps) {
  const { admin } = useStrings();
  return (
    <Sheet
      title={admin.linkTitle(card?.patient.display_name ?? '')}
      isOpen={card !== null}
      onClose={onClose}
    >
      {card ? <Links card={card} /> : null}
    </Sheet>
  );
}

function Links({ card }: { card: AppointmentCard }) {
  const { admin, common } = useStrings();
  const bedside = useBedside();
  const time = useTime();
  const now = useNow();
  const [made, setMade] = useState<JoinToken | null>(null);
  const make = useAction(async () => {
    const token = await bedside.call('video.create_join_token', {
      appointment_id: card.appointment_id,
      participant_id: card.patient.participant_id,
    });
    setMade(token);
  });
  return (
    <div className={classes.form}>
      <div className={classes.linkButtons}>
        <Act loading={make.isRunning} onClick={() => make.run()}>
          {admin.linkForPatient}
        </Act>
      </div>
      <TroubleNote trouble={make.trouble} />
      {made ? (
        <>
          <LinkField url={made.url} label={common.linkFor(card.patient.display_name)} />
          <p className="quiet">{admin.linkBody(time.dayAndClock(made.expires_at, now))}</p>
        </>
      ) : null}
    </div>
  );
}
