import type { AppointmentCard } from '@bedside/client';
import { IconDeviceDesktopCheck, IconUsers } from '@tabler/icons-react';
import { useTime } from '../app/hooks.ts';
import type { ServiceIndex } from '../calendar/useServices.ts';
import { RecordAct } from '../chart/RecordAct.tsx';
import { StartAct } from '../messages/StartAct.tsx';
import { writingAbout } from '../messages/start.ts';
import { Act, type Tone } from '../parts/Act.tsx';
import { Chip, type ChipTone } from '../parts/Chip.tsx';
import { useStrings } from '../strings/index.ts';
import { actionOf, type DeviceWord, deviceWord, NO_SHOW_AFTER_MS, stateOf } from './day.ts';
import classes from './today.module.css';

export interface DayRowProps {
  card: AppointmentCard;
  services: ServiceIndex;
  now: number;
  /** What the row's button does. */
  onAct: () => void;
  onOpen: () => void;
}

/** One visit of the day. */
export function DayRow({ card, services, now, onAct, onOpen }: DayRowProps) {
  const { today: words, messages } = useStrings();
  const time = useTime();
  const state = stateOf(card, now);
  const isLongLate = state.name === 'late' && state.byMs > NO_SHOW_AFTER_MS;
  return (
    <li className={classes.row} data-row={card.appointment_id} data-state={state.name}>
      <p className={classes.time}>
        <bdi>{time.bareClock(card.starts_at)}</bdi>
        <bdi className="quiet">{time.bareClock(card.ends_at)}</bdi>
      </p>
      <div className={classes.text}>
        <p className={classes.name}>{card.patient.display_name}</p>
        <About card={card} services={services} />
        <States card={card} now={now} />
      </div>
      <div className={classes.rowActions}>
        <RecordAct
          tone="bare"
          patientId={card.patient.person_id}
          name={card.patient.display_name}
        />
        <StartAct
          tone="bare"
          with={writingAbout(card, 'patient', state.name === 'closed')}
          name={card.patient.display_name}
          label={messages.start.clinician}
        />
        {isLongLate ? (
          <RowButton name={words.open} card={card} tone="quiet" onClick={onOpen} />
        ) : null}
        <MainButton card={card} now={now} onAct={onAct} />
      </div>
    </li>
  );
}

/** What it is for, and what the patient said it is about. */
function About({ card, services }: { card: AppointmentCard; services: ServiceIndex }) {
  const service = card.service_id ? services.get(card.service_id)?.terms.name : undefined;
  const texts = [service, card.reason].filter((it) => it !== undefined && it !== '');
  return texts.length === 0 ? null : <p className={classes.about}>{texts.join(' · ')}</p>;
}

function States({ card, now }: { card: AppointmentCard; now: number }) {
  const { today: words } = useStrings();
  const [tone, text] = useStateWords(card, now);
  const device = deviceWord(card.device_check);
  const isOpen = stateOf(card, now).name !== 'closed';
  return (
    <p className={classes.states}>
      <Chip tone={tone}>{text}</Chip>
      {isOpen && (card.device_check || card.stage === 'waiting') ? (
        <Chip icon={<IconDeviceDesktopCheck aria-hidden size={16} />} tone={deviceTone[device]}>
          {
            {
              good: words.deviceGood,
              poor: words.devicePoor,
              bad: words.deviceBad,
              unknown: words.deviceUnknown,
            }[device]
          }
        </Chip>
      ) : null}
      {card.guests > 0 ? (
        <Chip icon={<IconUsers aria-hidden size={16} />}>{words.guests(card.guests)}</Chip>
      ) : null}
      {card.clinician_present && isOpen ? <Chip tone="brand">{words.here}</Chip> : null}
    </p>
  );
}

const deviceTone: Record<DeviceWord, ChipTone> = {
  good: 'good',
  poor: 'plain',
  bad: 'danger',
  unknown: 'plain',
};

function useStateWords(card: AppointmentCard, now: number): [ChipTone, string] {
  const { today: words, stages } = useStrings();
  const time = useTime();
  const state = stateOf(card, now);
  switch (state.name) {
    case 'waits': {
      const waited = state.since === null ? 0 : now - state.since;
      return ['act', waited < 60_000 ? words.waitsNow : words.waits(time.duration(waited))];
    }
    case 'in_call':
      return ['brand', words.inCall];
    case 'admitted':
      return ['brand', words.admitted];
    case 'late':
      return ['plain', words.late(time.duration(state.byMs))];
    case 'expected':
      return ['plain', words.expected];
    case 'closed':
      return ['plain', stages[card.stage]];
  }
}

interface MainButtonProps {
  card: AppointmentCard;
  now: number;
  onAct: () => void;
}

function MainButton({ card, now, onAct }: MainButtonProps) {
  const { today: words } = useStrings();
  switch (actionOf(card, now)) {
    case 'admit':
      return <RowButton name={words.admit} card={card} tone="act" onClick={onAct} isMain />;
    case 'rejoin':
      return <RowButton name={words.rejoin} card={card} tone="main" onClick={onAct} isMain />;
    case 'open':
      return <RowButton name={words.open} card={card} tone="quiet" onClick={onAct} isMain />;
    case 'no_show':
      return <RowButton name={words.noShow} card={card} tone="quiet" onClick={onAct} isMain />;
    case null:
      return null;
  }
}

interface RowButtonProps {
  name: string;
  card: AppointmentCard;
  tone: Tone;
  /** The one that the keyboard goes to. */
  isMain?: boolean;
  onClick: () => void;
}

function RowButton({ name, card, tone, isMain, onClick }: RowButtonProps) {
  const { today: words } = useStrings();
  return (
    <Act
      tone={tone}
      data-main={isMain}
      onClick={onClick}
      aria-label={words.actionFor(name, card.patient.display_name)}
    >
      {name}
    </Act>
  );
}
