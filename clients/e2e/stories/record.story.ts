/** A patient's own record, and what the administrator does with it: by keyboard, on a telephone, against the real hub. */
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story(
  'a patient agrees, takes a copy and is erased when nothing stands against it',
  async ({ arrive }) => {
    const account = await hub().createPerson('Rita Record', 'patient');
    const rita = await arrive('Rita Record');
    await rita.signsIn(account, hub().url);
    await rita.page.goto(`${hub().url}/record`);
    await expect(rita.heading('My record')).toBeVisible();
    await expect(rita.page.getByRole('listitem').getByRole('heading').first()).toBeVisible();
    await rita.findsTheScreenFit();
    await rita.fitsOnAPhone();

    const first = rita.page.getByRole('listitem').filter({ has: rita.page.getByRole('button') });
    const agree = first.first().getByRole('button');
    const named = await agree.getAttribute('aria-label');
    await rita.tabsTo(agree);
    await rita.page.keyboard.press('Enter');
    const dialog = rita.page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await rita.findsTheScreenFit();
    await rita.tabsTo(dialog.getByRole('button').last());
    await rita.page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    await expect(first.first().getByRole('button')).not.toHaveAttribute('aria-label', named ?? '');

    await rita.tabsTo('Make a copy');
    await rita.page.keyboard.press('Enter');
    await expect(rita.page.getByRole('button', { name: /^Save/ }).first()).toBeVisible();
    await rita.findsTheScreenFit();

    for (const which of ['Ask to erase my conversations', 'Ask for erasure of everything']) {
      await rita.tabsTo(which);
      await rita.page.keyboard.press('Enter');
      await expect(dialog).toBeVisible();
      await rita.findsTheScreenFit();
      await dialog.getByTestId('confirm').press('Enter');
      await expect(dialog).toBeHidden();
      await rita.findsTheScreenFit();
      await rita.fitsOnAPhone();
    }

    const ada = await arrive('Ada Demo-Admin');
    await ada.signsIn(await hub().adminAccount(), hub().url);
    await ada.page.goto(`${hub().url}/admin?tab=records`);
    const row = ada.page.getByRole('row', { name: /Rita Record/ });
    await expect(row.filter({ hasText: 'Conversations only' })).toBeVisible();
    await expect(row.filter({ hasText: 'Everything' })).toBeVisible();
    await ada.findsTheScreenFit();
    await ada.fitsOnAPhone();

    await ada.button('Place a hold').click();
    const desk = ada.page.getByRole('dialog');
    await desk.getByLabel('Patient').selectOption({ label: `Rita Record (${account.email})` });
    await desk.getByLabel('Reason').fill('A fictional case');
    await ada.findsTheScreenFit();
    await desk.getByRole('button', { name: 'Place' }).click();
    await expect(desk).toBeHidden();
    await ada.button('Lift the hold on Rita Record').click();
    await desk.getByLabel('Reason').fill('Case closed');
    await desk.getByRole('button', { name: 'Lift the hold' }).click();
    await expect(desk).toBeHidden();

    await ada.button('Carry out the erasure of Rita Record').click();
    await desk.getByLabel('Name').fill('Rita Wrong');
    await desk.getByRole('button', { name: 'Erase for good' }).click();
    await expect(desk.getByText('This is not the name above.')).toBeVisible();
    await ada.findsTheScreenFit();
    await desk.getByLabel('Name').fill('Rita Record');
    await desk.getByRole('button', { name: 'Erase for good' }).click();
    await expect(ada.page.getByRole('dialog', { name: 'Certificate of an erasure' })).toBeVisible();
    await ada.findsTheScreenFit();
    await ada.fitsOnAPhone();
  },
);

story('the quarantine says that nothing is in it', async ({ arrive }) => {
  const ada = await arrive('Ada Demo-Admin');
  await ada.signsIn(await hub().adminAccount(), hub().url);
  await ada.page.goto(`${hub().url}/admin?tab=quarantine`);
  await ada.reads('Nothing in quarantine');
  await ada.findsTheScreenFit();
  await ada.fitsOnAPhone();
  await ada.page.goto(`${hub().url}/admin?tab=people`);
  await ada.fitsOnAPhone();
});
