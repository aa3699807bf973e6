/** One visit of the demo's people, photographed where the README speaks of it. */
import { fileURLToPath } from 'node:url';
import type { Person } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';
import { installDrawnCamera, looks } from './drawn.ts';

const hub = aHub();
const folder = fileURLToPath(new URL('../../../docs/images/', import.meta.url));

async function photograph(person: Person, name: string): Promise<void> {
  await person.page.evaluate(() => document.fonts.ready);
  await person.page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled' });
}

/** A picture as large as it will be, and sharp. */
async function hasASharpPicture(person: Person, other: Person): Promise<void> {
  const width = async () => (await person.receives(other.name))?.width ?? 0;
  await expect.poll(width, { timeout: 60_000 }).toBeGreaterThanOrEqual(480);
  await person.watches(other, 120);
}

story('pictures for the README', async ({ arrive }) => {
  const clinicianAccount = await hub().createPerson('Dr. Bela Demo', 'clinician');
  const visit = await hub().plansAVisit({ clinicianAccount });
  await hub().plansAVisit({ clinicianAccount, patient: 'Otto Sample', inMinutes: 75 });
  await hub().plansAVisit({ clinicianAccount, patient: 'Pia Placeholder', inMinutes: 150 });

  const ana = await arrive('Ana Example', { viewport: { width: 390, height: 844 } });
  await ana.page.addInitScript(installDrawnCamera, looks.patient);
  await ana.opensTheLink(await visit.patientLink());
  await ana.continues();
  await ana.seesTheCheckDone();
  await ana.page.setViewportSize({ width: 1280, height: 800 });
  await photograph(ana, 'check');
  await ana.page.setViewportSize({ width: 390, height: 844 });
  await ana.passesTheCheck();
  await ana.waits('Dr. Bela Demo');

  const dr = await arrive('Dr. Bela Demo');
  await dr.page.addInitScript(installDrawnCamera, looks.clinician);
  await dr.signsIn(visit.clinician, hub().url);
  const row = dr.page.locator(`[data-row="${visit.id}"]`);
  await expect(row).toContainText('Waiting');
  await photograph(dr, 'today');
  await row.getByRole('button', { name: 'Admit Ana Example' }).click();
  await dr.seesTheCheckDone();
  await expect(ana.page.getByTestId('host-state')).toContainText(/online|room/);
  await photograph(ana, 'waiting');

  await dr.passesTheCheck();
  await dr.isInTheVisit();
  await ana.page.setViewportSize({ width: 1280, height: 800 });
  await ana.isInTheVisit();
  await hasASharpPicture(ana, dr);
  await hasASharpPicture(dr, ana);
  await photograph(ana, 'call');
  await photograph(dr, 'clinician');
});
