/** EVERY PAGE, and for whom it is: from the portals' own table, so that whoever adds a page has it visited too. */
import type { Me, Role } from '@bedside/client';
import { type Behind, mayOpen, PAGES, type PageName, pageOf } from '../../portals/src/app/pages.ts';

/** Those who have an account. Others come by a link, into one visit. */
export type AccountRole = Exclude<Role, 'caregiver' | 'colleague'>;

/** All of them: a role that is new is missed by the compiler. */
export const ACCOUNT_ROLES = Object.keys({
  patient: 0,
  clinician: 0,
  interpreter: 0,
  admin: 0,
  support: 0,
} satisfies Record<AccountRole, 0>) as AccountRole[];

/** What stands in addresses. */
export interface Ids {
  visit: string;
  person: string;
  conversation: string;
}

/** Every form that the address of a page has. */
const FORMS: Record<Behind, (word: string, ids: Ids) => string[]> = {
  nothing: (word) => [word],
  visit: (word, { visit }) => [`${word}/${visit}`],
  'perhaps a person': (word, { person }) => [word, `${word}/${person}`],
  'perhaps a conversation': (word, { conversation }) => [
    word,
    `${word}/notices`,
    `${word}/${conversation}`,
  ],
};

export const NAMES = Object.keys(PAGES) as PageName[];
/** An address of no page. */
export const NOWHERE = '/nowhere';

export function addressesOf(name: PageName, ids: Ids): string[] {
  return FORMS[PAGES[name]](name === 'start' ? '/' : `/${name}`, ids);
}

/** All that somebody of this role may open. */
export function pagesOf(role: AccountRole, ids: Ids): string[] {
  const me = { role } as Me;
  return NAMES.flatMap((name) => addressesOf(name, ids)).filter((it) => mayOpen(pageOf(it), me));
}
