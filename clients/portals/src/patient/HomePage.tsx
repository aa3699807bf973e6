import type { AppointmentCard, Me, PersonId } from '@bedside/client';
import { useAgenda, useBedside } from '@bedside/client/react';
import {
  IconArrowRight,
  IconCalendarHeart,
  IconCalendarPlus,
  IconCircleCheck,
  IconDeviceLaptop,
  IconDoorEnter,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { visitPath } from '../app/pages.ts';
import { recall } from '../app/remember.ts';
import { useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { bookPath } from '../booking/choice.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Initials } from '../parts/Initials.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './home.module.css';
import { OPENS_BEFORE_MS, type Step, sortCards, stepFor } from './next.ts';
import { VisitSheet } from './VisitSheet.tsx';
import { Waitlist } from './Waitlist.tsx';

/** A patient's start page: the next visit with one right button, and what was. Nothing else. */
export function HomePage({ me }: { me: Me }) {
  const { home, header } = useStrings();
  useTitle(header.visits);
  return (
    <Shell width="narrow" large>
      <h1 className={classes.hello}>{home.title(me.display_name)}</h1>
      {me.person_id ? <Visits me={me} personId={me.person_id} /> : null}
    </Shell>
  );
}

function Visits({ me, personId }: { me: Me; personId: PersonId }) {
  const { home } = useStrings();
  const { go } = useNavigation();
  const [openId, setOpenId] = useState<string | null>(null);
  const { cards } = useAgenda(useBedside(), personId);
  const services = useServiceNames();
  const now = useNow();
  if (!cards) return <PageSkeleton />;
  const { next, later, past } = sortCards(cards, now);
  const open = (card: AppointmentCard) => setOpenId(card.appointment_id);
  return (
    <div className={classes.page}>
      {next ? (
        <NextVisit card={next} services={services} now={now} onOpen={open} />
      ) : (
        <NoVisit me={me} />
      )}
      <VisitList title={home.later} cards={later} services={services} now={now} onOpen={open} />
      {me.role === 'patient' ? <Waitlist /> : null}
      {me.role === 'patient' && next ? (
        <Act
          className={classes.another ?? ''}
          icon={<IconCalendarPlus aria-hidden size={22} />}
          onClick={() => go(bookPath())}
        >
          {home.bookAnother}
        </Act>
      ) : null}
      <VisitList
        title={home.past}
        cards={past}
        services={services}
        now={now}
        isPast
        onOpen={open}
      />
      <VisitSheet
        me={me}
        card={cards.find((it) => it.appointment_id === openId) ?? null}
        onClose={() => setOpenId(null)}
      />
    </div>
  );
}

function NoVisit({ me }: { me: Me }) {
  const { home } = useStrings();
  const { go } = useNavigation();
  return (
    <section className={classes.next}>
      <IconCalendarHeart aria-hidden size={40} stroke={1.4} className={classes.emptyIcon} />
      <h2>{home.none}</h2>
      <p className="quiet">{me.role === 'patient' ? home.noneBody : home.nonePlanned}</p>
      {me.role === 'patient' ? (
        <Act
          tone="main"
          large
          icon={<IconCalendarPlus aria-hidden />}
          onClick={() => go(bookPath())}
        >
          {home.book}
        </Act>
      ) : null}
    </section>
  );
}

interface NextVisitProps {
  card: AppointmentCard;
  services: ServiceNames;
  now: number;
  onOpen: (card: AppointmentCard) => void;
}

function NextVisit({ card, services, now, onOpen }: NextVisitProps) {
  const { home, change } = useStrings();
  const time = useTime();
  const { checkedAt } = recall('devices');
  const step = stepFor(card, now, checkedAt);
  return (
    <section className={classes.next} aria-labelledby="next-visit" data-testid="next-visit">
      <h2 id="next-visit" className={classes.eyebrow}>
        {home.next}
      </h2>
      <div className={classes.when}>
        <p className={classes.time}>
          {time.day(card.starts_at, now)}, <bdi>{time.clock(card.starts_at)}</bdi>
        </p>
        <Chip tone="brand">{time.relative(card.starts_at, now)}</Chip>
        <p className={classes.zone}>{time.zoneName(card.starts_at)}</p>
      </div>
      <p className={classes.who}>
        <Initials name={card.clinician.display_name} />
        <span>
          <ServiceName card={card} services={services} />
          {home.withClinician(card.clinician.display_name)}
        </span>
      </p>
      <Standing card={card} step={step} now={now} isChecked={checkedAt > 0} />
      <NextStep card={card} step={step} />
      <Act
        tone="bare"
        aria-label={change.openFor(time.dayAndClock(card.starts_at, now))}
        onClick={() => onOpen(card)}
      >
        {change.open}
      </Act>
    </section>
  );
}

type ServiceNames = ReadonlyMap<string, string>;

/** Names of what can be booked. Without them a card shows its clinician and its time all the same. */
function useServiceNames(): ServiceNames {
  const bedside = useBedside();
  const [names, setNames] = useState<ServiceNames>(new Map());
  useEffect(() => {
    let isHere = true;
    const read = bedside.call('service.list', {}).then(({ services }) => {
      if (isHere) setNames(new Map(services.map((it) => [it.service_id, it.terms.name])));
    });
    read.catch(() => {});
    return () => {
      isHere = false;
    };
  }, [bedside]);
  return names;
}

function ServiceName({ card, services }: { card: AppointmentCard; services: ServiceNames }) {
  const name = card.service_id ? services.get(card.service_id) : undefined;
  return name ? <span className={classes.service}>{name}</span> : null;
}

interface StandingProps {
  card: AppointmentCard;
  step: Step;
  now: number;
  isChecked: boolean;
}

/** One sentence on how things stand. */
function Standing({ card, step, now, isChecked }: StandingProps) {
  const { home } = useStrings();
  if (step === 'rejoin') return <p>{home.goesOn}</p>;
  if (card.clinician_present) return <p>{home.clinicianHere(card.clinician.display_name)}</p>;
  if (card.starts_at + 60_000 < now) return <p>{home.late}</p>;
  if (step === 'check' && isChecked && card.starts_at - OPENS_BEFORE_MS > now) {
    return <p className="quiet">{home.opensHint}</p>;
  }
  return isChecked ? (
    <p className={classes.checked}>
      <IconCircleCheck aria-hidden size={22} />
      {home.checked}
    </p>
  ) : null;
}

function NextStep({ card, step }: { card: AppointmentCard; step: Step }) {
  const { home } = useStrings();
  const { go } = useNavigation();
  const path = visitPath(card.appointment_id);
  const toCheck = () => go(path, { intent: 'check' });
  const toRoom = () => go(path, { intent: 'enter' });
  switch (step) {
    case 'check':
      return (
        <Act tone="main" large icon={<IconDeviceLaptop aria-hidden />} onClick={toCheck}>
          {home.check}
        </Act>
      );
    case 'enter':
      return (
        <div className={classes.steps}>
          <Act tone="act" large icon={<IconDoorEnter aria-hidden />} onClick={toRoom}>
            {home.enter}
          </Act>
          <Act tone="bare" onClick={toCheck}>
            {home.checkAgain}
          </Act>
        </div>
      );
    case 'rejoin':
      return (
        <Act tone="act" large icon={<IconArrowRight aria-hidden />} onClick={toRoom}>
          {home.rejoin}
        </Act>
      );
  }
}

interface VisitListProps {
  title: string;
  cards: readonly AppointmentCard[];
  services: ServiceNames;
  now: number;
  isPast?: boolean;
  onOpen: (card: AppointmentCard) => void;
}

function VisitList({ title, cards, services, now, isPast, onOpen }: VisitListProps) {
  const { stages, change } = useStrings();
  const time = useTime();
  if (cards.length === 0) return null;
  return (
    <section className={classes.list}>
      <h2>{title}</h2>
      <ul>
        {cards.map((card) => (
          <li key={card.appointment_id} className={classes.row}>
            <Initials name={card.clinician.display_name} />
            <div className={classes.rowText}>
              <p>
                <ServiceName card={card} services={services} />
                {card.clinician.display_name}
              </p>
              <p className="quiet">
                {time.day(card.starts_at, now)}, <bdi>{time.clock(card.starts_at)}</bdi>
              </p>
            </div>
            {isPast ? <Chip>{stages[card.stage]}</Chip> : null}
            <Act
              tone="bare"
              className={classes.rowAct ?? ''}
              aria-label={(isPast ? change.historyFor : change.openFor)(
                time.dayAndClock(card.starts_at, now),
              )}
              onClick={() => onOpen(card)}
            >
              {isPast ? change.history : change.open}
            </Act>
          </li>
        ))}
      </ul>
    </section>
  );
}
