import type { PersonId, SupportedPerson } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconArrowLeft } from '@tabler/icons-react';
import { useCallback } from 'react';
import { useTitle } from '../app/hooks.ts';
import { supportPath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { SentNotices } from './SentNotices.tsx';
import { SignInPanel } from './SignInPanel.tsx';
import classes from './support.module.css';
import { useLoad } from './useLoad.ts';

/** One account as support sees it: whether they can sign in, and how messages to them went. */
export function SupportedPage({ personId }: { personId: PersonId }) {
  const { support, common } = useStrings();
  const words = support.person;
  const bedside = useBedside();
  useTitle(words.title);
  const load = useCallback(async () => {
    const { people } = await bedside.call('support.list_people', {});
    return { found: people.find((it) => it.person_id === personId) };
  }, [bedside, personId]);
  const { value, trouble, reload } = useLoad(load);
  return (
    <Shell width="medium">
      <div className={classes.page}>
        <p>
          <Link to={supportPath(null)} className={classes.back}>
            <IconArrowLeft aria-hidden size={20} className={classes.backIcon} />
            {words.back}
          </Link>
        </p>
        <TroubleNote trouble={trouble}>
          <Act onClick={reload}>{common.tryAgain}</Act>
        </TroubleNote>
        {value ? <Account personId={personId} found={value.found} /> : null}
        {!value && !trouble ? <PageSkeleton /> : null}
      </div>
    </Shell>
  );
}

interface AccountProps {
  personId: PersonId;
  /** Absent also when it is beyond the list: what there is to know of it is asked by its id all the same. */
  found: SupportedPerson | undefined;
}

function Account({ personId, found }: AccountProps) {
  const { support, roles, people } = useStrings();
  return (
    <>
      <div className={classes.head}>
        <h1>{found?.display_name ?? support.person.title}</h1>
        {found ? <Chip>{roles[found.role]}</Chip> : null}
        {found && found.status !== 'active' ? <Chip>{people.statuses[found.status]}</Chip> : null}
      </div>
      <SignInPanel
        personId={personId}
        name={found?.display_name ?? support.person.title}
        isAdmin={found?.role === 'admin'}
      />
      <SentNotices personId={personId} />
    </>
  );
}
