import type { Sharing, SharingState } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './record.module.css';
import { DifferenceList } from './Sharing.tsx';
import { CLASSES, differences, HELPED } from './share.ts';

/** Every choice that was made, read when it is wanted. */
export function SharingHistory() {
  const { sharing, common } = useStrings();
  const words = sharing.history;
  const bedside = useBedside();
  const [isOpen, setOpen] = useState(false);
  const [versions, setVersions] = useState<readonly SharingState[] | null>(null);
  const { run: load, trouble } = useAction(async () => {
    setVersions((await bedside.call('sharing.list_versions', {})).versions);
  });
  const open = () => {
    setVersions(null);
    setOpen(true);
    void load();
  };
  return (
    <div>
      <Act tone="bare" icon={<IconHistory aria-hidden size={20} />} onClick={open}>
        {words.open}
      </Act>
      <Sheet title={words.title} isOpen={isOpen} onClose={() => setOpen(false)} wide>
        <TroubleNote trouble={trouble}>
          <Act onClick={() => load()}>{common.tryAgain}</Act>
        </TroubleNote>
        {versions ? <Versions versions={versions} /> : trouble ? null : <PageSkeleton />}
      </Sheet>
    </div>
  );
}

function Versions({ versions }: { versions: readonly SharingState[] }) {
  const words = useStrings().sharing.history;
  const time = useTime();
  const now = useNow(60_000);
  if (versions.length === 0) return <p>{words.none}</p>;
  return (
    <ol className={classes.list}>
      {versions.map((it, index) => (
        <li key={it.revision} className={classes.consent}>
          <h3 className={classes.chips}>
            {it.at === undefined ? null : time.dayAndClock(it.at, now)}
            {index === 0 ? <Chip tone="good">{words.now}</Chip> : null}
          </h3>
          <Version now={it.sharing} before={versions[index + 1]?.sharing} />
        </li>
      ))}
    </ol>
  );
}

/** What was different from before; of the first one all of it. */
function Version({ now, before }: { now: Sharing; before: Sharing | undefined }) {
  const { sharing } = useStrings();
  if (before) {
    const changes = differences(before, now);
    if (changes.length === 0) return <p>{sharing.history.same}</p>;
    return <DifferenceList changes={changes} />;
  }
  return (
    <>
      <p className="quiet">{sharing.history.first}</p>
      <ul className={classes.points}>
        {CLASSES.map((it) => (
          <li key={it}>
            {sharing.classes[it].title}: {sharing.audiences[now[it]]}
          </li>
        ))}
        {HELPED.map((it) => (
          <li key={`helpers ${it}`}>
            {sharing.helpers}, {sharing.helped[it]}: {now.helpers[it] ? sharing.yes : sharing.no}
          </li>
        ))}
      </ul>
    </>
  );
}
