/** A hub that speaks TLS itself: who types the plain address comes to the secure one, and a visit goes on as anywhere. */
import { rm } from 'node:fs/promises';
import { ownCertificate, trustNobody } from '../support/certificate.ts';
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

let folder: string | undefined;
const hub = aHub(async () => {
  const made = await ownCertificate();
  folder = made.folder;
  return made.settings;
});
story.afterAll(async () => {
  trustNobody();
  if (folder) await rm(folder, { recursive: true, force: true });
});

story("two meet over the hub's own TLS", async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const own = { ignoreHTTPSErrors: true };
  const [ana, dr] = [await arrive('Ana Example', own), await arrive('Dr. Bela Demo', own)];
  await meet(visit, ana, dr);
  await ana.seesAndHears(dr);
  await dr.seesAndHears(ana);
  const cookies = await ana.page.context().cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const it of cookies) expect([it.secure, it.sameSite], it.name).toEqual([true, 'Strict']);
});

story('the plain address sends somebody on, and a call back', async ({ arrive }) => {
  const ana = await arrive('Ana Example', { ignoreHTTPSErrors: true });
  await ana.page.goto(hub().plainUrl);
  await expect(ana.heading('Sign in')).toBeVisible();
  expect(new URL(ana.page.url()).origin).toBe(hub().url);
  const call = await fetch(`${hub().plainUrl}/v1/me`, { headers: { authorization: 'Bearer a' } });
  expect(call.status).toBe(426);
  expect(await call.json()).toMatchObject({ code: 'tls_required' });
});
