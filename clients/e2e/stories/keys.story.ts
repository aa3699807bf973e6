/** Messages by keyboard alone: found, opened, written, answered, changed, taken back and searched. */
import { laterToday } from '../support/hub.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

story('somebody without a mouse writes to their doctor', async ({ arrive }) => {
  const visit = await hub().plansAVisit({ inMinutes: laterToday() });
  const ana = await arrive('Ana Example');
  const dr = await arrive('Dr. Bela Demo');
  await dr.signsIn(visit.clinician, hub().url);
  await dr.button('Write a message to Ana Example').click();
  await dr.writes('Good morning. How is the arm?');

  await ana.signsIn(visit.patient, hub().url);
  const { keyboard } = ana.page;
  const link = (name: RegExp) => ana.page.getByRole('link', { name });

  // To the messages, into the conversation, and to the field.
  await ana.tabsTo(link(/^Messages/));
  await keyboard.press('Enter');
  await ana.tabsTo(link(/How is the arm/));
  await ana.findsTheScreenFit();
  await keyboard.press('Enter');
  await ana.seesTheThread();
  await ana.hasReadInOrder(['Good morning. How is the arm?']);
  await ana.tabsTo(ana.field());
  await keyboard.type('Better, thank you.');
  await keyboard.press('Shift+Enter');
  await keyboard.type('But it itches.');
  await keyboard.press('Enter');
  await expect(ana.field()).toHaveValue('');
  await expect(ana.field()).toBeFocused();
  await dr.hasReadInOrder([
    'Good morning. How is the arm\\?',
    'Better, thank you.\\s*But it itches.',
  ]);

  // Answers what the doctor wrote.
  const choose = async (whose: RegExp, what: string) => {
    await ana.page.getByTestId('thread').focus();
    await ana.tabsTo(whose);
    await keyboard.press('Enter');
    const item = ana.page.getByRole('menuitem', { name: what });
    await expect(item).toBeVisible();
    for (let presses = 0; presses < 6; presses += 1) {
      if (await item.evaluate((it) => it === document.activeElement)) break;
      await keyboard.press('ArrowDown');
    }
    await keyboard.press('Enter');
  };
  await choose(/^Actions for the message of Dr\. Bela Demo/, 'Reply');
  await expect(ana.field()).toBeFocused();
  await keyboard.type('It is the left one.');
  await keyboard.press('Enter');
  await expect(ana.button(/^In answer to\s+Dr\. Bela Demo/)).toBeVisible();

  // Changes what she wrote, thinks better of it, and changes it after all.
  const own = /^Actions for the message of You/;
  await choose(own, 'Edit');
  await expect(ana.field()).toHaveValue(/^Better, thank you/);
  await keyboard.press('Escape');
  await expect(ana.field()).toHaveValue('');
  await choose(own, 'Edit');
  await keyboard.press('Control+A');
  await keyboard.type('Better, but it itches at night.');
  await keyboard.press('Enter');
  await expect(dr.inTheThread('Better, but it itches at night.')).toBeVisible();
  await expect(ana.field()).toBeFocused();

  // Looks for a word, and is led to where it stands.
  await ana.page.getByTestId('thread').focus();
  const find = ana.button('Search in messages with Dr. Bela Demo');
  for (let presses = 0; presses < 20; presses += 1) {
    if (await find.evaluate((it) => it === document.activeElement)) break;
    await keyboard.press('Shift+Tab');
  }
  await keyboard.press('Enter');
  const dialog = ana.page.getByRole('dialog');
  await expect(dialog.getByLabel('Words to look for')).toBeFocused();
  await keyboard.type('itches');
  await keyboard.press('Enter');
  await ana.tabsTo(dialog.getByRole('button', { name: /itches at night/ }));
  await ana.findsTheScreenFit();
  await keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(ana.page.locator('article:focus')).toContainText('itches at night');

  // Takes it back; Escape keeps it, the button does not.
  await choose(own, 'Delete');
  await expect(ana.page.getByRole('dialog')).toBeVisible();
  await keyboard.press('Escape');
  await expect(ana.page.getByRole('dialog')).toBeHidden();
  await expect(ana.page.locator('article:focus')).toContainText('itches at night');
  await choose(own, 'Delete');
  await ana.tabsTo('Delete message');
  await keyboard.press('Enter');
  await expect(ana.inTheThread('This message was taken back.')).toBeVisible();
  await expect(ana.page.locator('article:focus')).toHaveText('This message was taken back.');
  await expect(dr.inTheThread('This message was taken back.')).toBeVisible();
  await ana.findsTheScreenFit();
});
