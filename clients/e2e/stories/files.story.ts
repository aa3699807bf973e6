/** Photos and documents in messages: through a hole in the network, refused, and warned of. */
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';
import { Wire } from '../support/wire.ts';

const hub = aHub({ BEDSIDE_ALLOWED_ORIGINS: `["http://localhost:${Wire.port}"]` });

story('a photo is sent from a telephone whose network is cut in the middle', async ({ arrive }) => {
  const wire = await Wire.to(hub().url);
  try {
    const visit = await hub().plansAVisit({ inMinutes: 40 });
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };
    const ana = await arrive('Ana Example', phone);
    const dr = await arrive('Dr. Bela Demo');
    await ana.signsIn(visit.patient, wire.through(hub().url));
    await ana.button(/^Change or cancel/).click();
    await ana.button(/^Write a message to/).click();
    await ana.seesTheThread();

    // The second piece of it meets no network any more.
    let pieces = 0;
    const asked: string[] = [];
    await ana.page.route('**/v1/files/*/content', async (route) => {
      asked.push(route.request().method());
      if (route.request().method() === 'PATCH') {
        pieces += 1;
        if (pieces === 2) wire.cut();
      }
      await route.continue();
    });
    const photo = await ana.takesAPhoto('my arm.jpg');
    await ana.chooses(photo);
    await expect(ana.chosen('my arm.jpg')).toContainText('Waiting for the network');
    await ana.findsTheScreenFit();
    await ana.fitsOnAPhone();
    await ana.writes('It looks like this today.');
    await expect(ana.inTheThread('Waiting to be sent')).toBeVisible();
    expect(await ana.everythingInTheOutbox()).not.toContain('today');
    const kept = await ana.everyFileThatWaits();
    expect(kept.length).toBeGreaterThan(photo.buffer.length);
    expect(kept).not.toContain('JFIF');
    expect(kept).not.toContain('my arm');

    // She closes the page, too; the next one goes on where the hub is.
    const thread = ana.page.url();
    await ana.page.goto('about:blank');
    asked.length = 0;
    wire.mend();
    await ana.page.goto(thread);
    await ana.seesThePicture('Picture my arm.jpg from You');
    await expect(ana.inTheThread('Waiting to be sent')).toHaveCount(0);
    expect(asked[0]).toBe('HEAD');
    await expect.poll(() => ana.everythingInTheOutbox()).toBe('[[],[]]');
    await expect.poll(() => ana.everyFileThatWaits()).toBe('[[],[]]');
    await ana.findsTheScreenFit();
    await ana.fitsOnAPhone();

    // The doctor sees it, opens it, and looks closer.
    await dr.signsIn(visit.clinician, hub().url);
    await dr.page.getByRole('link', { name: /^Messages/ }).click();
    await dr.page.getByRole('link', { name: /It looks like this today/ }).click();
    await dr.seesThePicture('Picture my arm.jpg from Ana Example');
    await dr.button('Picture my arm.jpg from Ana Example').click();
    const dialog = dr.page.getByRole('dialog', { name: 'Picture my arm.jpg' });
    const width = () =>
      dialog.locator('img').evaluate((it) => (it as HTMLImageElement).naturalWidth);
    await expect.poll(width).toBeGreaterThan(400);
    await dr.page.keyboard.press('+');
    await dr.findsTheScreenFit();
    const arrived = dr.page.waitForEvent('download');
    await dr.button('Download my arm.jpg').click();
    expect((await arrived).suggestedFilename()).toMatch(/arm\.jpe?g$/);
    await dr.page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  } finally {
    await wire.close();
  }
});

story(
  'what may harm somebody is refused, by its name here and by its contents there',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit({ inMinutes: 40 });
    const ana = await arrive('Ana Example');
    await ana.signsIn(visit.patient, hub().url);
    await ana.button(/^Change or cancel/).click();
    await ana.button(/^Write a message to/).click();
    await ana.seesTheThread();

    const page = Buffer.from('<!doctype html><script>alert(1)</script>');
    await ana.chooses({ name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: page });
    await expect(ana.page.getByText(/^drawing\.svg cannot be sent/)).toBeVisible();
    await ana.chooses({ name: 'values.pdf', mimeType: 'application/pdf', buffer: page });
    await expect(ana.chosen('values.pdf')).toContainText(
      /not accepted|something else than its name/,
    );
    await expect(ana.button('Send')).toBeDisabled();
    await ana.findsTheScreenFit();
    await ana.button('Remove values.pdf').click();
    await ana.writes('I will bring the paper with me.');
    await ana.seesTheState('Sent');
  },
);

story('a card number is warned of, and sent with a reason', async ({ arrive }) => {
  const visit = await hub().plansAVisit({ inMinutes: 40 });
  const ana = await arrive('Ana Example');
  const dr = await arrive('Dr. Bela Demo');
  await dr.signsIn(visit.clinician, hub().url);
  await ana.signsIn(visit.patient, hub().url);
  await ana.button(/^Change or cancel/).click();
  await ana.button(/^Write a message to/).click();
  await ana.writes('About the bill');
  await dr.page.getByRole('link', { name: /^Messages/ }).click();
  await dr.page.getByRole('link', { name: /About the bill/ }).click();
  await dr.hasReadInOrder(['About the bill']);

  // Once she thinks better of it.
  await ana.writes('My card is 4111 1111 1111 1111');
  const dialog = ana.page.getByRole('dialog', { name: 'Look at this before it is sent' });
  await expect(dialog.getByText('A payment card number')).toBeVisible();
  await ana.findsTheScreenFit();
  await dialog.getByRole('button', { name: 'Change it' }).click();
  await expect(ana.field()).toHaveValue('My card is 4111 1111 1111 1111');

  // And once she means it.
  await ana.button('Send').click();
  await dialog.getByLabel('It is about me, and I want them to have it').check();
  await dialog.getByRole('button', { name: 'Send it all the same' }).click();
  await dr.hasReadInOrder(['About the bill', 'My card is 4111 1111 1111 1111']);
  await ana.seesTheState('Read');
});

story('a picture is taken with the camera during the visit', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
  await meet(visit, ana, dr);
  await dr.button('Chat').click();
  await dr.writes('Please take a picture of it.');
  await ana.button(/^Chat 1 new message/).click();
  await ana.button('Take a picture').click();
  const dialog = ana.page.getByRole('dialog', { name: 'Take a picture' });
  await dialog.getByRole('button', { name: 'Take the picture' }).click();
  await expect(dialog.getByRole('img', { name: 'The picture that was taken' })).toBeVisible();
  await ana.findsTheScreenFit();
  await dialog.getByRole('button', { name: 'Add to my message' }).click();
  await expect(ana.chosen('Picture')).toContainText(/Ready to send|being checked/);
  await ana.button('Send').click();
  await dr.seesThePicture(/^Picture Picture .* from Ana Example$/);
  // The visit goes on meanwhile.
  await ana.sees(dr.name);
  await dr.sees(ana.name);
});
