/** A patient in Firefox and a clinician in Chromium: two independent makers of WebRTC meet at the hub. */
import { click, firefoxPath, launchFirefox, reads } from '../support/firefox.ts';
import { installProbe, measureTile } from '../support/probe.ts';
import { aHub, expect, story } from '../support/story.ts';

// Firefox makes no pair with 127.0.0.1, so the hub listens on all addresses of the machine.
const hub = aHub({ BEDSIDE_MEDIA__LISTEN: '0.0.0.0:0' });

story(
  'a patient in Firefox and a clinician in Chromium see and hear each other',
  async ({ arrive }) => {
    story.skip(!firefoxPath, 'FIREFOX IS NOT INSTALLED: nobody has looked whether it works');
    story.setTimeout(120_000);
    const visit = await hub().plansAVisit();
    const firefox = await launchFirefox(firefoxPath ?? '');
    try {
      const ana = await firefox.newPage();
      const troubles: string[] = [];
      ana.on('pageerror', (error) => troubles.push(String(error)));
      await ana.evaluateOnNewDocument(installProbe);
      await ana.goto(await visit.patientLink());
      await click(ana, 'Continue');
      await reads(ana, 'Good: sound and picture will be clear.');
      await click(ana, 'Enter waiting room');
      await reads(ana, `You will see ${visit.clinician.display_name}`);

      const dr = await arrive('Dr. Bela Demo');
      await dr.comesByLink(await visit.clinicianLink());
      await dr.isInTheVisit();
      await dr.page.getByRole('button', { name: 'Admit Ana Example' }).click();
      await dr.sees('Ana Example', 30_000);
      await dr.hears({ name: 'Ana Example' });

      const received = () => ana.evaluate(measureTile, dr.name);
      const frames = async () => (await received())?.frames ?? 0;
      await expect.poll(frames, { timeout: 30_000 }).toBeGreaterThan(20);
      await expect.poll(async () => (await received())?.energy ?? 0).toBeGreaterThan(1e-5);
      expect(troubles).toEqual([]);
    } finally {
      await firefox.close();
    }
  },
);
