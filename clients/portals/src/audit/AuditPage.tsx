import type { Me, Person } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useState } from 'react';
import { Empty } from '../admin/Table.tsx';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime, useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { AuditTable } from './AuditTable.tsx';
import classes from './audit.module.css';
import { Exporter } from './Exporter.tsx';
import { Filters } from './Filters.tsx';
import { LogCheck } from './LogCheck.tsx';
import { type AuditQuery, paramsOf, readQuery, writeQuery } from './query.ts';
import { Reports } from './Reports.tsx';
import { usePages } from './usePages.ts';

/** The audit log, for whoever has to answer who did what. */
export function AuditPage({ me }: { me: Me }) {
  const { audit } = useStrings();
  const [query, setQuery] = useState(readQuery);
  const people = usePeople();
  useTitle(audit.search.title);
  const ask = useCallback((next: AuditQuery) => {
    writeQuery(next);
    setQuery(next);
  }, []);
  return (
    <Shell>
      <div className={classes.page}>
        <div>
          <h1>{audit.search.title}</h1>
          <p className="quiet">{audit.search.lead}</p>
        </div>
        <TroubleNote trouble={people.trouble} />
        {me.person_id ? (
          <Reports owner={me.person_id} people={people.all} query={query} onOpen={ask} />
        ) : null}
        <Filters people={people.all} query={query} onAsk={ask} />
        <Found query={query} onAsk={ask} />
        <LogCheck />
      </div>
    </Shell>
  );
}

function usePeople() {
  const bedside = useBedside();
  const [all, setAll] = useState<readonly Person[]>([]);
  const { run, trouble } = useAction(async () => {
    setAll((await bedside.call('person.list', {})).people);
  });
  useEffect(() => void run(), [run]);
  return { all, trouble };
}

function Found({ query, onAsk }: { query: AuditQuery; onAsk: (query: AuditQuery) => void }) {
  const { audit, common } = useStrings();
  const words = audit.search;
  const bedside = useBedside();
  const announce = useAnnounce();
  const { zone } = useTime();
  const read = useCallback(
    async (cursor: string | undefined) => {
      const page = { ...paramsOf(query, zone), ...(cursor !== undefined && { cursor }) };
      const { records, cursor: next } = await bedside.call('audit.search', page);
      return { items: records, cursor: next };
    },
    [bedside, query, zone],
  );
  const { items, isMore, isLoading, trouble, older, again } = usePages(read);
  const count = items?.length ?? 0;
  const summary = items === null ? '' : words.found(count, isMore);
  useEffect(() => {
    if (summary !== '') announce(summary);
  }, [summary, announce]);
  if (!items) {
    return trouble ? (
      <TroubleNote trouble={trouble}>
        <Act onClick={again}>{common.tryAgain}</Act>
      </TroubleNote>
    ) : (
      <PageSkeleton />
    );
  }
  if (count === 0) return <Empty title={words.empty} body={words.emptyBody} />;
  return (
    <section className={classes.found} aria-label={words.table}>
      <div className={classes.foundHead}>
        <p className="quiet">{summary}</p>
        <Exporter query={query} />
      </div>
      <AuditTable records={items} onAsk={onAsk} />
      <TroubleNote trouble={trouble} />
      {isMore ? (
        <div className={classes.centre}>
          <Act onClick={() => older()} loading={isLoading}>
            {audit.older}
          </Act>
        </div>
      ) : (
        <p className={`quiet ${classes.end}`}>{audit.end}</p>
      )}
    </section>
  );
}
