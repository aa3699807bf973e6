import { useBedside, useStore } from '@bedside/client/react';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Lock } from '../account/Lock.tsx';
import { JoinPage } from '../entry/JoinPage.tsx';
import { SignInPage } from '../entry/SignInPage.tsx';
import { wipeDrafts } from '../messages/draft.ts';
import { Act } from '../parts/Act.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { MessagePage } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { useAway } from './away.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { homeOf, mayOpen, type Page } from './pages.ts';
import { useNavigation } from './router.tsx';
import { Shell } from './Shell.tsx';

// A patient on a phone loads none of the clinic's pages.
const Home = lazy(() => import('../patient/HomePage.tsx').then((it) => ({ default: it.HomePage })));
const Book = lazy(() => import('../booking/BookPage.tsx').then((it) => ({ default: it.BookPage })));
const Profile = lazy(() =>
  import('../profile/ProfilePage.tsx').then((it) => ({ default: it.ProfilePage })),
);
const Account = lazy(() =>
  import('../account/AccountPage.tsx').then((it) => ({ default: it.AccountPage })),
);
const Enrol = lazy(() =>
  import('../account/EnrolPage.tsx').then((it) => ({ default: it.EnrolPage })),
);
const OwnAccess = lazy(() =>
  import('../audit/OwnAccessPage.tsx').then((it) => ({ default: it.OwnAccessPage })),
);
const Record = lazy(() =>
  import('../record/RecordPage.tsx').then((it) => ({ default: it.RecordPage })),
);
const Audit = lazy(() =>
  import('../audit/AuditPage.tsx').then((it) => ({ default: it.AuditPage })),
);
const Messages = lazy(() =>
  import('../messages/MessagesPage.tsx').then((it) => ({ default: it.MessagesPage })),
);
const Register = lazy(() =>
  import('../entry/RegisterPage.tsx').then((it) => ({ default: it.RegisterPage })),
);
const Forgot = lazy(() =>
  import('../entry/ForgotPage.tsx').then((it) => ({ default: it.ForgotPage })),
);
const Choose = lazy(() =>
  import('../entry/ChoosePage.tsx').then((it) => ({ default: it.ChoosePage })),
);
const Visit = lazy(() =>
  import('../visit/VisitPage.tsx').then((it) => ({ default: it.VisitPage })),
);
const Today = lazy(() =>
  import('../clinician/TodayPage.tsx').then((it) => ({ default: it.TodayPage })),
);
const Admin = lazy(() =>
  import('../admin/AdminPage.tsx').then((it) => ({ default: it.AdminPage })),
);
const Calendar = lazy(() =>
  import('../calendar/CalendarPage.tsx').then((it) => ({ default: it.CalendarPage })),
);
const Hours = lazy(() =>
  import('../hours/HoursPage.tsx').then((it) => ({ default: it.HoursPage })),
);
const Practice = lazy(() =>
  import('../practice/PracticePage.tsx').then((it) => ({ default: it.PracticePage })),
);
const Charts = lazy(() =>
  import('../chart/ChartsPage.tsx').then((it) => ({ default: it.ChartsPage })),
);
const Chart = lazy(() =>
  import('../chart/ChartPage.tsx').then((it) => ({ default: it.ChartPage })),
);
const Support = lazy(() =>
  import('../support/SupportPage.tsx').then((it) => ({ default: it.SupportPage })),
);
const Supported = lazy(() =>
  import('../support/SupportedPage.tsx').then((it) => ({ default: it.SupportedPage })),
);

/** Chooses the screen by the address and by who is signed in. */
export function App() {
  const { page } = useNavigation();
  const byLink = pageByLink(page);
  const isStarted = useStarted(byLink === null);
  return (
    <ErrorBoundary>
      <Suspense fallback={<Loading />}>
        <Lock>{byLink ?? (isStarted ? <Signed page={page} /> : <Loading />)}</Lock>
      </Suspense>
    </ErrorBoundary>
  );
}

/** Pages that a link leads to, whoever is signed in here: the link says for whom they are. */
function pageByLink({ name }: Page): ReactNode {
  switch (name) {
    case 'join':
      return <JoinPage />;
    case 'reset':
    case 'welcome':
      return <Choose key={name} isNew={name === 'welcome'} />;
    default:
      return null;
  }
}

function Signed({ page }: { page: Page }) {
  const bedside = useBedside();
  const me = useStore(bedside.me);
  const connection = useStore(bedside.connection);
  const { go } = useNavigation();
  const { after } = useStrings();
  useAway();
  useDraftsKept(me?.person_id ?? me?.visit?.participant_id);
  const leadHome = me !== null && !mayOpen(page, me);
  useEffect(() => {
    if (me && leadHome) go(homeOf(me), { replace: true });
  }, [me, leadHome, go]);
  if (connection.reason === 'revoked') {
    return (
      <Shell large width="narrow">
        <MessagePage title={after.revoked} body={after.revokedBody} />
      </Shell>
    );
  }
  if (page.name === 'unknown') return <Unknown />;
  if (!me) return <Nobody page={page} />;
  if (me.must_enrol) return <Enrol />;
  if (leadHome) return <Loading />;
  switch (page.name) {
    case 'start':
      return <Home me={me} />;
    case 'book':
      return <Book me={me} />;
    case 'profile':
      return <Profile />;
    case 'account':
      return <Account me={me} />;
    case 'access':
      return <OwnAccess />;
    case 'record':
      return <Record />;
    case 'audit':
      return <Audit me={me} />;
    case 'messages':
      return <Messages me={me} view={page.view} />;
    case 'clinician':
      return <Today me={me} />;
    case 'admin':
      return <Admin />;
    case 'calendar':
      return <Calendar key={page.personId} me={me} personId={page.personId} />;
    case 'hours':
      return <Hours key={page.personId} me={me} personId={page.personId} />;
    case 'practice':
      return <Practice key={page.personId} me={me} personId={page.personId} />;
    case 'patients':
      if (page.personId === null) return <Charts />;
      return <Chart key={page.personId} patientId={page.personId} />;
    case 'support':
      if (page.personId === null) return <Support />;
      return <Supported key={page.personId} personId={page.personId} />;
    case 'visit':
      return <Visit key={page.appointmentId} appointmentId={page.appointmentId} me={me} />;
    case 'join':
    case 'register':
    case 'forgot':
    case 'reset':
    case 'welcome':
      return null;
  }
}

/** For who is not signed in. */
function Nobody({ page }: { page: Page }) {
  if (page.name === 'register') return <Register />;
  return page.name === 'forgot' ? <Forgot /> : <SignInPage />;
}

/** What somebody had begun to write is not for whoever comes next: it goes with their session, whoever ends that. */
function useDraftsKept(owner: string | undefined): void {
  const before = useRef(owner);
  useEffect(() => {
    if (owner !== undefined) wipeDrafts(owner);
    else if (before.current !== undefined) wipeDrafts(null);
    before.current = owner;
  }, [owner]);
}

function Unknown() {
  const { notFound, common } = useStrings();
  const { go } = useNavigation();
  return (
    <Shell width="narrow">
      <MessagePage title={notFound.title} body={notFound.body}>
        <Act tone="main" large onClick={() => go('/', { replace: true })}>
          {common.goHome}
        </Act>
      </MessagePage>
    </Shell>
  );
}

function Loading() {
  return (
    <Shell>
      <PageSkeleton />
    </Shell>
  );
}

/** Takes up the session of this tab, once. Without one, or without the hub, the person signs in. */
function useStarted(isWanted: boolean): boolean {
  const bedside = useBedside();
  const me = useStore(bedside.me);
  const [isTried, setStarted] = useState(false);
  const isStarted = isTried || me !== null;
  useEffect(() => {
    if (!isWanted || isStarted) return undefined;
    let isCurrent = true;
    const done = () => {
      if (isCurrent) setStarted(true);
    };
    bedside.resume().then((resumed) => {
      // Ended while this page was away. A hub that cannot be reached says nothing about it.
      if (resumed === null) wipeDrafts(null);
      done();
    }, done);
    return () => {
      isCurrent = false;
    };
  }, [bedside, isWanted, isStarted]);
  return isStarted;
}
