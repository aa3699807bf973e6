import type { AppointmentCard, Me, PersonId, ServiceCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconArrowLeft } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useNow, useTime, useTitle } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { type Trouble, useAction } from '../parts/trouble.ts';
import { isClosed } from '../patient/next.ts';
import { useStrings } from '../strings/index.ts';
import classes from './book.module.css';
import { ConfirmScreen } from './ConfirmScreen.tsx';
import { bookPath, type ChoiceHere, useChoice } from './choice.ts';
import { DoneScreen } from './DoneScreen.tsx';
import { type Directory, useDirectory } from './directory.ts';
import { useHold } from './hold.ts';
import { PaymentReturn } from './PaymentReturn.tsx';
import { RefusalNote } from './RefusalNote.tsx';
import { ServiceList } from './ServiceList.tsx';
import { TimesScreen } from './TimesScreen.tsx';

/** From "what do you need" to a booked visit; or the same for a visit that is moved. */
export function BookPage({ me }: { me: Me }) {
  const { booking } = useStrings();
  const here = useChoice();
  const { choice } = here;
  const { directory, trouble, reload } = useDirectory();
  const moving = useMoving(choice.moves);
  const [card, setCard] = useState<AppointmentCard | null>(null);
  useTitle(choice.moves ? booking.moveTitle : booking.title);
  if (choice.booked) {
    return (
      <Shell width="narrow" large>
        <DoneScreen
          appointmentId={choice.booked}
          known={card}
          wasMoved={choice.moves !== null}
          services={directory?.services ?? []}
        />
      </Shell>
    );
  }
  if (choice.payment) {
    return (
      <Shell width="narrow" large>
        <PaymentReturn
          key={choice.payment}
          paymentId={choice.payment}
          onDone={(booked, known) => {
            setCard(known);
            here.change({ ...NO_CHOICE, payment: null, booked: booked.appointment_id });
          }}
        />
      </Shell>
    );
  }
  const isReady = directory !== null && (choice.moves === null || moving.card !== null);
  return (
    <Shell width="narrow" large>
      <Failed trouble={trouble ?? moving.trouble} onAgain={trouble ? reload : moving.reload} />
      {isReady ? (
        <Booking me={me} here={here} directory={directory} moved={moving.card} onDone={setCard} />
      ) : trouble || moving.trouble ? null : (
        <PageSkeleton />
      )}
    </Shell>
  );
}

function Failed({ trouble, onAgain }: { trouble: Trouble | null; onAgain: () => void }) {
  const { common } = useStrings();
  if (!trouble) return null;
  return (
    <TroubleNote trouble={trouble}>
      <Act onClick={onAgain}>{common.tryAgain}</Act>
    </TroubleNote>
  );
}

/** The appointment that shall be moved. */
function useMoving(appointmentId: string | null) {
  const bedside = useBedside();
  const [card, setCard] = useState<AppointmentCard | null>(null);
  const { run, trouble } = useAction(async (appointment_id: AppointmentCard['appointment_id']) => {
    setCard(await bedside.call('appointment.read', { appointment_id }));
  });
  const id = appointmentId as AppointmentCard['appointment_id'] | null;
  useEffect(() => {
    if (id) void run(id);
  }, [id, run]);
  return { card, trouble, reload: () => void (id && run(id)) };
}

interface BookingProps {
  me: Me;
  here: ChoiceHere;
  directory: Directory;
  /** The appointment that is moved. */
  moved: AppointmentCard | null;
  onDone: (card: AppointmentCard) => void;
}

function Booking({ me, here, directory, moved, onDone }: BookingProps) {
  const { choice, change } = here;
  const hold = useHold(choice.moves);
  const [place, setPlace] = useState(directory.profile.jurisdiction ?? null);
  const service = serviceOf(directory, moved?.service_id ?? choice.service);
  const { stage } = hold;
  const done = (card: AppointmentCard) => {
    onDone(card);
    hold.used();
    change({ booked: card.appointment_id });
  };
  if (moved && (!service || !canMove(moved))) return <NotMovable isOver={!canMove(moved)} />;
  if (service && stage.at === 'held') {
    return (
      <ConfirmScreen
        key={stage.hold.hold_id}
        me={me}
        service={service}
        stage={stage}
        moved={moved}
        hold={hold}
        onPlace={setPlace}
        onDone={done}
      />
    );
  }
  return (
    <>
      <Heading moved={moved} service={service} onChange={() => change(NO_CHOICE, 'push')} />
      {service ? (
        <TimesScreen
          directory={directory}
          service={service}
          here={here}
          only={moved?.clinician.person_id ?? null}
          place={place}
          onPlace={setPlace}
          isTaking={stage.at === 'taking' ? stage.wanted : null}
          onTake={(wanted) => hold.take(wanted, place)}
        >
          <RefusalNote
            hold={hold}
            onPlace={setPlace}
            canFindOthers={moved === null}
            onFindOthers={(where) => {
              setPlace(where);
              hold.clearRefusal();
              change({ clinician: null, day: null });
            }}
          />
        </TimesScreen>
      ) : (
        <ServiceList
          services={directory.services}
          onChoose={(it) => change({ ...NO_CHOICE, service: it.service_id }, 'push')}
        />
      )}
    </>
  );
}

const NO_CHOICE = { service: null, clinician: null as PersonId | null, day: null };

function serviceOf(directory: Directory, id: ServiceCard['service_id'] | null): ServiceCard | null {
  return directory.services.find((it) => it.service_id === id) ?? null;
}

function canMove(card: AppointmentCard): boolean {
  return card.stage === 'scheduled' && !isClosed(card.stage) && card.starts_at > Date.now();
}

interface HeadingProps {
  moved: AppointmentCard | null;
  service: ServiceCard | null;
  onChange: () => void;
}

function Heading({ moved, service, onChange }: HeadingProps) {
  const { booking } = useStrings();
  const time = useTime();
  const now = useNow();
  const title = useStepFocus(service?.service_id ?? null);
  if (moved) {
    return (
      <div className={classes.heading}>
        <h1 ref={title} tabIndex={-1}>
          {booking.moveTitle}
        </h1>
        <p>
          {booking.moving.now(time.dayAndClock(moved.starts_at, now), moved.clinician.display_name)}
        </p>
        <p className="quiet">{booking.moving.keeps}</p>
      </div>
    );
  }
  if (!service) {
    return (
      <div className={classes.heading}>
        <h1 ref={title} tabIndex={-1}>
          {booking.title}
        </h1>
        <p className="quiet">{booking.steps.service}</p>
      </div>
    );
  }
  return (
    <div className={classes.heading}>
      <h1 ref={title} tabIndex={-1}>
        {service.terms.name}
      </h1>
      <p className={classes.headingLine}>
        <span className="quiet">{booking.services.minutes(service.terms.duration_min)}</span>
        <Act tone="bare" icon={<IconArrowLeft aria-hidden size={20} />} onClick={onChange}>
          {booking.services.change}
        </Act>
      </p>
    </div>
  );
}

/** Where the button that was pressed has gone with its step, the keyboard goes on at the title of the next one. */
function useStepFocus(step: string | null) {
  const title = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step is another screen.
  useEffect(() => {
    if (document.activeElement === document.body) title.current?.focus({ preventScroll: true });
  }, [step]);
  return title;
}

function NotMovable({ isOver }: { isOver: boolean }) {
  const { booking, common } = useStrings();
  const { moving } = booking;
  return (
    <div className={classes.heading}>
      <h1>{isOver ? moving.over : moving.notHere}</h1>
      <p>{isOver ? moving.overBody : moving.notHereBody}</p>
      <p>
        <Link to="/">{common.goHome}</Link>
        {isOver ? (
          <>
            {' · '}
            <Link to={bookPath()}>{booking.title}</Link>
          </>
        ) : null}
      </p>
    </div>
  );
}
