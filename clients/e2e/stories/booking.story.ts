/** A patient books by herself on a telephone. */
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story('a patient books the earliest time, after saying where she will be', async ({ arrive }) => {
  const account = await hub().createPerson('Pia Sample', 'patient');
  const pia = await arrive('Pia Sample');
  await pia.page.setViewportSize({ width: 360, height: 740 });
  await pia.signsIn(account, hub().url);
  await pia.page.goto(`${hub().url}/book`);
  await pia.reads('Book a visit');
  await pia.findsTheScreenFit();

  await pia.page.getByText('Follow-up').first().click();
  await pia.button('Choose this time').click();
  await expect(pia.page.getByText('Where will you be during the visit?')).toBeVisible();
  await pia.findsTheScreenFit();
  await pia.page.getByLabel('Where you will be during the visit').first().selectOption('DE');
  await pia.button('Go on with this place').click();
  await pia.reads('Confirm');
  await expect(pia.page.getByText(/[45]:\d\d left/)).toBeVisible();
  await pia.findsTheScreenFit();
  await pia.page.getByLabel(/What is it about/).fill('Plainly fictional');
  await pia.button('Book this visit').click();
  await pia.reads('Your visit is booked');
  await pia.findsTheScreenFit();
});
