/** What breaks on the way and what goes on all the same. */
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';
import { Wire } from '../support/wire.ts';

const hub = aHub({ BEDSIDE_ALLOWED_ORIGINS: `["http://localhost:${Wire.port}"]` });

story(
  'whoever reloads the page is back in the visit without being admitted again',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);

    await ana.page.reload();
    await ana.isInTheVisit();
    await ana.seesAndHears(dr);
    await dr.seesAndHears(ana);

    await dr.page.reload();
    await dr.isInTheVisit();
    await dr.seesAndHears(ana);
    await ana.seesAndHears(dr);

    const entries = await hub().attendance(visit);
    expect(entries.filter((it) => it.what === 'admitted')).toHaveLength(1);
    expect(entries.filter((it) => it.what === 'left')).toEqual([]);
    expect(entries.map((it) => it.number)).toEqual(entries.map((_, index) => index + 1));
  },
);

story('the socket is cut: picture and sound go on, and the page catches up', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const wire = await Wire.to(hub().url);
  try {
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(
      { ...visit, patientLink: async () => wire.through(await visit.patientLink()) },
      ana,
      dr,
    );
    await ana.seesAndHears(dr);

    wire.cut();
    const banner = ana.page.getByTestId('connection-banner');
    await expect(banner).toContainText('Sound and picture go on meanwhile.');
    await ana.seesAndHears(dr);
    await dr.seesAndHears(ana);
    await ana.findsTheScreenFit();
    await dr.button('Turn camera off').click();

    wire.mend();
    await expect(banner).toBeHidden();
    await ana.seesCameraOff(dr);
    await ana.hasOfferedOnce();
    const kinds = (await hub().attendance(visit)).map((it) => it.what);
    expect(kinds).not.toContain('left');
  } finally {
    await wire.close();
  }
});

story('the media worker dies: sound and picture are back, and nobody left', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
  await meet(visit, ana, dr);
  await ana.seesAndHears(dr);
  await dr.seesAndHears(ana);

  await hub().killsTheMediaWorker();
  await ana.losesTheTransport();
  await ana.seesAndHears(dr, 10_000);
  await dr.seesAndHears(ana, 10_000);

  const kinds = (await hub().attendance(visit)).map((it) => it.what);
  expect(kinds).not.toContain('left');
  expect(kinds).not.toContain('connection_lost');
});
