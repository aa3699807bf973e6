/** Who sees what of a record: a patient shares, somebody opens it in an emergency, somebody looks into that; and support. */
import type { Person } from '../support/people.ts';
import { aHub, expect, story } from '../support/story.ts';

const hub = aHub();

/** Reads the notices until one of this kind has come, and goes where it leads. */
async function followsTheNotice(who: Person, kind: string, link: string): Promise<void> {
  const notice = who.page.getByRole('listitem').filter({ hasText: kind });
  await expect(async () => {
    await who.page.goto(`${hub().url}/messages/notices`);
    await expect(notice.first()).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await who.findsTheScreenFit();
  await notice.first().getByRole('link', { name: link }).click();
}

/** Shares less of the messages by keyboard, and reads what was shared before. */
async function sharesLess(pia: Person): Promise<void> {
  await pia.page.goto(`${hub().url}/record`);
  const messages = pia.page.getByLabel('Who sees “Your messages”');
  await expect(messages).toHaveValue('care_team');
  await pia.findsTheScreenFit();
  await messages.focus();
  await pia.page.keyboard.type('Only');
  await expect(messages).toHaveValue('treating');
  await expect(pia.page.getByText('What changes when you save')).toBeVisible();
  await pia.findsTheScreenFit();
  await pia.fitsOnAPhone();
  await pia.tabsTo('Save what I share');
  await pia.page.keyboard.press('Enter');
  await expect(pia.page.getByTestId('announcements')).toContainText('Saved. It holds from now on.');
  await expect(pia.page.getByTestId('shared-since')).toContainText('Today');
  await pia.tabsTo('What I shared before');
  await pia.page.keyboard.press('Enter');
  const history = pia.page.getByRole('dialog');
  await expect(history.getByText('Holds now')).toBeVisible();
  await pia.findsTheScreenFit();
  await pia.page.keyboard.press('Escape');
  await expect(history).toBeHidden();
}

/** Finds the record closed, and opens it for an hour. */
async function opensInAnEmergency(dr: Person, number: string): Promise<void> {
  await dr.page.getByRole('link', { name: 'Records of patients' }).click();
  await dr.page.getByLabel('Number of the record').fill(number);
  await dr.findsTheScreenFit();
  await dr.page.keyboard.press('Enter');
  await dr.reads('This record is not open to you');
  await dr.findsTheScreenFit();
  await dr.fitsOnAPhone();
  await dr.tabsTo('Open in an emergency');
  await dr.page.keyboard.press('Enter');
  const dialog = dr.page.getByRole('dialog', { name: 'Open this record in an emergency?' });
  await dialog.getByLabel('Why').selectOption('danger');
  await dialog.getByLabel('In your own words').fill('Found unconscious, nobody else to ask.');
  await dr.findsTheScreenFit();
  await dr.fitsOnAPhone();
  await dr.tabsTo('Open the record');
  await dr.page.keyboard.press('Enter');
  await dr.reads('Pia Private');
  const banner = dr.page.getByTestId('emergency');
  await expect(banner.getByRole('timer')).toHaveText(/(59|60) mins left|1 hr left/);
  await dr.button('Show visits').click();
  await expect(dr.page.getByText('No visits yet.')).toBeVisible();
  await dr.button('Show conversations').click();
  await expect(dr.page.getByText('No conversations yet.')).toBeVisible();
  await dr.findsTheScreenFit();
  await dr.fitsOnAPhone();
}

async function looksIntoIt(ada: Person): Promise<void> {
  await followsTheNotice(ada, 'To look into', 'Look into it');
  const review = ada.page.getByRole('button', { name: /^Review: record of Pia Private/ });
  await expect(review).toBeVisible();
  await ada.findsTheScreenFit();
  await ada.fitsOnAPhone();
  await review.click();
  const sheet = ada.page.getByRole('dialog');
  await expect(sheet.getByText('Found unconscious, nobody else to ask.')).toBeVisible();
  await expect(sheet.getByText('Looked at a patient’s record')).toBeVisible();
  await expect(sheet.getByText('Looked at a patient’s appointments')).toBeVisible();
  await ada.findsTheScreenFit();
  await ada.fitsOnAPhone();
  await sheet.getByLabel('What did you find?').selectOption('appropriate');
  await sheet.getByLabel('Note').fill('The ambulance confirms it.');
  await sheet.getByRole('button', { name: 'Save what I found' }).click();
  await expect(sheet).toBeHidden();
  await expect(ada.page.getByRole('table', { name: 'Looked into' })).toContainText(
    'It was an emergency',
  );
  await ada.reads('Nothing to look into');
}

story(
  'a patient shares less; her record is opened in an emergency, told to her, and looked into',
  async ({ arrive }) => {
    const patient = await hub().createPerson('Pia Private', 'patient');
    const clinician = await hub().createPerson('Dr. Emil Emergency', 'clinician');
    const pia = await arrive('Pia Private');
    await pia.signsIn(patient, hub().url);
    await sharesLess(pia);

    const dr = await arrive('Dr. Emil Emergency');
    await dr.signsIn(clinician, hub().url);
    await opensInAnEmergency(dr, patient.person_id);

    await followsTheNotice(pia, 'Your record was opened', 'See who saw what');
    await pia.reads('Who saw my record');
    await expect(pia.page.getByText('Dr. Emil Emergency').first()).toBeVisible();

    const ada = await arrive('Ada Demo-Admin');
    await ada.signsIn(await hub().adminAccount(), hub().url);
    await looksIntoIt(ada);
  },
);

story(
  'who treats opens the record from their day, and reads what was written',
  async ({ arrive }) => {
    const { clinician, patient } = await hub().plansAVisit({ patient: 'Tom Treated' });
    const tom = await arrive(patient.display_name);
    await tom.signsIn(patient, hub().url);
    await tom.button(/^Change or cancel/).click();
    await tom.button(/^Write a message to/).click();
    await tom.writes('The drops help.');

    const dr = await arrive(clinician.display_name);
    await dr.signsIn(clinician, hub().url);
    await dr.button(`Record of ${patient.display_name}`).click();
    await dr.reads(patient.display_name);
    await expect(dr.page.getByText('You treat this patient')).toBeVisible();
    await expect(dr.button('Open in an emergency')).toBeHidden();
    await dr.tabsTo('Show visits');
    await dr.page.keyboard.press('Enter');
    await expect(dr.page.getByText(`with ${clinician.display_name}`)).toBeVisible();
    await dr.tabsTo('Show conversations');
    await dr.page.keyboard.press('Enter');
    await dr.tabsTo(/^Read the conversation with/);
    await dr.page.keyboard.press('Enter');
    const talk = dr.page.getByRole('dialog');
    await expect(talk.getByText('The drops help.')).toBeVisible();
    await expect(talk.getByRole('textbox')).toHaveCount(0);
    await dr.findsTheScreenFit();
    await dr.fitsOnAPhone();
    await dr.page.keyboard.press('Escape');
    await dr.findsTheScreenFit();
    await dr.fitsOnAPhone();
  },
);

story('support helps with a sign-in and sees nothing of anybody’s care', async ({ arrive }) => {
  const patient = await hub().createPerson('Sonja Signed-In', 'patient');
  const account = await hub().createPerson('Sid Support', 'support');
  const sonja = await arrive('Sonja Signed-In');
  await sonja.signsIn(patient, hub().url);

  const sid = await arrive('Sid Support');
  await sid.signsIn(account, hub().url);
  await sid.reads('Support');
  await expect(sid.page).toHaveURL(`${hub().url}/support`);
  await sid.page.getByLabel('Search by name').fill('sonja');
  await expect(sid.page.getByText('1 person.')).toBeVisible();
  await sid.findsTheScreenFit();
  await sid.fitsOnAPhone();
  await sid.page.getByRole('link', { name: 'Help Sonja Signed-In' }).press('Enter');
  await sid.reads('Sonja Signed-In');
  await expect(sid.page.getByText('None: password alone')).toBeVisible();
  await sid.findsTheScreenFit();
  await sid.fitsOnAPhone();
  await sid.button('Sign out everywhere').click();
  await sid.findsTheScreenFit();
  await sid.page.getByTestId('confirm').click();
  await expect(sid.page.getByText('Nowhere.')).toBeVisible();
  await expect(sonja.button('Sign in')).toBeVisible();

  await sid.page.goto(`${hub().url}/support?tab=hub`);
  await expect(sid.page.getByRole('table', { name: 'The hub' })).toBeVisible();
  await sid.findsTheScreenFit();
  await sid.page.goto(`${hub().url}/patients/${patient.person_id}`);
  await sid.reads('Support');
});
