import type { ExceptionCard, Hours, Me, PersonId, TemplateCard } from '@bedside/client';
import { useBedside, useSchedule } from '@bedside/client/react';
import { IconCalendarOff, IconCalendarPlus, IconClockPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { calendarPath } from '../app/pages.ts';
import { Link } from '../app/router.tsx';
import { atWall } from '../calendar/items.ts';
import { type ServiceIndex, useServices } from '../calendar/useServices.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { MessagePage } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { type Subject, SubjectPage } from '../practice/Subject.tsx';
import { useStrings } from '../strings/index.ts';
import { ExceptionForm } from './ExceptionForm.tsx';
import classes from './hours.module.css';
import { TemplateForm } from './TemplateForm.tsx';
import { exceptionInWords, templateInWords } from './words.ts';

/** When patients can book with somebody: regular hours, and what deviates from them for once. */
export function HoursPage({ me, personId }: { me: Me; personId: PersonId | null }) {
  return (
    <SubjectPage me={me} personId={personId} width="medium">
      {(subject) => <HoursOf key={subject.personId} subject={subject} />}
    </SubjectPage>
  );
}

/** What is being edited; `new` of its kind, or a thing by its id. */
type Editing =
  | { name: 'template'; id: string }
  | { name: 'off' | 'open'; id: 'new' }
  | { name: 'exception'; id: string }
  | null;

function HoursOf({ subject }: { subject: Subject }) {
  const { hours: words, calendar, scheduleNav } = useStrings();
  const { schedule, status } = useSchedule(useBedside(), subject.personId);
  const services = useServices();
  const [editing, setEditing] = useState<Editing>(null);
  const title = subject.name === null ? words.title : words.titleOf(subject.name);
  useTitle(title);
  if (status === 'denied')
    return <MessagePage title={calendar.denied} body={calendar.deniedBody} />;
  const shared = { subject, services, editing, onEdit: setEditing };
  return (
    <div className={classes.page}>
      <div>
        <div className={classes.head}>
          <h1>{title}</h1>
          <Link
            to={calendarPath(subject.name === null ? null : subject.personId)}
            className={classes.link}
          >
            {scheduleNav.calendar}
          </Link>
        </div>
        <p className="quiet">{words.lead}</p>
      </div>
      {schedule ? (
        <>
          <Templates {...shared} hours={schedule.hours} />
          <Exceptions {...shared} hours={schedule.hours} />
        </>
      ) : (
        <PageSkeleton />
      )}
    </div>
  );
}

interface SectionProps {
  subject: Subject;
  services: ServiceIndex;
  hours: Hours;
  editing: Editing;
  onEdit: (editing: Editing) => void;
}

function Templates({ subject, services, hours, editing, onEdit }: SectionProps) {
  const { hours: words } = useStrings();
  const { language } = useTime();
  const bedside = useBedside();
  const [removing, setRemoving] = useState<TemplateCard | null>(null);
  const say = (card: TemplateCard) =>
    templateInWords(card.terms, language, words.rules, (id) => services.get(id)?.terms.name ?? '…');
  const editor = (card: TemplateCard | null) => (
    <TemplateForm
      subject={subject}
      services={services}
      card={card}
      others={hours.templates.filter((it) => it !== card).map((it) => it.terms)}
      onDone={() => onEdit(null)}
    />
  );
  const isNew = editing?.name === 'template' && editing.id === 'new';
  return (
    <section className={classes.section} aria-labelledby="regular">
      <div className={classes.sectionHead}>
        <h2 id="regular">{words.regular}</h2>
        <Act
          icon={<IconClockPlus aria-hidden size={20} />}
          tone={hours.templates.length === 0 ? 'main' : 'quiet'}
          onClick={() => onEdit({ name: 'template', id: 'new' })}
          disabled={isNew}
        >
          {words.add}
        </Act>
      </div>
      {isNew ? editor(null) : null}
      {hours.templates.length === 0 && !isNew ? (
        <Empty title={words.none} body={words.noneBody} />
      ) : (
        <ul className={classes.list}>
          {hours.templates.map((card) =>
            editing?.name === 'template' && editing.id === card.template_id ? (
              <li key={card.template_id}>{editor(card)}</li>
            ) : (
              <Line
                key={card.template_id}
                title={card.terms.location}
                text={say(card)}
                onEdit={() => onEdit({ name: 'template', id: card.template_id })}
                onRemove={() => setRemoving(card)}
              />
            ),
          )}
        </ul>
      )}
      <RemoveDialog
        title={words.removeTitle}
        what={removing ? say(removing) : null}
        onRemove={async () => {
          if (!removing) return;
          const { template_id } = removing;
          const practitioner_id = subject.personId;
          await bedside.call('schedule.remove_template', { practitioner_id, template_id });
        }}
        onClose={() => setRemoving(null)}
      />
    </section>
  );
}

function Exceptions({ subject, hours, editing, onEdit }: SectionProps) {
  const { hours: words } = useStrings();
  const { language } = useTime();
  const bedside = useBedside();
  const now = useNow();
  const [removing, setRemoving] = useState<ExceptionCard | null>(null);
  const coming = hours.exceptions
    .filter((it) => atWall(it.terms.ends, it.terms.time_zone) > now)
    .sort((one, other) => (one.terms.starts < other.terms.starts ? -1 : 1));
  const editor = (card: ExceptionCard | null, kind: 'open' | 'closed') => (
    <ExceptionForm subject={subject} card={card} kind={kind} onDone={() => onEdit(null)} />
  );
  const isNew = editing?.name === 'off' || editing?.name === 'open';
  return (
    <section className={classes.section} aria-labelledby="deviations">
      <div className={classes.sectionHead}>
        <h2 id="deviations">{words.deviations}</h2>
        <div className={classes.actions}>
          <Act
            icon={<IconCalendarOff aria-hidden size={20} />}
            onClick={() => onEdit({ name: 'off', id: 'new' })}
            disabled={isNew}
          >
            {words.addOff}
          </Act>
          <Act
            icon={<IconCalendarPlus aria-hidden size={20} />}
            onClick={() => onEdit({ name: 'open', id: 'new' })}
            disabled={isNew}
          >
            {words.addOpen}
          </Act>
        </div>
      </div>
      {isNew ? editor(null, editing.name === 'open' ? 'open' : 'closed') : null}
      {coming.length === 0 && !isNew ? (
        <Empty title={words.deviationsNone} body={words.deviationsNoneBody} />
      ) : (
        <ul className={classes.list}>
          {coming.map((card) =>
            editing?.name === 'exception' && editing.id === card.exception_id ? (
              <li key={card.exception_id}>{editor(card, card.terms.kind)}</li>
            ) : (
              <ExceptionLine
                key={card.exception_id}
                card={card}
                onEdit={() => onEdit({ name: 'exception', id: card.exception_id })}
                onRemove={() => setRemoving(card)}
              />
            ),
          )}
        </ul>
      )}
      <RemoveDialog
        title={removing?.terms.kind === 'open' ? words.removeOpenTitle : words.removeOffTitle}
        what={removing ? exceptionInWords(removing.terms, language) : null}
        onRemove={async () => {
          if (!removing) return;
          const { exception_id } = removing;
          const practitioner_id = subject.personId;
          await bedside.call('schedule.remove_exception', { practitioner_id, exception_id });
        }}
        onClose={() => setRemoving(null)}
      />
    </section>
  );
}

interface ExceptionLineProps {
  card: ExceptionCard;
  onEdit: () => void;
  onRemove: () => void;
}

function ExceptionLine({ card, onEdit, onRemove }: ExceptionLineProps) {
  const { hours: words } = useStrings();
  const { language } = useTime();
  const { terms } = card;
  const details = [terms.location, terms.reason].filter((it) => it).join(' · ');
  const acts = card.is_closure ? {} : { onEdit, onRemove };
  return (
    <Line
      title={exceptionInWords(terms, language)}
      text={card.is_closure ? [details, words.closureHint].filter(Boolean).join(' · ') : details}
      chip={
        card.is_closure ? (
          <Chip>{words.closure}</Chip>
        ) : terms.kind === 'open' ? (
          <Chip tone="good">{words.openChip}</Chip>
        ) : (
          <Chip>{words.offChip}</Chip>
        )
      }
      {...acts}
    />
  );
}

interface LineProps {
  title: string;
  text: string;
  chip?: ReactNode;
  onEdit?: () => void;
  onRemove?: () => void;
}

function Line({ title, text, chip, onEdit, onRemove }: LineProps) {
  const { hours: words } = useStrings();
  return (
    <li className={classes.line}>
      <div className={classes.lineText}>
        <p className={classes.lineTitle}>
          {title} {chip}
        </p>
        {text === '' ? null : <p className="quiet">{text}</p>}
      </div>
      {onEdit ? (
        <div className={classes.actions}>
          <Act onClick={onEdit} aria-label={words.editOf(title)}>
            {words.edit}
          </Act>
          <Act tone="bare" onClick={onRemove} aria-label={words.removeOf(title)}>
            {words.remove}
          </Act>
        </div>
      ) : null}
    </li>
  );
}

function Empty({ title, body }: { title: string; body: string }) {
  return (
    <div className={classes.empty}>
      <h3>{title}</h3>
      <p className="quiet">{body}</p>
    </div>
  );
}

interface RemoveDialogProps {
  title: string;
  /** What is removed, in words; nothing is asked when absent. */
  what: string | null;
  onRemove: () => Promise<void>;
  onClose: () => void;
}

function RemoveDialog({ title, what, onRemove, onClose }: RemoveDialogProps) {
  const { hours: words, calendar } = useStrings();
  const announce = useAnnounce();
  const remove = useAction(async () => {
    await onRemove();
    announce(words.removed);
    onClose();
  });
  return (
    <Confirm
      title={title}
      body={words.removeBody(what ?? '')}
      confirm={words.remove}
      keep={calendar.keep}
      isOpen={what !== null}
      isRunning={remove.isRunning}
      trouble={remove.trouble}
      onConfirm={() => remove.run()}
      onClose={onClose}
    />
  );
}
