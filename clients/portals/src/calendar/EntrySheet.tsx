import type { AppointmentCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import type { ReactNode } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useNow, useTime } from '../app/hooks.ts';
import { RecordAct } from '../chart/RecordAct.tsx';
import { StartAct } from '../messages/StartAct.tsx';
import { writingAbout } from '../messages/start.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Confirm, Sheet } from '../parts/Confirm.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './dialogs.module.css';
import { HeldLeft } from './Entry.tsx';
import { canCancel, canMove, type Item } from './items.ts';
import type { ServiceIndex } from './useServices.ts';

export interface EntrySheetProps {
  item: Item | null;
  zone: string;
  services: ServiceIndex;
  /** Clinicians enter the visit from here; administrators do not. */
  onVisit: ((card: AppointmentCard) => void) | null;
  onMove: (item: Item) => void;
  /** Another item: one of a group. */
  onOpen: (item: Item) => void;
  onCancel: (card: AppointmentCard) => void;
  onClose: () => void;
}

/** What an entry of the calendar is, and what can be done with it. */
export function EntrySheet(props: EntrySheetProps) {
  const { calendar } = useStrings();
  const { item } = props;
  const title =
    item?.kind === 'held'
      ? calendar.beingBooked
      : item && item.members.length > 0
        ? calendar.people(item.members.length)
        : (item?.card?.patient.display_name ?? calendar.unknown);
  return (
    <Sheet title={title} isOpen={item !== null} onClose={props.onClose}>
      {item ? <Details {...props} item={item} /> : null}
    </Sheet>
  );
}

function Details(props: EntrySheetProps & { item: Item }) {
  const { item, zone, services } = props;
  const { calendar, stages } = useStrings();
  const time = useTime(zone);
  const now = useNow();
  const { card } = item;
  const service = item.serviceId ? services.get(item.serviceId)?.terms.name : undefined;
  const buffer = (ms: number) => (ms > 0 ? time.duration(ms) : null);
  const free = calendar.buffers(
    buffer(item.from - item.busy.from),
    buffer(item.busy.until - item.until),
  );
  return (
    <>
      <dl className={classes.details}>
        <Row name={calendar.when}>
          {time.day(item.from, now)} <bdi>{time.range(item.from, item.until)}</bdi>{' '}
          {time.zoneAbbreviation(item.from)}
        </Row>
        {item.expiresAt === null ? null : (
          <Row name={calendar.state}>
            <Chip>
              <HeldLeft until={item.expiresAt} />
            </Chip>
          </Row>
        )}
        {card ? (
          <Row name={calendar.state}>
            <Chip tone={card.stage === 'waiting' ? 'act' : 'plain'}>{stages[card.stage]}</Chip>
          </Row>
        ) : null}
        {service || card ? <Row name={calendar.service}>{service ?? calendar.placed}</Row> : null}
        {card?.reason ? <Row name={calendar.reason}>{card.reason}</Row> : null}
        {free === '' ? null : <Row name={calendar.keptFree}>{free}</Row>}
      </dl>
      {item.members.length > 0 ? <Members {...props} item={item} /> : null}
      {card ? <Actions {...props} card={card} /> : null}
    </>
  );
}

/** Everybody who shares the time. */
function Members({ item, onOpen }: EntrySheetProps & { item: Item }) {
  const { calendar, stages } = useStrings();
  return (
    <ul className={classes.members}>
      {item.members.map((it) => {
        const name = it.card?.patient.display_name ?? calendar.unknown;
        return (
          <li key={it.key}>
            <span>{name}</span>
            {it.card && it.card.stage !== 'scheduled' ? (
              <Chip tone={it.card.stage === 'waiting' ? 'act' : 'plain'}>
                {stages[it.card.stage]}
              </Chip>
            ) : null}
            <Act onClick={() => onOpen(it)} aria-label={calendar.detailsOf(name)}>
              {calendar.details}
            </Act>
          </li>
        );
      })}
    </ul>
  );
}

function Actions(props: EntrySheetProps & { item: Item; card: AppointmentCard }) {
  const { item, card, onVisit, onMove, onCancel } = props;
  const { calendar, messages } = useStrings();
  const isMovable = canMove(card);
  const isLive = canCancel(card);
  // Who enters visits writes to patients; an administrator does neither.
  const { person_id: patientId, display_name: name } = card.patient;
  const write = onVisit ? (
    <>
      <StartAct
        with={writingAbout(card, 'patient', !isLive)}
        name={name}
        label={messages.start.clinician}
      />
      <RecordAct patientId={patientId} name={name} />
    </>
  ) : null;
  if (!isLive) return write ? <div className={classes.actions}>{write}</div> : null;
  return (
    <>
      <div className={classes.actions}>
        {onVisit ? (
          <Act tone="main" onClick={() => onVisit(card)}>
            {calendar.openVisit}
          </Act>
        ) : null}
        {write}
        {isMovable ? <Act onClick={() => onMove(item)}>{calendar.move}</Act> : null}
        <Act tone="bare" onClick={() => onCancel(card)}>
          {calendar.cancel}
        </Act>
      </div>
      {isMovable ? null : (
        <p className="quiet">{card.service_id ? calendar.hasBegun : calendar.cannotMove}</p>
      )}
    </>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export interface CancelDialogProps {
  card: AppointmentCard | null;
  zone: string;
  onClose: () => void;
}

/** Asks by name before an appointment is cancelled. */
export function CancelDialog({ card, zone, onClose }: CancelDialogProps) {
  const { calendar } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const time = useTime(zone);
  const now = useNow();
  const name = card?.patient.display_name ?? '';
  const cancel = useAction(async () => {
    if (!card) return;
    const { appointment_id, version } = card;
    // What was confirmed is the time that was seen.
    await bedside.call('appointment.cancel', { appointment_id }, { if: { version } });
    announce(calendar.cancelled(name));
    onClose();
  });
  return (
    <Confirm
      title={calendar.cancelTitle(name)}
      body={calendar.cancelBody(card ? time.dayAndClock(card.starts_at, now) : '')}
      confirm={calendar.cancelConfirm(name)}
      keep={calendar.keep}
      isOpen={card !== null}
      isRunning={cancel.isRunning}
      trouble={cancel.trouble}
      onConfirm={() => cancel.run()}
      onClose={onClose}
    />
  );
}
