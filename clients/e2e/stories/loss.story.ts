/** One packet in twenty is lost, each way. */
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub({ BEDSIDE_MEDIA__LOSE_PERCENT: '5' });
/** Long enough for what is lost to show, s. */
const SPAN = 10;

story(
  'with 5 % of all packets lost the picture is usable and the sound unbroken',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);
    await dr.seesAndHears(ana);

    for (const [one, other] of [
      [ana, dr],
      [dr, ana],
    ] as const) {
      const before = await one.receivesFrom(other);
      // Sound comes evenly, so it is the clock of what is measured.
      const heard = async () => ((await one.receivesFrom(other)).samples - before.samples) / 48_000;
      await expect.poll(heard, { timeout: 3 * SPAN * 1_000 }).toBeGreaterThan(SPAN);
      const after = await one.receivesFrom(other);
      const concealed = (after.concealed - before.concealed) / (after.samples - before.samples);
      expect((after.frames - before.frames) / SPAN, 'frames a second').toBeGreaterThan(5);
      expect(concealed, 'share of sound made up').toBeLessThan(0.05);
    }
  },
);
