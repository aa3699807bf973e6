/** Two people write to each other: before the visit, in it, and through a hole in the network. */
import { meet } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';
import { Wire } from '../support/wire.ts';

const hub = aHub({ BEDSIDE_ALLOWED_ORIGINS: `["http://localhost:${Wire.port}"]` });

/** The network of one person. */
async function withAWire(tell: (wire: Wire) => Promise<void>): Promise<void> {
  const wire = await Wire.to(hub().url);
  try {
    await tell(wire);
  } finally {
    await wire.close();
  }
}

story('they write before the visit, read each other, and one goes offline', async ({ arrive }) => {
  await withAWire(async (wire) => {
    const visit = await hub().plansAVisit({ inMinutes: 40 });
    const ana = await arrive('Ana Example');
    const dr = await arrive('Dr. Bela Demo');
    await ana.signsIn(visit.patient, wire.through(hub().url));
    await dr.signsIn(visit.clinician, hub().url);

    // The patient begins, from her visit.
    await ana.button(/^Change or cancel/).click();
    await ana.button(/^Write a message to/).click();
    await ana.writes('Good morning. Shall I have my tablets at hand?');
    await ana.seesTheState('Sent');
    await ana.findsTheScreenFit();
    await ana.fitsOnAPhone();

    // The clinician is told of it, beside the notice of the appointment, reads, and answers.
    await dr.page.getByRole('link', { name: /^Messages.*2 new messages/ }).click();
    await dr.page.getByRole('link', { name: /Shall I have my tablets at hand/ }).click();
    await dr.hasReadInOrder(['Good morning. Shall I have my tablets at hand?']);
    await ana.seesTheState('Read');
    // What is read is counted no more; the notice of the appointment still is.
    await expect(dr.page.getByRole('link', { name: /^Messages\s*1 new message/ })).toBeVisible();
    await dr.writes('Yes please, and your glasses.');
    await ana.hasReadInOrder(['Good morning. Shall I', 'Yes please, and your glasses.']);
    await dr.findsTheScreenFit();
    await dr.fitsOnAPhone();

    // Words that were written are found.
    await ana.button('Search messages').click();
    const dialog = ana.page.getByRole('dialog');
    await dialog.getByLabel('Words to look for').fill('glass');
    await dialog.getByRole('button', { name: 'Search', exact: true }).click();
    await dialog.getByRole('button', { name: /and your glasses/ }).click();
    await expect(dialog).toBeHidden();

    // A draft outlives a reload, and the other sees that it is being written.
    await ana.begins('And my old records');
    await expect(dr.page.getByTestId('typing')).toHaveText('Ana Example is writing …');
    await ana.page.reload();
    await expect(ana.field()).toHaveValue('And my old records');

    await ana.seesTheThread();

    // What is written without a network waits, and goes out once and in order.
    wire.cut();
    await expect(ana.page.getByTestId('connection-banner')).toBeVisible();
    await ana.begins('First from the train');
    await ana.page.keyboard.press('Enter');
    await ana.writes('Second from the train');
    await expect(ana.inTheThread('Waiting to be sent')).toHaveCount(2);
    await expect(ana.page.getByTestId('connection-banner')).toContainText('2 messages wait here');
    await ana.findsTheScreenFit();
    await dr.writes('Are you still there?');
    wire.mend();
    await expect(ana.inTheThread('Waiting to be sent')).toHaveCount(0);
    await expect(ana.inTheThread('Sending')).toHaveCount(0);
    for (const person of [ana, dr]) {
      await person.hasReadInOrder([
        'Good morning. Shall I',
        'Yes please, and your glasses.',
        'Are you still there?',
        'First from the train',
        'Second from the train',
      ]);
    }
  });
});

story('what waits survives the page, sealed, and is sent by the next one', async ({ arrive }) => {
  await withAWire(async (wire) => {
    const visit = await hub().plansAVisit({ inMinutes: 40 });
    const ana = await arrive('Ana Example');
    const dr = await arrive('Dr. Bela Demo');
    await ana.signsIn(visit.patient, wire.through(hub().url));
    await ana.button(/^Change or cancel/).click();
    await ana.button(/^Write a message to/).click();
    await ana.seesTheThread();
    const thread = ana.page.url();

    wire.cut();
    await expect(ana.page.getByTestId('connection-banner')).toBeVisible();
    await ana.writes('A secret about my skin');
    await expect(ana.inTheThread('Waiting to be sent')).toBeVisible();
    expect(await ana.everythingInTheOutbox()).not.toContain('secret');
    // The page is gone before the network is back.
    await ana.page.goto('about:blank');
    wire.mend();
    await ana.page.goto(thread);
    await ana.hasReadInOrder(['A secret about my skin']);
    await expect(ana.inTheThread('Waiting to be sent')).toHaveCount(0);
    await expect.poll(() => ana.everythingInTheOutbox()).toBe('[[],[]]');

    await dr.signsIn(visit.clinician, hub().url);
    await dr.page.getByRole('link', { name: /^Messages/ }).click();
    await dr.page.getByRole('link', { name: /A secret about my skin/ }).click();
    await dr.hasReadInOrder(['A secret about my skin']);
  });
});

story('they write beside the picture', async ({ arrive }) => {
  const visit = await hub().plansAVisit();
  const [ana, dr] = [await arrive('Ana Example'), await arrive('Dr. Bela Demo')];
  await meet(visit, ana, dr);

  await dr.button('Chat').click();
  await dr.writes('Please hold the spot into the light.');
  await ana.button(/^Chat 1 new message/).click();
  await ana.hasReadInOrder(['Please hold the spot into the light.']);
  await ana.writes('Like this?');
  await dr.hasReadInOrder(['Please hold the spot into the light.', 'Like this?']);
  await dr.seesTheState('Read');
  await ana.findsTheScreenFit();
  await dr.findsTheScreenFit();
  await ana.fitsOnAPhone();
  await ana.sees(dr.name);
});

story(
  'a long thread is read from its end, and its messages are answered, changed and taken back',
  async ({ arrive }) => {
    const visit = await hub().plansAVisit({ inMinutes: 40 });
    const ana = await arrive('Ana Example');
    await ana.signsIn(visit.patient, hub().url);
    await ana.button(/^Change or cancel/).click();
    await ana.button(/^Write a message to/).click();
    await ana.seesTheThread();
    for (let number = 1; number <= 60; number += 1) {
      await ana.begins(`Plainly fictional ${number}`);
      await ana.page.keyboard.press('Enter');
      await expect(ana.field()).toHaveValue('');
    }
    await expect(ana.inTheThread('Sending')).toHaveCount(0);
    await ana.page.reload();
    await expect(ana.inTheThread('Plainly fictional 60')).toBeInViewport();
    await expect(ana.inTheThread(/^Plainly fictional 5$/)).toHaveCount(0);

    // Older ones come in front, and what was on the screen stays there.
    await ana.page.getByTestId('thread').focus();
    await ana.page.keyboard.press('Home');
    await expect(ana.inTheThread(/^Plainly fictional 1$/)).toHaveCount(1);
    await expect(ana.inTheThread(/^Plainly fictional 11$/)).toBeInViewport();
    await ana.button('Newest messages').click();
    await expect(ana.inTheThread('Plainly fictional 60')).toBeInViewport();

    const last = ana.page.getByRole('button', { name: /^Actions for the message of You/ }).last();
    const choose = async (what: string) => {
      await last.click();
      await ana.page.getByRole('menuitem', { name: what }).click();
    };
    await choose('Edit');
    await expect(ana.field()).toHaveValue('Plainly fictional 60');
    await ana.field().fill('Changed');
    await ana.button('Save').click();
    await expect(ana.inTheThread('edited')).toBeVisible();
    await choose('Reply');
    await ana.writes('Answered');
    await expect(ana.button(/^In answer to\s+You\s*Changed/)).toBeVisible();
    await ana.findsTheScreenFit();
    await choose('Delete');
    await ana.page.getByTestId('confirm').click();
    await expect(ana.inTheThread('This message was taken back.')).toBeVisible();
  },
);
