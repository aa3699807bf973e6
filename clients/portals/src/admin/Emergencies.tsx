import type { EmergencyReview, Person, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { EmergencySheet } from './EmergencySheet.tsx';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

export interface EmergenciesProps {
  people: readonly Person[];
}

export type NameOf = (id: PersonId) => string;

/** Records that were opened in an emergency: what has to be looked into first, the oldest first; then what was. */
export function Emergencies({ people }: EmergenciesProps) {
  const { emergencies: words, common } = useStrings();
  const announce = useAnnounce();
  const { value, trouble, reload } = useRead('emergency.list_reviews');
  const [open, setOpen] = useState<EmergencyReview | null>(null);
  const nameOf: NameOf = (id) =>
    people.find((it) => it.person_id === id)?.display_name ?? words.gone;
  const due = value?.reviews.filter((it) => it.verdict === undefined);
  const done = value?.reviews.filter((it) => it.verdict !== undefined);
  const close = () => setOpen(null);
  const reviewed = (it: EmergencyReview) => {
    close();
    announce(words.saved(nameOf(it.emergency.patient_id)));
    reload();
  };
  return (
    <div className={classes.sections}>
      <p className="quiet">{words.lead}</p>
      <TroubleNote trouble={trouble}>
        {value ? null : <Act onClick={reload}>{common.tryAgain}</Act>}
      </TroubleNote>
      {due && done ? (
        <>
          <Listed
            title={words.due}
            empty={[words.emptyDue, words.emptyDueBody]}
            reviews={due}
            nameOf={nameOf}
            onOpen={setOpen}
          />
          <Listed
            title={words.done}
            empty={[words.emptyDone, words.emptyDoneBody]}
            reviews={done}
            nameOf={nameOf}
            onOpen={setOpen}
          />
        </>
      ) : trouble ? null : (
        <PageSkeleton />
      )}
      <Sheet
        title={open ? words.sheet(nameOf(open.emergency.patient_id)) : ''}
        isOpen={open !== null}
        onClose={() => {
          close();
          // Somebody else may have looked into it meanwhile.
          reload();
        }}
        wide
      >
        {open ? (
          <EmergencySheet review={open} nameOf={nameOf} onReviewed={() => reviewed(open)} />
        ) : null}
      </Sheet>
    </div>
  );
}

interface ListedProps {
  title: string;
  empty: readonly [string, string];
  reviews: readonly EmergencyReview[];
  nameOf: NameOf;
  onOpen: (review: EmergencyReview) => void;
}

function Listed({ title, empty, reviews, nameOf, onOpen }: ListedProps) {
  const { emergencies: words } = useStrings();
  return (
    <section aria-label={title}>
      <h2 className={classes.listTitle}>{title}</h2>
      {reviews.length === 0 ? (
        <Empty title={empty[0]} body={empty[1]} level={3} />
      ) : (
        <Table
          label={title}
          columns={[words.whose, words.who, words.reason, words.opened, words.state]}
          hasActions
        >
          {reviews.map((it) => (
            <Line
              key={it.emergency.grant_id}
              review={it}
              nameOf={nameOf}
              onOpen={() => onOpen(it)}
            />
          ))}
        </Table>
      )}
    </section>
  );
}

interface LineProps {
  review: EmergencyReview;
  nameOf: NameOf;
  onOpen: () => void;
}

function Line({ review, nameOf, onOpen }: LineProps) {
  const { emergencies: words, chart } = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { emergency, verdict } = review;
  const patient = nameOf(emergency.patient_id);
  const clinician = nameOf(emergency.clinician_id);
  const isDue = verdict === undefined;
  return (
    <tr>
      <th scope="row">{patient}</th>
      <td data-label={words.who}>{clinician}</td>
      <td data-label={words.reason}>{chart.emergency.reasons[emergency.reason]}</td>
      <td data-label={words.opened}>{time.dayAndClock(emergency.opened_at, now)}</td>
      <td data-label={words.state}>
        <State review={review} />
      </td>
      <td>
        <div className={classes.cellActions}>
          <Act
            tone={isDue ? 'main' : 'quiet'}
            onClick={onOpen}
            aria-label={
              isDue ? words.lookIntoOf(patient, clinician) : words.showOf(patient, clinician)
            }
          >
            {isDue ? words.lookInto : words.show}
          </Act>
        </div>
      </td>
    </tr>
  );
}

/** What was found, or that it waits; and whether the record is open still. */
function State({ review }: { review: EmergencyReview }) {
  const { emergencies: words } = useStrings();
  const bedside = useBedside();
  const { emergency, verdict } = review;
  const isOpen = emergency.ends_at > bedside.hubTime();
  return (
    <span className={classes.chips}>
      {verdict === undefined ? null : (
        <Chip tone={verdict === 'appropriate' ? 'good' : 'danger'}>{words.verdicts[verdict]}</Chip>
      )}
      {isOpen ? <Chip tone="act">{words.stillOpen}</Chip> : null}
      {!isOpen && verdict === undefined ? <Chip>{words.closed}</Chip> : null}
    </span>
  );
}
