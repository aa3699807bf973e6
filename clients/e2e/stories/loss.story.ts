/** One packet in twenty is lost, each way. */
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub({ BEDSIDE_MEDIA__LOSE_PERCENT: '5' });
/** Long enough for what is lost to show, s. */
const SPAN = 20;

story(
  'with 5 % of all packets lost the picture is usable and the sound unbroken',
  async ({ arrive }) => {
    story.setTimeout(120_000);
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);
    await dr.seesAndHears(ana);

    const both = await Promise.all([ana.listensTo(dr, SPAN), dr.listensTo(ana, SPAN)]);
    for (const hearing of both) {
      if (process.env.BEDSIDE_FIGURES) process.stdout.write(`${JSON.stringify(hearing)}\n`);
      expect(hearing.framesPerSecond).toBeGreaterThan(5);
      // What was lost on the way to the hub is whole again behind it: of 10 % only one half is missed.
      expect(hearing.lost, 'share of sound lost').toBeGreaterThan(0.02);
      expect(hearing.lost, 'share of sound lost').toBeLessThan(0.085);
      expect(hearing.longestMs, 'longest gap').toBeLessThan(120);
    }
    const madeUp = both.reduce((sum, it) => sum + it.madeUp, 0) / both.length;
    expect(madeUp, 'share of sound made up').toBeLessThan(0.01);
  },
);
