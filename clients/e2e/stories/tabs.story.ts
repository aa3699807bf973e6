/** One person in several tabs: one of them sends at a time, and all of them show the same. */
import { laterToday } from '../support/hub.ts';
import { aHub, expect, story } from '../support/story.ts';
import { Wire } from '../support/wire.ts';

const hub = aHub({ BEDSIDE_ALLOWED_ORIGINS: `["http://localhost:${Wire.port}"]` });

story(
  'the tab that sends is closed while its messages wait, and the other one goes on',
  async ({ arrive }) => {
    const wire = await Wire.to(hub().url);
    try {
      const visit = await hub().plansAVisit({ inMinutes: laterToday() });
      const first = await arrive('Ana Example');
      const dr = await arrive('Dr. Bela Demo');
      await dr.signsIn(visit.clinician, hub().url);
      await dr.button('Write a message to Ana Example').click();
      await dr.writes('Good morning.');

      // The first tab is the one that sends: it was there first.
      await first.signsIn(visit.patient, wire.through(hub().url));
      await first.page.getByRole('link', { name: /^Messages/ }).click();
      await first.page.getByRole('link', { name: /Good morning/ }).click();
      await first.hasReadInOrder(['Good morning.']);
      const thread = first.page.url();
      await first.writes('Zero from the first tab');
      await first.seesTheState('Read');

      // What the hub answers to it is lost from here on, and it cannot know whether its message came there.
      wire.deafens();
      await first.writes('One from the first tab');
      await first.writes('Two from the first tab');
      await expect(first.inTheThread('Sending')).toHaveCount(2);

      const second = await first.opensAnotherTab();
      await second.signsIn(visit.patient, wire.through(hub().url));
      await second.page.goto(thread);
      await second.seesTheThread();
      await second.writes('Three from the second tab');
      await expect(second.inTheThread('Three from the second tab')).toBeVisible();
      // It waits for the first one's turn to end.
      await expect(dr.inTheThread('One from the first tab')).toBeVisible();
      await expect(dr.inTheThread('Three from the second tab')).toHaveCount(0);
      await expect(dr.inTheThread('Two from the first tab')).toHaveCount(0);

      await first.closesTheTab();
      for (const person of [second, dr]) {
        await person.hasReadInOrder([
          'Good morning.',
          'Zero from the first tab',
          'One from the first tab',
          'Two from the first tab',
          'Three from the second tab',
        ]);
      }
      await expect(second.inTheThread('Sending')).toHaveCount(0);
      await expect.poll(() => second.everythingInTheOutbox()).toBe('[[],[]]');
    } finally {
      await wire.close();
    }
  },
);

story('what is written, typed and read shows in every tab', async ({ arrive }) => {
  const visit = await hub().plansAVisit({ inMinutes: laterToday() });
  const one = await arrive('Ana Example');
  const dr = await arrive('Dr. Bela Demo');
  await one.signsIn(visit.patient, hub().url);
  await one.button(/^Change or cancel/).click();
  await one.button(/^Write a message to/).click();
  await one.seesTheThread();
  const other = await one.opensAnotherTab();
  await other.signsIn(visit.patient, hub().url);
  await other.page.goto(one.page.url());
  await other.seesTheThread();
  await dr.signsIn(visit.clinician, hub().url);
  await dr.button('Write a message to Ana Example').click();
  await dr.seesTheThread();

  await dr.begins('I am just');
  for (const tab of [one, other]) {
    await expect(tab.page.getByTestId('typing')).toHaveText('Dr. Bela Demo is writing …');
  }
  await one.writes('From one tab');
  await other.hasReadInOrder(['From one tab']);

  // Neither tab shows the thread any more, both count what was not read, and reading it in one clears both.
  for (const tab of [one, other]) await tab.page.getByRole('link', { name: 'My visits' }).click();
  await dr.writes('A word to you');
  const news = /^Messages\s*2 new messages/;
  for (const tab of [one, other]) {
    await expect(tab.page.getByRole('link', { name: news })).toBeVisible();
  }
  await one.page.getByRole('link', { name: news }).click();
  await one.page.getByRole('link', { name: /A word to you/ }).click();
  await one.hasReadInOrder(['From one tab', 'A word to you']);
  await expect(other.page.getByRole('link', { name: /^Messages\s*1 new message/ })).toBeVisible();
  await dr.seesTheState('Read');
});
