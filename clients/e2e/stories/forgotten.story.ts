/** Whoever has forgotten their password comes back by a link from a mail; whoever was invited comes in by one. */
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();
const NEW = 'three green lamps and tea';

async function linkFor(email: string, page: 'reset' | 'welcome'): Promise<string> {
  const links = () => hub().linksByMail(email, page);
  await expect.poll(links, { timeout: 20_000 }).toHaveLength(1);
  return (await links())[0] as string;
}

story('a forgotten password is chosen anew, by keyboard', async ({ arrive }) => {
  const account = await hub().createPerson('Ana Example', 'patient');
  const ana = await arrive('Ana Example', { viewport: { width: 360, height: 740 } });
  await ana.page.goto(hub().url);
  await ana.page.getByRole('link', { name: 'Forgot your password?' }).click();
  await ana.page.getByLabel('E-mail').fill(account.email);
  await ana.findsTheScreenFit();
  await ana.page.keyboard.press('Enter');
  await expect(ana.heading('Look at your e-mail')).toBeFocused();
  await ana.findsTheScreenFit();

  await ana.page.goto('about:blank');
  await ana.page.goto(await linkFor(account.email, 'reset'));
  await ana.page.getByLabel('New password').fill(NEW);
  await ana.findsTheScreenFit();
  await ana.page.keyboard.press('Enter');
  await expect(ana.button('Go to the sign-in')).toBeFocused();
  expect(new URL(ana.page.url()).hash, 'the token is gone from the address').toBe('');
  await ana.findsTheScreenFit();
  await ana.page.keyboard.press('Enter');
  await ana.signsIn({ email: account.email, password: NEW }, hub().url);

  // The link has done what it is for.
  await ana.signsOut();
  await ana.page.goto(await linkFor(account.email, 'reset'));
  await ana.page.getByLabel('New password').fill('three other lamps and tea');
  await ana.button('Save this password').click();
  await expect(ana.heading('This link is not good any more')).toBeVisible();
  await ana.findsTheScreenFit();
});

story('an account is made without a password, and its owner chooses one', async ({ arrive }) => {
  const ada = await arrive('Ada Demo-Admin');
  await ada.signsIn(await hub().adminAccount(), hub().url);
  await ada.page.getByRole('tab', { name: 'People' }).click();
  await ada.button('New person').click();
  const dialog = ada.page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Nora Sample');
  await dialog.getByLabel('E-mail').fill('nora.sample@story.invalid');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const row = ada.page.getByRole('row', { name: /Nora Sample/ });
  await expect(row).toContainText('not yet answered');
  await ada.findsTheScreenFit();

  const nora = await arrive('Nora Sample');
  await nora.page.goto(await linkFor('nora.sample@story.invalid', 'welcome'));
  await expect(nora.heading('Welcome')).toBeVisible();
  await nora.findsTheScreenFit();
  await nora.page.getByLabel('New password').fill(NEW);
  await nora.button('Save this password').click();
  await nora.button('Go to the sign-in').click();
  await nora.signsIn({ email: 'nora.sample@story.invalid', password: NEW }, hub().url);

  await ada.page.reload();
  await ada.page.getByRole('tab', { name: 'People' }).click();
  await expect(row).toContainText('Can sign in');
});
