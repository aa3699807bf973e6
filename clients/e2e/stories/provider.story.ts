/** Signing in by a provider that somebody else wrote: linked on the account's page, refused, used, and ended from there. */
import { freePort, Hub } from '../support/hub.ts';
import type { Person } from '../support/people.ts';
import { OpenId } from '../support/provider.ts';
import { expect, story } from '../support/story.ts';

let hub: Hub;
let provider: OpenId;

story.beforeAll(async () => {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  provider = await OpenId.start(url);
  const file = `
[identity]
allow_loopback_providers = true
[[identity.providers]]
id = "sso"
name = "Fictional Sign-in"
issuer = "${provider.issuer}"
client_id = "bedside"
roles = ["patient"]
`;
  hub = await Hub.start({ BEDSIDE_OIDC_SECRET_SSO: 'a fictional secret' }, { port, file });
  await provider.tellsOfLogouts(url);
});

story.afterAll(async () => {
  await hub?.stop();
  provider?.stop();
});

/** What somebody does at the provider. */
async function signsInThere({ page }: Person, who: string): Promise<void> {
  await page.getByLabel('Name').fill(who);
  await page.getByRole('button', { name: 'Go on' }).click();
}

story('an identity is linked, signs in, and ends what it has opened', async ({ arrive }) => {
  const account = await hub.createPerson('Ana Example', 'patient');
  const ana = await arrive('Ana Example');
  await ana.page.goto(hub.url);
  await ana.findsTheScreenFit();
  await ana.button('Sign in with Fictional Sign-in').click();
  await ana.page.getByRole('button', { name: 'Rather not' }).click();
  await expect(ana.page.getByText('You were not signed in there')).toBeVisible();
  expect(new URL(ana.page.url()).hash).toBe('');
  await ana.button('Sign in with Fictional Sign-in').click();
  await signsInThere(ana, 'ana');
  await expect(ana.page.getByText('No account here goes with that sign-in')).toBeVisible();
  await ana.findsTheScreenFit();

  await ana.signsIn(account, hub.url);
  await ana.page.goto(`${hub.url}/account`);
  await ana.button('Link Fictional Sign-in').click();
  // The provider knows her by now, and asks all the same: what is linked is hers, and not of whoever sat there before.
  await signsInThere(ana, 'ana');
  await expect(ana.button('Unlink Fictional Sign-in')).toBeVisible();
  await ana.findsTheScreenFit();

  const again = await arrive('Ana Example');
  await again.page.goto(hub.url);
  await again.tabsTo(again.button('Sign in with Fictional Sign-in'));
  await again.page.keyboard.press('Enter');
  await signsInThere(again, 'ana');
  await expect(again.button('Sign in with Fictional Sign-in')).toHaveCount(0);
  await expect(again.page.getByRole('link', { name: /^Messages/ })).toBeVisible();

  // She signs out there, in another tab.
  const tab = await again.context.newPage();
  await tab.goto(`${provider.issuer}/session/end`);
  await tab.getByRole('button', { name: 'Yes, sign me out' }).click();
  await expect(again.button('Sign in with Fictional Sign-in')).toBeVisible();
  await ana.page.reload();
  await expect(ana.button('Unlink Fictional Sign-in')).toBeVisible();

  await ana.button('Unlink Fictional Sign-in').click();
  await ana.findsTheScreenFit();
  await ana.button('Unlink it').click();
  await expect(ana.page.getByText('None does yet.')).toBeVisible();
});

story('it fits a telephone', async ({ arrive }) => {
  const account = await hub.createPerson('Dora Example', 'patient');
  const dora = await arrive('Dora Example', { viewport: { width: 390, height: 844 } });
  await dora.page.goto(hub.url);
  await expect(dora.button('Sign in with Fictional Sign-in')).toBeVisible();
  await dora.findsTheScreenFit();
  await dora.signsIn(account, hub.url);
  await dora.page.goto(`${hub.url}/account`);
  await expect(dora.button('Link Fictional Sign-in')).toBeVisible();
  await dora.findsTheScreenFit();
});
