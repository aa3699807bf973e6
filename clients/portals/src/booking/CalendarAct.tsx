import type { AppointmentId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act, type ActProps } from '../parts/Act.tsx';
import { download } from '../parts/download.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';

export interface CalendarActProps extends Pick<ActProps, 'tone' | 'large' | 'wide' | 'icon'> {
  appointmentId: AppointmentId;
}

/** Downloads the appointment as a calendar file (RFC 5545). */
export function CalendarAct({ appointmentId, ...look }: CalendarActProps) {
  const { booking } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const { run, isRunning, trouble } = useAction(async () => {
    const file = await bedside.call('appointment.read_calendar_file', {
      appointment_id: appointmentId,
    });
    download(file.file_name, file.text, 'text/calendar;charset=utf-8');
    announce(booking.done.calendarDone);
  });
  return (
    <>
      <Act {...look} loading={isRunning} onClick={() => run()}>
        {booking.done.calendar}
      </Act>
      <TroubleNote trouble={trouble} />
    </>
  );
}
