/** Who gets in and who does not; what a person learns before and what is left after. */
import { chromium } from '@playwright/test';
import { askingLaunchOptions } from '../support/browser.ts';
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story(
  'a used, a broken and an outdated link each say what to do, with a code',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const ana = await arrive('Ana Example');
    const link = await visit.patientLink();
    await ana.comesByLink(link);
    await ana.waits('Dr. Bela Demo');

    const eve = await arrive('Eve Example');
    const isRefused = async (url: string, title: string, code: number | null) => {
      await eve.page.goto('about:blank');
      await eve.page.goto(url);
      const door = eve.button('Continue');
      if (code !== null) await door.click();
      await eve.reads(title);
      if (code !== null) await expect(eve.page.getByText(`Code ${code}`)).toBeVisible();
      await expect(eve.button('Sign in instead')).toBeVisible();
      await eve.findsTheScreenFit();
    };
    await isRefused(link, 'This link was already used', 2005);
    await isRefused(`${hub().url}/join#${'A'.repeat(43)}`, 'This link does not work', 2003);
    await isRefused(`${hub().url}/join#half`, 'This link is incomplete', null);

    const late = await visit.patientLink();
    await hub().cancels(visit);
    await ana.reads('This visit was cancelled');
    await isRefused(late, 'This visit is over', 4100);
  },
);

story('who is not admitted learns nothing of anybody but the clinician', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const dr = await arrive('Dr. Bela Demo');
  await dr.comesByLink(await visit.clinicianLink());
  await dr.isInTheVisit();
  const ines = await arrive('Ines Interpreter');
  await ines.comesByLink(await dr.invites('Interpreter', ines.name));
  await dr.admits(ines);
  await ines.seesAndHears(dr);

  const ana = await arrive('Ana Example');
  await ana.comesByLink(await visit.patientLink());
  await ana.waits(dr.name);
  // What happens inside meanwhile is not told to her either.
  await ines.button('Turn camera off').click();
  await dr.seesCameraOff(ines);
  await dr.button('Mute').click();
  await expect(dr.button('Unmute')).toBeVisible();

  const known = await ana.waysToOthers();
  expect(known).toMatchObject({ remoteVideos: 0, remoteDescriptions: 0, remoteCandidates: 0 });
  expect(known.text).toContain(dr.name);
  expect(known.text).not.toContain(ines.name);
  const told = Buffer.concat(ana.heard).toString('latin1');
  expect(told).toContain(dr.name);
  expect(told).not.toContain(ines.name);
  expect(told).not.toMatch(/candidate:|ice-ufrag/);
});

story('a refused camera is explained, and the visit goes on with sound', async ({ arrive }) => {
  const asking = await chromium.launch(askingLaunchOptions);
  try {
    const visit = await hub().plansAVisit();
    const ana = await arrive('Ana Example', { browser: asking, permissions: ['microphone'] });
    const dr = await arrive('Dr. Bela Demo');
    await ana.opensTheLink(await visit.patientLink());
    await ana.continues();
    await expect(ana.page.getByText('Your browser does not let us use the camera.')).toBeVisible();
    await expect(ana.page.getByRole('button', { name: 'Try again: Camera' })).toBeVisible();
    await expect(ana.page.getByText('We can hear you.')).toBeVisible();
    await ana.findsTheScreenFit();
    await ana.button('Enter waiting room').click();
    await ana.waits(dr.name);

    await dr.comesByLink(await visit.clinicianLink());
    await expect(dr.page.getByText('Camera not allowed')).toBeVisible();
    await dr.admits(ana);
    await ana.isInTheVisit();
    await ana.seesAndHears(dr);
    await dr.hears(ana);
    await dr.seesCameraOff(ana);
  } finally {
    await asking.close();
  }
});

story(
  'signing out leaves nothing behind, and the back button shows nothing',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);
    await dr.endsTheVisit();
    await ana.reads('Your visit has ended');
    await ana.signsOut();

    const kept = await ana.everythingKept();
    for (const secret of [ana.name, dr.name, visit.id, visit.patient.email, 'eyJ']) {
      expect(kept).not.toContain(secret);
    }
    expect(JSON.parse(kept)).toMatchObject({ session: {}, cookies: '', databases: [], caches: [] });
    expect(await ana.page.context().cookies()).toEqual([]);
    await ana.page.goBack();
    await expect(ana.page.locator('body')).not.toContainText(dr.name);
    await expect(ana.page.locator('body')).not.toContainText('Your visit');
  },
);
