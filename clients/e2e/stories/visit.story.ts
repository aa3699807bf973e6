/** A visit from two links to its end: what everything else stands on. */
import { aHub, story } from '../support/story.ts';

const hub = aHub();

story('two people open two links, meet, see and hear each other', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const ana = await arrive('Ana Example');
  const dr = await arrive('Dr. Bela Demo');

  await ana.opensTheLink(await visit.patientLink());
  await ana.findsTheScreenFit();
  await ana.continues();
  await ana.seesTheCheckDone();
  await ana.findsTheScreenFit();
  await ana.passesTheCheck();
  await ana.waits(dr.name);
  await ana.findsTheScreenFit();

  await dr.comesByLink(await visit.clinicianLink());
  await dr.isInTheVisit();
  await dr.findsTheScreenFit();
  await dr.admits(ana);

  await ana.isInTheVisit();
  await ana.seesAndHears(dr);
  await dr.seesAndHears(ana);
  await ana.findsTheScreenFit();
  await dr.findsTheScreenFit();

  await ana.hasOfferedOnce();
  await dr.hasOfferedOnce();

  await dr.endsTheVisit();
  await ana.reads('Your visit has ended');
  await ana.findsTheScreenFit();
  await dr.seesNobody();
});
