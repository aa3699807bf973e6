import type { Me } from '@bedside/client';
import { useBedside, usePending, useStore } from '@bedside/client/react';
import { ActionIcon, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import {
  IconEye,
  IconFileText,
  IconLock,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useCallOnScreen } from '../account/locked.ts';
import { unreadNotices, useInbox } from '../inbox/inbox.tsx';
import { wipeDrafts } from '../messages/draft.ts';
import { useMail } from '../messages/mail.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { Initials } from '../parts/Initials.tsx';
import { type Strings, useStrings } from '../strings/index.ts';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { calendarPath, homeOf, hoursPath, type Page, practicePath, supportPath } from './pages.ts';
import { Link, useNavigation } from './router.tsx';
import classes from './shell.module.css';

export interface ShellProps {
  children: ReactNode;
  /** The call takes the whole window; the header steps aside. */
  inCall?: boolean;
  /** Sound and picture run, whatever becomes of the socket. */
  isMediaUp?: boolean;
  /** The page has its own places that scroll, and takes the window's height. */
  fills?: boolean;
  /** How wide the text may run. */
  width?: 'narrow' | 'medium' | 'wide';
  /** Patients get larger type. */
  large?: boolean;
}

/** Header, banner and the main landmark around every screen. */
export function Shell({
  children,
  inCall = false,
  isMediaUp = false,
  width = 'wide',
  large = false,
  fills = false,
}: ShellProps) {
  const { common } = useStrings();
  const me = useStore(useBedside().me);
  useCallOnScreen(inCall);
  return (
    <>
      <a className={classes.skip} href="#main">
        {common.skipToContent}
      </a>
      {inCall ? null : <Header me={me} />}
      <ConnectionBanner isMediaUp={isMediaUp} />
      <main
        id="main"
        tabIndex={-1}
        className={inCall ? classes.mainCall : classes.main}
        data-width={width}
        data-large={large}
        data-call={inCall || undefined}
        data-fills={fills || undefined}
      >
        {children}
      </main>
    </>
  );
}

function Header({ me }: { me: Me | null }) {
  const { product, header, scheduleNav, audit } = useStrings();
  const { page } = useNavigation();
  const unread = unreadNotices(useInbox().messages) + useMail(me);
  const links = me ? linksOf(me, page, { ...header, ...scheduleNav, audit: audit.search.nav }) : [];
  return (
    <header className={classes.header}>
      <div className={classes.headerInner}>
        <Link to={me ? homeOf(me) : '/'} className={classes.brand}>
          <img src="/icon.svg" alt="" width="30" height="30" />
          <span>{product}</span>
        </Link>
        {links.length > 0 ? (
          <nav aria-label={header.navigation} className={classes.nav}>
            {links.map((it) => (
              <Link key={it.to} to={it.to} current={it.current} className={classes.navLink}>
                {it.label}
              </Link>
            ))}
            <MessagesLink unread={unread} isCurrent={page.name === 'messages'} />
          </nav>
        ) : null}
        <div className={classes.headerEnd}>
          <SchemeToggle />
          {me ? <PersonMenu me={me} /> : null}
        </div>
      </div>
    </header>
  );
}

type NavWords = Strings['header'] & Strings['scheduleNav'] & { audit: string };

function linksOf(me: Me, page: Page, words: NavWords) {
  // Nothing else opens before there is a second step.
  if (me.visit || me.must_enrol) return [];
  const link = (to: string, label: string, name: Page['name']) => ({
    to,
    label,
    current: page.name === name,
  });
  const schedule = [
    link(calendarPath(null), words.calendar, 'calendar'),
    link(hoursPath(null), words.hours, 'hours'),
    link(practicePath(null), words.practice, 'practice'),
  ];
  if (me.role === 'clinician') return [link('/clinician', words.today, 'clinician'), ...schedule];
  if (me.role === 'admin') {
    return [link('/admin', words.admin, 'admin'), link('/audit', words.audit, 'audit')];
  }
  if (me.role === 'support') return [link(supportPath(null), words.support, 'support')];
  const visits = link('/', words.visits, 'start');
  if (me.role === 'interpreter') return [visits, ...schedule];
  return me.role === 'patient' ? [visits, link('/book', words.book, 'book')] : [visits];
}

function MessagesLink({ unread, isCurrent }: { unread: number; isCurrent: boolean }) {
  const { inbox } = useStrings();
  return (
    <Link to="/messages" current={isCurrent} className={classes.navLink}>
      {inbox.title}
      {unread > 0 ? (
        <span className={classes.count}>
          <span className="hidden">{inbox.unread(unread)}</span>
          <span aria-hidden="true">{unread}</span>
        </span>
      ) : null}
    </Link>
  );
}

function SchemeToggle() {
  const { header } = useStrings();
  // Mantine would turn transitions off by a <style> element, which the page's policy refuses.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const isDark = useComputedColorScheme('light') === 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={44}
      radius="xl"
      className={classes.iconButton ?? ''}
      aria-label={isDark ? header.light : header.dark}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <IconSun aria-hidden /> : <IconMoon aria-hidden />}
    </ActionIcon>
  );
}

function PersonMenu({ me }: { me: Me }) {
  const { header, roles, audit, record } = useStrings();
  const bedside = useBedside();
  const { go } = useNavigation();
  const [isAsking, setAsking] = useState(false);
  const signOut = async () => {
    setAsking(false);
    wipeDrafts(null);
    try {
      await bedside.signOut();
    } catch {
      // The hub did not hear it; what this browser holds goes all the same.
      bedside.reset();
    }
    go('/', { replace: true });
  };
  // What waits here goes with the sign-out, so that nobody else finds it.
  const askOrSignOut = () => (bedside.pendingCount > 0 ? setAsking(true) : void signOut());
  return (
    <>
      <Menu
        position="bottom-end"
        radius="md"
        width={240}
        withinPortal={false}
        withInitialFocusPlaceholder={false}
        transitionProps={{ duration: 0 }}
      >
        <Menu.Target>
          <button type="button" className={classes.person}>
            <Initials name={me.display_name} />
            <span className="hidden">{header.menu(me.display_name)}</span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label className={classes.personCard ?? ''}>
            <span className={classes.personName}>{me.display_name}</span>
            <span>{roles[me.role]}</span>
          </Menu.Label>
          {me.role === 'patient' && !me.visit ? (
            <Menu.Item
              leftSection={<IconUser aria-hidden size={20} />}
              className={classes.menuItem ?? ''}
              onClick={() => go('/profile')}
            >
              {header.profile}
            </Menu.Item>
          ) : null}
          {me.role === 'patient' && !me.visit ? (
            <Menu.Item
              leftSection={<IconFileText aria-hidden size={20} />}
              className={classes.menuItem ?? ''}
              onClick={() => go('/record')}
            >
              {record.nav}
            </Menu.Item>
          ) : null}
          {me.role === 'patient' && !me.visit ? (
            <Menu.Item
              leftSection={<IconEye aria-hidden size={20} />}
              className={classes.menuItem ?? ''}
              onClick={() => go('/access')}
            >
              {audit.own.nav}
            </Menu.Item>
          ) : null}
          {me.visit ? null : (
            <Menu.Item
              leftSection={<IconLock aria-hidden size={20} />}
              className={classes.menuItem ?? ''}
              onClick={() => go('/account')}
            >
              {audit.account.nav}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconLogout aria-hidden size={20} />}
            className={classes.menuItem ?? ''}
            onClick={askOrSignOut}
          >
            {header.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <UnsentDialog isOpen={isAsking} onConfirm={signOut} onClose={() => setAsking(false)} />
    </>
  );
}

interface UnsentDialogProps {
  isOpen: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before messages are deleted that nobody has received. */
function UnsentDialog({ isOpen, onConfirm, onClose }: UnsentDialogProps) {
  const words = useStrings().messages.signOut;
  const pending = usePending(useBedside());
  const refused = pending.filter((it) => it.fault).length;
  const waiting = pending.length - refused;
  const body = [
    words.body,
    ...(waiting > 0 ? [words.waiting(waiting)] : []),
    ...(refused > 0 ? [words.refused(refused)] : []),
  ];
  return (
    <Confirm
      title={words.title(pending.length)}
      body={body.join(' ')}
      confirm={words.confirm}
      keep={words.keep}
      isOpen={isOpen}
      isRunning={false}
      trouble={null}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
