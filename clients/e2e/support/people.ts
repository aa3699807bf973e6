/** PEOPLE and what they do and see. A sentence of a story is a method here; what it waits for is a condition. */
import { type BrowserContext, expect } from '@playwright/test';
import { Witness } from './hearing.ts';
import type { PlannedVisit } from './hub.ts';
import { drawnScreen, everythingKept, installProbe } from './probe.ts';

export class Person extends Witness {
  static async arrives(name: string, context: BrowserContext): Promise<Person> {
    const troubles: string[] = [];
    await context.exposeBinding('reportViolation', (_source, text: string) => {
      troubles.push(`policy violated: ${text}`);
    });
    await context.addInitScript(installProbe);
    return new Person(name, context, await context.newPage(), troubles).#isWatched();
  }

  /** The same person in one more tab of the same browser. */
  async opensAnotherTab(): Promise<Person> {
    const { name, context, troubles } = this;
    return new Person(name, context, await context.newPage(), troubles).#isWatched();
  }

  async closesTheTab(): Promise<void> {
    await this.page.close();
  }

  #isWatched(): this {
    const { page, troubles, heard } = this;
    page.on('pageerror', (error) => troubles.push(`error in the page: ${error.stack}`));
    page.on('console', (message) => {
      // The browser itself writes a line for each failed request; stories of broken networks have many.
      const isOfTheNetwork = /Failed to load resource|WebSocket connection/.test(message.text());
      if (message.type() === 'error' && !isOfTheNetwork) {
        troubles.push(`console: ${message.text()}`);
      }
    });
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => heard.push(Buffer.from(payload)));
    });
    return this;
  }

  /** Opens a join link and lands before its one button. */
  async opensTheLink(url: string): Promise<void> {
    await this.page.goto(url);
    await expect(this.button('Continue')).toBeVisible();
  }

  async continues(): Promise<void> {
    await this.button('Continue').click();
    await expect(this.heading('Check your device')).toBeVisible();
  }

  /** Waits until the check has said all it has to say, and goes on. */
  async passesTheCheck(): Promise<void> {
    await this.seesTheCheckDone();
    await this.page.getByRole('button', { name: /^Enter (waiting room|the visit)$/ }).click();
  }

  async seesTheCheckDone(): Promise<void> {
    await expect(this.page.locator('video[data-own]')).toBeVisible();
    await expect(this.page.getByText('We can hear you.')).toBeVisible();
    await expect(this.page.getByText(/^(Good|Slow|Unsteady): /)).toBeVisible();
  }

  /** From the link to the waiting room, or to the visit for those who need no admission. */
  async comesByLink(url: string): Promise<void> {
    await this.opensTheLink(url);
    await this.continues();
    await this.passesTheCheck();
  }

  async signsIn(account: { email: string; password: string }, url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.getByLabel('E-mail').fill(account.email);
    await this.page.getByLabel('Password', { exact: true }).fill(account.password);
    await this.button('Sign in').click();
    await expect(this.button('Sign in')).toBeHidden();
  }

  async signsOut(): Promise<void> {
    await this.page.getByRole('button', { name: `Menu of ${this.name}` }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(this.heading('Sign in')).toBeVisible();
  }

  // ---- where they are
  async waits(clinician: string): Promise<void> {
    await expect(this.heading(`You will see ${clinician}`)).toBeVisible();
  }

  async waitsAgain(): Promise<void> {
    await expect(this.heading('One moment, please')).toBeVisible();
  }

  async isInTheVisit(): Promise<void> {
    await expect(this.page.getByRole('toolbar', { name: 'Your controls' })).toBeVisible();
  }

  async reads(title: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('heading', { name: title })).toBeVisible();
  }

  /** A guest whose invitation ended sees words about it and nothing of the visit. */
  async isToldOfTheWithdrawal(): Promise<void> {
    await expect(this.heading('Your invitation was withdrawn')).toBeVisible();
  }

  async readsTheNotice(text: string): Promise<void> {
    await expect(this.page.getByTestId('notice')).toHaveText(text);
  }

  // ---- the clinician

  /** The clinician admits somebody whose request stands in the panel. */
  async admits(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Admit ${whom.name}` }).click();
  }

  async sendsBack(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Send back ${whom.name}` }).click();
  }

  async mutes(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Mute ${whom.name}` }).click();
  }

  /** Makes a guest's link. */
  async invites(role: string, name: string): Promise<string> {
    await this.button('Invite').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Role').selectOption({ label: role });
    await dialog.getByLabel('Name, as everybody will see it').fill(name);
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const link = await dialog.getByTestId('link').inputValue();
    await this.page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    return link;
  }

  async withdraws(whom: Person): Promise<void> {
    await this.page.getByRole('button', { name: `Withdraw ${whom.name}` }).click();
    await this.page.getByTestId('confirm').click();
  }

  async endsTheVisit(): Promise<void> {
    await this.button('End visit').click();
    await this.page.getByTestId('confirm').click();
  }

  /** Whatever screen this person is asked for: a drawn one, so that no test depends on what the machine shows. */
  async hasAScreenToShare(): Promise<void> {
    await this.page.addInitScript(drawnScreen);
  }

  async sharesTheScreen(): Promise<void> {
    await this.button('Share screen').click();
    await expect(this.button('Stop sharing')).toBeVisible();
  }

  async stopsSharing(): Promise<void> {
    await this.button('Stop sharing').click();
    await expect(this.button('Share screen')).toBeVisible();
  }

  everythingKept(): Promise<string> {
    return this.page.evaluate(everythingKept);
  }
}

/** Both come by link and the clinician lets the patient in. */
export async function meet(visit: PlannedVisit, patient: Person, clinician: Person): Promise<void> {
  await patient.comesByLink(await visit.patientLink());
  await patient.waits(clinician.name);
  await clinician.comesByLink(await visit.clinicianLink());
  await clinician.isInTheVisit();
  await clinician.admits(patient);
  await patient.isInTheVisit();
}
