import type { AppointmentCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Confirm } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';

/** Closes a visit to which the patient did not come. */
export function NoShowDialog({
  card,
  onClose,
}: {
  card: AppointmentCard | null;
  onClose: () => void;
}) {
  const { today, visit } = useStrings();
  const bedside = useBedside();
  const mark = useAction(async () => {
    if (!card) return;
    await bedside.call('visit.mark_no_show', { appointment_id: card.appointment_id });
    onClose();
  });
  return (
    <Confirm
      title={today.noShowTitle(card?.patient.display_name ?? '')}
      body={today.noShowBody}
      confirm={today.noShowConfirm}
      keep={visit.keep}
      isOpen={card !== null}
      isRunning={mark.isRunning}
      trouble={mark.trouble}
      onConfirm={() => mark.run()}
      onClose={onClose}
    />
  );
}
