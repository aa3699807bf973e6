/** What the clinician does in a visit: guests, sending back, muting; and what the others notice of it. */
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story(
  'an interpreter joins without a hitch for the two, and is gone when withdrawn',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);
    await dr.seesAndHears(ana);
    const calm = await ana.watches(dr, 60);

    const ines = await arrive('Ines Interpreter');
    await ines.comesByLink(await dr.invites('Interpreter', ines.name));
    await ines.waits(dr.name);
    const before = [await ana.receivesFrom(dr), await dr.receivesFrom(ana)] as const;
    const watched = ana.watches(dr, 60);
    await dr.admits(ines);
    await ines.isInTheVisit();
    await ines.seesAndHears(ana);
    await ines.seesAndHears(dr);
    await ana.sees(ines.name);
    await dr.sees(ines.name);
    await dr.findsTheScreenFit();

    for (const person of [ana, dr, ines]) await person.hasOfferedOnce();
    const during = await watched;
    // A machine that is short of time freezes pictures by itself: then a freeze proves nothing.
    if (calm.freezes === 0) {
      expect(during.freezes, 'freezes while she joins').toBeLessThanOrEqual(1);
    }
    expect((await ana.receivesFrom(dr)).ssrc).toBe(before[0].ssrc);
    expect((await dr.receivesFrom(ana)).ssrc).toBe(before[1].ssrc);

    await dr.withdraws(ines);
    const withdrawnAt = Date.now();
    await ines.isToldOfTheWithdrawal();
    await ines.seesNobody();
    expect(Date.now() - withdrawnAt, 'until she knows, ms').toBeLessThan(2_000);
    await expect(ana.tile(ines.name)).toHaveCount(0);
    await expect(dr.tile(ines.name)).toHaveCount(0);
    await ines.findsTheScreenFit();
    await ana.seesAndHears(dr);
  },
);

story(
  'the clinician sends the patient back to the waiting room and admits her again',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);

    await dr.sendsBack(ana);
    await ana.waitsAgain();
    await ana.seesNobody();
    await expect(dr.tile(ana.name)).toHaveCount(0);
    await ana.findsTheScreenFit();

    await dr.admits(ana);
    await ana.isInTheVisit();
    await ana.seesAndHears(dr);
    await dr.seesAndHears(ana);
  },
);

story(
  'a screen is shared large, and a microphone is muted by the clinician',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit();
    const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
    await dr.hasAScreenToShare();
    await meet(visit, ana, dr);
    await ana.seesAndHears(dr);

    await dr.sharesTheScreen();
    await ana.sees(`Screen of ${dr.name}`);
    await ana.seesLargest(`Screen of ${dr.name}`);
    await ana.findsTheScreenFit();
    await dr.stopsSharing();
    await expect(ana.tile(`Screen of ${dr.name}`)).toHaveCount(0);
    await ana.seesLargest(dr.name);

    await dr.hears(ana);
    await dr.mutes(ana);
    await ana.readsTheNotice(`${dr.name} muted your microphone. You can turn it on again.`);
    await dr.hearsNothingOf(ana);
    await expect(ana.button('Unmute')).toBeVisible();
    await ana.button('Unmute').click();
    await dr.hears(ana);

    await ana.hasOfferedOnce();
    await dr.hasOfferedOnce();
  },
);
