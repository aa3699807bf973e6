import type { RecordAccess } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { IconEye, IconPencil } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { Empty } from '../admin/Table.tsx';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { Initials } from '../parts/Initials.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './audit.module.css';
import { deedOf, deedTitle } from './deeds.ts';
import { Fact } from './EntrySheet.tsx';
import { daysOf, type Who } from './own.ts';
import { usePages } from './usePages.ts';
import { Verify } from './Verify.tsx';

const KINDS = ['all', 'looks', 'changes'] as const;
type Kind = (typeof KINDS)[number];

/** Who saw or changed a patient's record, day by day, in words for whoever has never seen such a list. */
export function OwnAccessPage() {
  const { audit } = useStrings();
  const words = audit.own;
  useTitle(words.title);
  return (
    <Shell width="narrow" large>
      <div className={classes.page}>
        <div className={classes.intro}>
          <h1>{words.title}</h1>
          <p>{words.lead}</p>
          <p className="quiet">
            {words.notYours} <Link to="/account">{words.signIns}</Link>.
          </p>
        </div>
        <Accesses />
      </div>
    </Shell>
  );
}

function Accesses() {
  const { audit, common } = useStrings();
  const words = audit.own;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [kind, setKind] = useState<Kind>('all');
  const read = useCallback(
    async (cursor: string | undefined) => {
      const page = await bedside.call('audit.own', cursor === undefined ? {} : { cursor });
      return { items: page.accesses, cursor: page.cursor };
    },
    [bedside],
  );
  const { items, isMore, isLoading, trouble, older, again } = usePages(read);
  const shown = useMemo(
    () => items?.filter((it) => kind === 'all' || it.is_read === (kind === 'looks')),
    [items, kind],
  );
  const earlier = async () => {
    const came = await older();
    if (came) announce(came.length === 0 ? audit.end : audit.more(came.length));
  };
  if (!items || !shown) {
    return trouble ? (
      <TroubleNote trouble={trouble}>
        <Act onClick={again}>{common.tryAgain}</Act>
      </TroubleNote>
    ) : (
      <PageSkeleton />
    );
  }
  if (items.length === 0 && !isMore) return <Empty title={words.empty} body={words.emptyBody} />;
  return (
    <>
      <NativeSelect
        className={classes.kind ?? ''}
        size="md"
        label={words.show}
        value={kind}
        data={KINDS.map((value) => ({ value, label: words[value] }))}
        onChange={(event) => setKind(KINDS.find((it) => it === event.currentTarget.value) ?? 'all')}
      />
      {shown.length === 0 ? (
        <Empty title={words.none} body={words.noneBody} />
      ) : (
        <Days accesses={shown} />
      )}
      <TroubleNote trouble={trouble} />
      {isMore ? (
        <div className={classes.centre}>
          <Act large onClick={earlier} loading={isLoading}>
            {words.older}
          </Act>
        </div>
      ) : (
        <p className={`quiet ${classes.end}`}>{audit.end}</p>
      )}
    </>
  );
}

function Days({ accesses }: { accesses: readonly RecordAccess[] }) {
  const time = useTime();
  const now = useNow(60_000);
  const [open, setOpen] = useState<RecordAccess | null>(null);
  const days = useMemo(() => daysOf(accesses, time.zone), [accesses, time.zone]);
  return (
    <>
      {days.map(({ day, at, people }) => (
        <section key={day} className={classes.day} aria-labelledby={`day-${day}`}>
          <h2 id={`day-${day}`}>
            {time.day(at, now)} <span className={classes.zone}>{time.zoneAbbreviation(at)}</span>
          </h2>
          <ul>
            {people.map((it) => (
              <Person key={it.key} who={it} onOpen={setOpen} />
            ))}
          </ul>
        </section>
      ))}
      <AccessSheet access={open} onClose={() => setOpen(null)} />
    </>
  );
}

function Person({ who, onOpen }: { who: Who; onOpen: (access: RecordAccess) => void }) {
  const strings = useStrings();
  const { audit, roles } = strings;
  const time = useTime();
  const name = who.name ?? audit.goneAccount;
  return (
    <li className={classes.person}>
      <div className={classes.personHead}>
        <Initials name={name} />
        <p>
          <span className={classes.personName}>{name}</span>
          {who.role ? <span className={classes.role}>{roles[who.role]}</span> : null}
        </p>
      </div>
      <ul className={classes.deeds}>
        {who.accesses.map((it) => {
          const what = deedOf(it.operation, strings);
          return (
            <li key={it.audit_id} className={classes.deed}>
              <span className={classes.deedTime}>
                <bdi>{time.bareClock(it.at)}</bdi>
              </span>
              <span className={classes.deedText}>
                {it.is_read ? (
                  <IconEye aria-hidden size={20} className={classes.deedIcon} />
                ) : (
                  <IconPencil aria-hidden size={20} className={classes.deedIcon} />
                )}
                <span>{deedTitle(it.operation, strings)}</span>
              </span>
              <Act
                tone="bare"
                onClick={() => onOpen(it)}
                aria-label={audit.own.detailsOf(name, what, time.clock(it.at))}
              >
                {audit.details}
              </Act>
            </li>
          );
        })}
      </ul>
    </li>
  );
}

interface AccessSheetProps {
  access: RecordAccess | null;
  onClose: () => void;
}

function AccessSheet({ access, onClose }: AccessSheetProps) {
  const words = useStrings().audit.own;
  const { go } = useNavigation();
  return (
    <Sheet title={words.sheet} isOpen={access !== null} onClose={onClose} wide>
      {access ? (
        <div className={classes.sheet}>
          <AccessFacts access={access} />
          <div className={classes.ask}>
            <Act tone="main" large onClick={() => go('/messages')}>
              {words.ask}
            </Act>
            <p className="quiet">{words.askHint}</p>
          </div>
          <Verify key={access.audit_id} shown={{ ...access, outcome: 'ok' }} />
        </div>
      ) : null}
    </Sheet>
  );
}

function AccessFacts({ access }: { access: RecordAccess }) {
  const strings = useStrings();
  const { audit, roles } = strings;
  const words = audit.entry;
  const time = useTime();
  return (
    <dl className={classes.facts}>
      <Fact name={words.who}>
        {access.display_name ?? audit.goneAccount}
        {access.role ? <span className={classes.role}>{roles[access.role]}</span> : null}
      </Fact>
      <Fact name={words.what}>
        {deedTitle(access.operation, strings)}{' '}
        <Chip tone={access.is_read ? 'plain' : 'brand'}>
          {access.is_read ? audit.own.looked : audit.own.changed}
        </Chip>
      </Fact>
      <Fact name={words.when}>
        <bdi>{time.moment(access.at)}</bdi>
      </Fact>
    </dl>
  );
}
