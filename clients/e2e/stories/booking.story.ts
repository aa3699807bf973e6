/** A patient books by herself: on a telephone, with the keyboard alone, and with a price. */
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub({ BEDSIDE_PAYMENTS__PROVIDER: 'sandbox' });

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

  // The way home, and everything about the visit there.
  await pia.button('Go to my visits').click();
  const next = pia.page.getByTestId('next-visit');
  await expect(next.getByText('Follow-up', { exact: true })).toBeVisible();
  await expect(next.getByText(/with Dr\. /)).toBeVisible();
  await expect(next.getByText(/\d\d:\d\d/).first()).toBeVisible();
  await expect(next.getByText(/Central European/)).toBeVisible();
  await pia.findsTheScreenFit();
  await pia.fitsOnAPhone();
});

story('a patient books with the keyboard alone', async ({ arrive }) => {
  const account = await hub().createPerson('Kim Sample', 'patient');
  const kim = await arrive('Kim Sample');
  const { keyboard } = kim.page;
  await kim.signsIn(account, hub().url);
  await kim.reachesByTab('Book a visit');
  await keyboard.press('Enter');
  await kim.reads('Book a visit');
  await kim.findsTheScreenFit();
  await kim.tabsTo(/^Follow-up/);
  await keyboard.press('Enter');
  await kim.reads('Follow-up');
  await kim.tabsTo('Choose this time');
  await keyboard.press('Enter');

  const place = kim.page.getByLabel('Where you will be during the visit').first();
  await expect(place).toBeVisible();
  await kim.findsTheScreenFit();
  await kim.tabsTo(place);
  await keyboard.type('Germ');
  await expect(place).toHaveValue('DE');
  await kim.tabsTo('Go on with this place');
  await keyboard.press('Enter');

  // The title has the focus, and the keyboard goes on from there.
  await kim.reads('Confirm');
  await expect(kim.heading('Confirm')).toBeFocused();
  await kim.findsTheScreenFit();
  await kim.tabsTo(kim.page.getByLabel(/What is it about/));
  await keyboard.type('Plainly fictional');
  await kim.tabsTo('Book this visit');
  await keyboard.press('Enter');
  await kim.reads('Your visit is booked');
  await expect(kim.heading('Your visit is booked')).toBeFocused();
  await kim.tabsTo('Go to my visits');
  await keyboard.press('Enter');
  await expect(kim.page.getByTestId('next-visit').getByText('Follow-up')).toBeVisible();
  await kim.findsTheScreenFit();
});

story(
  'a price is paid on the page of a provider before the visit is booked',
  async ({ arrive }) => {
    // The longest way of this file, over three pages and back.
    story.setTimeout(120_000);
    await hub().priceOf('Video consultation', { amount_minor: 4500, currency: 'EUR' });
    const account = await hub().createPerson('Pay Sample', 'patient');
    const pay = await arrive('Pay Sample');
    await pay.page.setViewportSize({ width: 360, height: 740 });
    await pay.signsIn(account, hub().url);
    await pay.page.goto(`${hub().url}/book`);
    await pay.page.getByText('Video consultation').first().click();
    await pay.button('Choose this time').click();
    await pay.page.getByLabel('Where you will be during the visit').first().selectOption('DE');
    await pay.button('Go on with this place').click();
    await pay.reads('Confirm');
    await expect(pay.page.getByText('Price: €45.00')).toBeVisible();
    await pay.findsTheScreenFit();
    await pay.button('Pay and book').click();

    await pay.reads('Sandbox payment');
    await expect(pay.page.getByText('45.00 EUR')).toBeVisible();
    await pay.findsTheScreenFit();
    await pay.button('Pay with a card that is declined').click();
    await pay.reads('Your payment was declined');
    await expect(pay.page.getByText(/Nothing was taken/)).toBeVisible();
    await pay.findsTheScreenFit();
    await pay.fitsOnAPhone();

    // She looks at the page and comes back without having paid.
    await pay.button('Go on with the payment').click();
    await pay.page.getByRole('link', { name: 'Back to the clinic' }).click();
    await pay.reads('Your payment was declined');
    await pay.button('Go on with the payment').click();
    await pay.button('Pay with a card that is good').click();
    await pay.reads('Your visit is booked');
    await pay.findsTheScreenFit();
    await pay.button('Go to my visits').click();
    await expect(pay.page.getByTestId('next-visit').getByText('Video consultation')).toBeVisible();
  },
);
