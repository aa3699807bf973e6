import type { Me, PersonId } from '@bedside/client';
import { IconArrowLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { knownZone } from '../format/time.ts';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { MessagePage, TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './practice.module.css';
import { usePractitioner } from './usePractitioner.ts';

/** Whose calendar, hours or profile a page shows. */
export interface Subject {
  personId: PersonId;
  /** Of somebody else: an administrator looks. */
  name: string | null;
  /** Their zone. */
  zone: string;
}

export interface SubjectPageProps {
  me: Me;
  personId: PersonId | null;
  width?: 'medium' | 'wide';
  children: (subject: Subject) => ReactNode;
}

/** One's own page at once; that of somebody else when the directory has told who it is. */
export function SubjectPage({ me, personId, width = 'wide', children }: SubjectPageProps) {
  const own = me.person_id;
  return (
    <Shell width={width}>
      {personId === null || personId === own ? (
        own ? (
          children({ personId: own, name: null, zone: knownZone(me.time_zone) })
        ) : null
      ) : (
        <Other personId={personId}>{children}</Other>
      )}
    </Shell>
  );
}

function Other({
  personId,
  children,
}: Pick<SubjectPageProps, 'children'> & { personId: PersonId }) {
  const { practice, scheduleNav } = useStrings();
  const { practitioner, trouble } = usePractitioner(personId);
  if (practitioner === null) {
    return <MessagePage title={practice.missing} body={practice.missingBody} />;
  }
  return (
    <>
      <p>
        <Link to="/admin?tab=practitioners" className={classes.back}>
          <IconArrowLeft aria-hidden size={20} />
          {scheduleNav.backToPractitioners}
        </Link>
      </p>
      <TroubleNote trouble={trouble} />
      {practitioner ? (
        children({ personId, name: practitioner.display_name, zone: practitioner.time_zone })
      ) : trouble ? null : (
        <PageSkeleton />
      )}
    </>
  );
}
