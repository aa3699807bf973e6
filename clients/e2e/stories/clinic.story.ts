/** The clinic's own pages, by click, by keyboard and on a telephone. */
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story('the administrator makes people and an appointment, and cancels it', async ({ arrive }) => {
  const ada = await arrive('Ada Demo-Admin');
  await ada.page.goto(hub().url);
  await ada.findsTheScreenFit();
  await ada.fitsOnAPhone();
  await ada.signsIn(await hub().adminAccount(), hub().url);
  await ada.reads('Administration');
  await ada.findsTheScreenFit();

  await ada.page.getByRole('tab', { name: 'People' }).click();
  await ada.button('New person').click();
  const dialog = ada.page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Pia Sample');
  await dialog.getByLabel('E-mail').fill('pia.sample@story.invalid');
  await ada.findsTheScreenFit();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog).toBeHidden();
  await expect(ada.page.getByRole('rowheader', { name: 'Pia Sample' })).toBeVisible();
  await ada.findsTheScreenFit();
  await ada.fitsOnAPhone();

  await ada.page.getByRole('tab', { name: 'Appointments' }).click();
  await ada.button('New appointment').click();
  await dialog
    .getByLabel('Patient', { exact: true })
    .selectOption({ label: 'Pia Sample (pia.sample@story.invalid)' });
  await dialog.getByLabel('Clinician', { exact: true }).selectOption({ index: 1 });
  await dialog.getByLabel('Date').fill('2030-03-12');
  await dialog.getByLabel('Begins at').fill('14:30');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog).toBeHidden();
  const row = ada.page.getByRole('row', { name: /Pia Sample/ });
  await expect(row).toContainText('14:30');
  await expect(row).toContainText('Planned');
  await ada.findsTheScreenFit();
  await ada.fitsOnAPhone();

  await row.getByRole('button', { name: /Cancel/ }).click();
  await ada.page.getByTestId('confirm').click();
  await expect(row).toBeHidden();
  await ada.page.getByLabel('Show closed ones too').check();
  await expect(row).toContainText('Cancelled');
});

story('the clinician’s day changes by itself when the patient comes', async ({ arrive }) => {
  const visit = await hub().plansAVisit({ inMinutes: 5 });
  const dr = await arrive('Dr. Bela Demo');
  await dr.signsIn(visit.clinician, hub().url);
  const row = dr.page.locator(`[data-row="${visit.id}"]`);
  await expect(row).toHaveAttribute('data-state', 'expected');
  await dr.findsTheScreenFit();
  await dr.fitsOnAPhone();

  const ana = await arrive('Ana Example');
  await ana.signsIn(visit.patient, hub().url);
  await ana.reads('Your next visit');
  await ana.findsTheScreenFit();
  await ana.fitsOnAPhone();
  await ana.button('Check your device').click();
  await ana.passesTheCheck();
  await ana.waits(dr.name);

  await expect(row).toHaveAttribute('data-state', 'waits');
  await expect(row).toContainText('Device ok');
  await expect(dr.page.getByText('1 patient waits')).toBeVisible();
  await row.getByRole('button', { name: `Admit ${ana.name}` }).click();
  await dr.passesTheCheck();
  await dr.isInTheVisit();
  await ana.isInTheVisit();
  await ana.seesAndHears(dr);
});

story('from the link to the call on a small telephone', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const ana = await arrive('Ana Example', { viewport: { width: 360, height: 740 } });
  const dr = await arrive('Dr. Bela Demo');
  await ana.opensTheLink(await visit.patientLink());
  await ana.fitsOnAPhone();
  await ana.continues();
  await ana.seesTheCheckDone();
  await ana.fitsOnAPhone();
  await ana.findsTheScreenFit();
  await ana.passesTheCheck();
  await ana.waits(dr.name);
  await ana.fitsOnAPhone();
  await ana.findsTheScreenFit();
  await dr.comesByLink(await visit.clinicianLink());
  await dr.isInTheVisit();
  await dr.admits(ana);
  await ana.isInTheVisit();
  await ana.sees(dr.name);
  await ana.fitsOnAPhone();
  await ana.findsTheScreenFit();
  await dr.fitsOnAPhone();
});

story('by keyboard alone from the link to the waiting room', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const ana = await arrive('Ana Example');
  await ana.opensTheLink(await visit.patientLink());
  await ana.reachesByTab('Continue');
  await ana.page.keyboard.press('Enter');
  await ana.seesTheCheckDone();
  await ana.reachesByTab('Enter waiting room');
  await ana.page.keyboard.press('Enter');
  await ana.waits('Dr. Bela Demo');
  await ana.reachesByTab('Leave');
  await ana.page.keyboard.press('Enter');
  await ana.reads('You left the visit');
  await ana.reachesByTab('Rejoin');
  await ana.page.keyboard.press('Enter');
  await ana.waits('Dr. Bela Demo');
});
