/** Passkeys, by a browser that makes them: set up, signed in with, asked for a sensitive thing, refused and taken away. */
import { Authenticator } from '../support/authenticator.ts';
import type { Person } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

/** Adds a passkey on the account's page, by keyboard. */
async function addsAPasskey(who: Person, name: string): Promise<void> {
  await who.tabsTo(who.button('Add a passkey'));
  await who.page.keyboard.press('Enter');
  await who.page.getByLabel('What to call it').fill(name);
  await who.findsTheScreenFit();
  await who.page.keyboard.press('Enter');
}

async function signsInByPasskey(who: Person): Promise<void> {
  await who.tabsTo(who.button('Sign in with a passkey'));
  await who.page.keyboard.press('Enter');
}

const isSignedIn = (who: Person) =>
  expect(who.page.getByRole('link', { name: /^Messages/ })).toBeVisible();

story('a passkey is set up, and signs in without a password', async ({ arrive }) => {
  const account = await hub().createPerson('Ana Example', 'patient');
  const ana = await arrive('Ana Example');
  const device = await Authenticator.of(ana.page);
  await ana.signsIn(account, hub().url);
  await ana.page.goto(`${hub().url}/account`);
  await addsAPasskey(ana, 'Laptop');
  await expect(ana.heading('Your recovery codes')).toBeVisible();
  await ana.findsTheScreenFit();
  await ana.button('I have kept them').click();
  await expect(ana.button('Remove Laptop')).toBeVisible();
  const [key] = await device.keys();
  expect(key).toMatchObject({ isResidentCredential: true, rpId: 'localhost' });

  await ana.signsOut();
  await signsInByPasskey(ana);
  await isSignedIn(ana);

  // With the password it is the second step.
  await ana.signsOut();
  await ana.page.getByLabel('E-mail').fill(account.email);
  await ana.page.getByLabel('Password', { exact: true }).fill(account.password);
  await ana.button('Sign in').click();
  await expect(ana.heading('One more step')).toBeVisible();
  await ana.findsTheScreenFit();
  await ana.button('Use passkey').click();
  await isSignedIn(ana);

  // Taken away here, it stays on the device, and opens nothing.
  await ana.page.goto(`${hub().url}/account`);
  await ana.button('Remove Laptop').click();
  await ana.button('Remove it').click();
  await expect(ana.page.getByText('There is none yet.')).toBeVisible();
  await ana.signsOut();
  await signsInByPasskey(ana);
  await expect(ana.page.getByText('This passkey opens nothing here')).toBeVisible();
  await ana.findsTheScreenFit();
  await ana.signsIn(account, hub().url);
  await isSignedIn(ana);
});

story('what the device does not confirm opens nothing', async ({ arrive }) => {
  const account = await hub().createPerson('Dora Example', 'patient');
  const dora = await arrive('Dora Example', { viewport: { width: 390, height: 844 } });
  const device = await Authenticator.of(dora.page);
  await dora.signsIn(account, hub().url);
  await dora.page.goto(`${hub().url}/account`);
  // A finger that the device does not know.
  await device.feelsItsOwner(false);
  await addsAPasskey(dora, 'Telephone');
  await expect(dora.page.getByText('The passkey was not used')).toBeVisible();
  await dora.findsTheScreenFit();
  expect(await device.keys()).toEqual([]);
  await device.feelsItsOwner(true);
  await dora.page.getByRole('dialog').getByRole('button', { name: 'Continue' }).click();
  await dora.button('I have kept them').click();

  await dora.signsOut();
  await device.feelsItsOwner(false);
  await signsInByPasskey(dora);
  await expect(dora.page.getByText('The passkey was not used')).toBeVisible();
  await dora.findsTheScreenFit();
  await device.feelsItsOwner(true);
  await signsInByPasskey(dora);
  await isSignedIn(dora);
});

story('a copy of a passkey is found out', async ({ arrive }) => {
  const account = await hub().createPerson('Eva Example', 'patient');
  const eva = await arrive('Eva Example');
  const device = await Authenticator.of(eva.page);
  await eva.signsIn(account, hub().url);
  await eva.page.goto(`${hub().url}/account`);
  await addsAPasskey(eva, 'Laptop');
  await eva.button('I have kept them').click();
  const [before] = await device.keys();
  if (!before) throw new Error('the device has no key');
  await eva.signsOut();
  await signsInByPasskey(eva);
  await isSignedIn(eva);

  // The counter of a copy goes back.
  await eva.signsOut();
  await device.putsBack({ ...before, signCount: 0 });
  await signsInByPasskey(eva);
  await expect(eva.page.getByText('This passkey opens nothing here')).toBeVisible();
  await expect(eva.heading('Sign in')).toBeVisible();
  await eva.findsTheScreenFit();
});
