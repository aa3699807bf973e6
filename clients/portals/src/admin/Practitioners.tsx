import type { Practitioner, Role } from '@bedside/client';
import { NativeSelect } from '@mantine/core';
import { calendarPath, hoursPath, practicePath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { useServices } from '../calendar/useServices.ts';
import { zoneInWords } from '../hours/words.ts';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

const ROLES: readonly Role[] = ['clinician', 'interpreter'];

export interface PractitionersProps {
  role: Role | null;
  service: string | null;
  onRole: (role: Role | null) => void;
  onService: (service: string | null) => void;
}

/** Everybody whose time can be booked, and the way to their profile, calendar and hours. */
export function Practitioners({ role, service, onRole, onService }: PractitionersProps) {
  const { clinic, roles } = useStrings();
  const { value, trouble } = useRead('practitioner.list');
  const services = useServices();
  const all = value?.practitioners ?? [];
  const shown = all.filter(
    (it) =>
      (role === null || !ROLES.includes(role) || it.role === role) &&
      (service === null || it.profile.service_ids.some((id) => id === service)),
  );
  return (
    <>
      <div className={classes.filters}>
        <NativeSelect
          className={classes.filter ?? ''}
          size="md"
          label={clinic.filterRole}
          value={role !== null && ROLES.includes(role) ? role : ''}
          data={[
            { value: '', label: clinic.everybody },
            ...ROLES.map((it) => ({ value: it, label: roles[it] })),
          ]}
          onChange={(event) => onRole(ROLES.find((it) => it === event.currentTarget.value) ?? null)}
        />
        <NativeSelect
          className={classes.filter ?? ''}
          size="md"
          label={clinic.filterService}
          value={service ?? ''}
          data={[
            { value: '', label: clinic.anyService },
            ...[...services.values()].map((it) => ({ value: it.service_id, label: it.terms.name })),
          ]}
          onChange={(event) => onService(event.currentTarget.value || null)}
        />
      </div>
      <TroubleNote trouble={trouble} />
      {value === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : all.length === 0 ? (
        <Empty title={clinic.noPractitioners} body={clinic.noPractitionersBody} />
      ) : shown.length === 0 ? (
        <Empty title={clinic.nobodyFits} body={clinic.nobodyFitsBody} />
      ) : (
        <Table
          label={clinic.practitioners}
          columns={[
            clinic.name,
            clinic.role,
            clinic.specialties,
            clinic.offers,
            clinic.weight,
            clinic.zone,
          ]}
          hasActions
        >
          {shown.map((it) => (
            <PractitionerLine key={it.person_id} practitioner={it} />
          ))}
        </Table>
      )}
    </>
  );
}

function PractitionerLine({ practitioner }: { practitioner: Practitioner }) {
  const { clinic, roles } = useStrings();
  const { person_id: id, display_name: name, profile } = practitioner;
  const links = [
    [practicePath(id), clinic.profile, clinic.profileOf(name)],
    [calendarPath(id), clinic.calendar, clinic.calendarOf(name)],
    [hoursPath(id), clinic.hours, clinic.hoursOf(name)],
  ] as const;
  const offered = profile.service_ids.length;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={clinic.role}>{roles[practitioner.role]}</td>
      <td data-label={clinic.specialties}>{profile.specialties.join(', ')}</td>
      <td data-label={clinic.offers}>
        {offered === 0 ? clinic.offersNothing : clinic.offersCount(offered)}
      </td>
      <td data-label={clinic.weight}>{profile.weight}</td>
      <td data-label={clinic.zone}>{zoneInWords(practitioner.time_zone)}</td>
      <td>
        <div className={classes.cellActions}>
          {links.map(([to, label, full]) => (
            <Link key={to} to={to} className={classes.cellLink} label={full}>
              {label}
            </Link>
          ))}
        </div>
      </td>
    </tr>
  );
}
