import type { AuditReport, Bedside, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useCallback, useEffect, useState } from 'react';
import { useTime } from '../app/hooks.ts';
import { type Trouble, useAction } from '../parts/trouble.ts';
import { filtersOf, readLeft, writeLeft } from './reports.ts';

export interface ReportsNow {
  /** `null` until they are known. */
  reports: readonly AuditReport[] | null;
  /** Why they are not, or why what a browser kept was not handed over. */
  trouble: Trouble | null;
  reload: () => void;
}

/** Reports of the hub; what this browser kept is handed over first. */
export function useReports(owner: PersonId): ReportsNow {
  const bedside = useBedside();
  const { zone } = useTime();
  const [reports, setReports] = useState<readonly AuditReport[] | null>(null);
  const { run, trouble } = useAction(async () => {
    const list = async () => (await bedside.call('audit.list_reports', {})).reports;
    const kept = await list();
    setReports(kept);
    if (readLeft(owner).length === 0) return;
    const own = kept.filter((it) => it.made_by === owner).map((it) => it.name);
    try {
      await handOver(bedside, owner, new Set(own), zone);
    } finally {
      setReports(await list());
    }
  });
  useEffect(() => void run(), [run]);
  return { reports, trouble, reload: useCallback(() => void run(), [run]) };
}

/** One after the other: whatever was saved is not in the browser any more. One of that name at the hub is the newer one. */
async function handOver(
  bedside: Bedside,
  owner: PersonId,
  known: ReadonlySet<string>,
  zone: string,
): Promise<void> {
  let left = readLeft(owner);
  for (const it of left) {
    if (!known.has(it.name)) {
      const filters = filtersOf(it.query, zone);
      await bedside.call('audit.save_report', { name: it.name, filters, shared: false });
    }
    left = left.filter((other) => other !== it);
    writeLeft(owner, left);
  }
}
