import type { ErasureCard, ErasureCertificate, Erasures as Listed } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { Certificate } from './Certificate.tsx';
import { EraseForm } from './EraseForm.tsx';
import type { NameOf } from './Records.tsx';
import { Empty, Table } from './Table.tsx';
import type { ReadNow } from './useRead.ts';

export interface ErasuresProps {
  now: ReadNow<Listed>;
  nameOf: NameOf;
  onErased: () => void;
}

type Open =
  | { kind: 'erase'; erasure: ErasureCard; name: string }
  | { kind: 'certificate'; certificate: ErasureCertificate };

/** What was asked for, with what stands against it; carried out by an administrator, and certified. */
export function Erasures({ now: { value, trouble, reload }, nameOf, onErased }: ErasuresProps) {
  const { records, common } = useStrings();
  const words = records.erasures;
  const bedside = useBedside();
  const announce = useAnnounce();
  const [open, setOpen] = useState<Open | null>(null);
  const read = useAction(async ({ erasure_id }: ErasureCard) => {
    const certificate = await bedside.call('record.read_certificate', { erasure_id });
    setOpen({ kind: 'certificate', certificate });
  });
  const erased = (certificate: ErasureCertificate, { scope = 'everything' }: ErasureCard) => {
    setOpen({ kind: 'certificate', certificate });
    announce(records.erase[scope].done);
    onErased();
  };
  return (
    <section aria-labelledby="erasures">
      <div className={classes.sectionHead}>
        <div>
          <h2 id="erasures">{words.title}</h2>
          <p className="quiet">{words.lead}</p>
        </div>
      </div>
      <TroubleNote trouble={trouble ?? read.trouble}>
        {value ? null : <Act onClick={reload}>{common.tryAgain}</Act>}
      </TroubleNote>
      {value === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : value.erasures.length === 0 ? (
        <Empty title={words.empty} body={words.emptyBody} level={3} />
      ) : (
        <Table
          label={words.title}
          columns={[words.who, words.what, words.asked, words.state]}
          hasActions
        >
          {value.erasures.map((it) => (
            <Line
              key={it.erasure_id}
              erasure={it}
              name={nameOf(it.person_id)}
              onErase={(name) => setOpen({ kind: 'erase', erasure: it, name })}
              onCertificate={() => read.run(it)}
            />
          ))}
        </Table>
      )}
      <Sheet
        title={
          open?.kind === 'erase'
            ? records.erase[open.erasure.scope ?? 'everything'].title(open.name)
            : records.certificate.title
        }
        isOpen={open !== null}
        onClose={() => setOpen(null)}
      >
        {open?.kind === 'erase' ? (
          <EraseForm
            erasure={open.erasure}
            name={open.name}
            onErased={(certificate) => erased(certificate, open.erasure)}
            onClose={() => setOpen(null)}
          />
        ) : open ? (
          <Certificate certificate={open.certificate} />
        ) : null}
      </Sheet>
    </section>
  );
}

interface LineProps {
  erasure: ErasureCard;
  name: string;
  onErase: (name: string) => void;
  onCertificate: () => void;
}

function Line({ erasure, name, onErase, onCertificate }: LineProps) {
  const words = useStrings().records.erasures;
  const time = useTime();
  const now = useNow(60_000);
  const { state, is_held, not_before, asked_at, scope = 'everything' } = erasure;
  const isKept = not_before !== undefined && not_before > now;
  const isDone = state === 'done';
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={words.what}>
        <Goes erasure={erasure} />
      </td>
      <td data-label={words.asked}>{time.dayAndClock(asked_at, now)}</td>
      <td data-label={words.state}>
        <span className={classes.chips}>
          {isDone ? <Chip>{words.done}</Chip> : null}
          {is_held ? <Chip tone="danger">{words.held}</Chip> : null}
          {isKept ? <Chip tone="act">{words.until(time.date(not_before))}</Chip> : null}
          {isDone || is_held || isKept ? null : <Chip tone="good">{words.nothing}</Chip>}
        </span>
      </td>
      <td>
        <div className={classes.cellActions}>
          {isDone ? (
            <Act onClick={onCertificate} aria-label={words.certificateOf[scope](name)}>
              {words.certificate}
            </Act>
          ) : is_held || isKept ? null : (
            <Act onClick={() => onErase(name)} aria-label={words.carryOutOf[scope](name)}>
              {words.carryOut}
            </Act>
          )}
        </div>
      </td>
    </tr>
  );
}

/** How much goes, and, as long as it waits, how many conversations that are now. */
function Goes({
  erasure: { scope = 'everything', conversations, left_out },
}: {
  erasure: ErasureCard;
}) {
  const words = useStrings().records.erasures;
  return (
    <span className={classes.chips}>
      <Chip>{words.scopes[scope]}</Chip>
      {conversations === undefined ? null : <span>{words.talks(conversations)}</span>}
      {left_out ? <span className="quiet">{words.leftOut(left_out)}</span> : null}
    </span>
  );
}
