import type { ExceptionCard, ExceptionTerms } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { knownZone } from '../format/time.ts';
import { blank, DeviationForm } from '../hours/ExceptionForm.tsx';
import { exceptionInWords } from '../hours/words.ts';
import { Act } from '../parts/Act.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

/** When the whole clinic is closed. */
export function Closures() {
  const { clinic } = useStrings();
  const { value, trouble, reload } = useRead('closure.list');
  const [editing, setEditing] = useState<ExceptionCard | 'new' | null>(null);
  const [removing, setRemoving] = useState<ExceptionCard | null>(null);
  const card = editing === 'new' ? null : editing;
  return (
    <>
      <div className={classes.tools}>
        <span />
        <Act
          tone="main"
          icon={<IconPlus aria-hidden size={20} />}
          onClick={() => setEditing('new')}
        >
          {clinic.newClosure}
        </Act>
      </div>
      <TroubleNote trouble={trouble} />
      {value === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : value.closures.length === 0 ? (
        <Empty title={clinic.emptyClosures} body={clinic.emptyClosuresBody} />
      ) : (
        <Table label={clinic.closures} columns={[clinic.when, clinic.reason]} hasActions>
          {value.closures.map((it) => (
            <ClosureLine
              key={it.exception_id}
              card={it}
              onEdit={() => setEditing(it)}
              onRemove={() => setRemoving(it)}
            />
          ))}
        </Table>
      )}
      <Sheet
        title={card ? clinic.editClosure : clinic.newClosure}
        isOpen={editing !== null}
        onClose={() => setEditing(null)}
      >
        <ClosureForm
          key={card?.exception_id ?? 'new'}
          card={card}
          onDone={() => setEditing(null)}
          onSaved={() => {
            setEditing(null);
            reload();
          }}
        />
      </Sheet>
      <RemoveClosure
        card={removing}
        onClose={() => setRemoving(null)}
        onRemoved={() => {
          setRemoving(null);
          reload();
        }}
      />
    </>
  );
}

interface ClosureLineProps {
  card: ExceptionCard;
  onEdit: () => void;
  onRemove: () => void;
}

function ClosureLine({ card, onEdit, onRemove }: ClosureLineProps) {
  const { clinic } = useStrings();
  const { language } = useTime();
  const when = exceptionInWords(card.terms, language);
  return (
    <tr>
      <th scope="row">{when}</th>
      <td data-label={clinic.reason}>{card.terms.reason}</td>
      <td>
        <div className={classes.cellActions}>
          <Act onClick={onEdit} aria-label={clinic.editOf(when)}>
            {clinic.edit}
          </Act>
          <Act tone="bare" onClick={onRemove} aria-label={clinic.removeClosureOf(when)}>
            {clinic.removeClosure}
          </Act>
        </div>
      </td>
    </tr>
  );
}

interface ClosureFormProps {
  card: ExceptionCard | null;
  onDone: () => void;
  onSaved: () => void;
}

function ClosureForm({ card, onDone, onSaved }: ClosureFormProps) {
  const { clinic } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const zone = knownZone(useStore(bedside.me)?.time_zone);
  const save = useAction(async (terms: ExceptionTerms) => {
    const exception_id = card?.exception_id;
    await bedside.call('closure.save', { ...(exception_id ? { exception_id } : {}), terms });
    announce(clinic.closureSaved);
    onSaved();
  });
  return (
    <DeviationForm
      title={null}
      terms={card?.terms ?? blank('closed', zone)}
      save={save}
      onDone={onDone}
    />
  );
}

interface RemoveClosureProps {
  card: ExceptionCard | null;
  onClose: () => void;
  onRemoved: () => void;
}

function RemoveClosure({ card, onClose, onRemoved }: RemoveClosureProps) {
  const { clinic } = useStrings();
  const { language } = useTime();
  const bedside = useBedside();
  const announce = useAnnounce();
  const remove = useAction(async () => {
    if (!card) return;
    await bedside.call('closure.remove', { exception_id: card.exception_id });
    announce(clinic.closureRemoved);
    onRemoved();
  });
  return (
    <Confirm
      title={clinic.removeClosureTitle}
      body={clinic.removeClosureBody(card ? exceptionInWords(card.terms, language) : '')}
      confirm={clinic.removeClosure}
      keep={clinic.keep}
      isOpen={card !== null}
      isRunning={remove.isRunning}
      trouble={remove.trouble}
      onConfirm={() => remove.run()}
      onClose={onClose}
    />
  );
}
