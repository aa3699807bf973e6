/** WHAT PEOPLE WRITE to each other, and what they read. */
import { expect, type Locator } from '@playwright/test';
import { Critic } from './fit.ts';
import { everythingWaiting, noise } from './probe.ts';

export class Writer extends Critic {
  /** The field of the open thread. */
  field(): Locator {
    return this.page.getByRole('textbox', { name: 'Your message' });
  }

  async seesTheThread(): Promise<void> {
    await expect(this.page.getByTestId('thread')).toBeVisible();
    await expect(this.page.getByTestId('thread')).not.toHaveAttribute('aria-busy', 'true');
    await expect(this.field()).toBeVisible();
  }

  /** Puts words into the field, and does not send them. */
  async begins(text: string): Promise<void> {
    await this.field().fill(text);
  }

  /** Writes a message and sends it with the button. */
  async writes(text: string): Promise<void> {
    await this.begins(text);
    await this.button('Send').click();
    await expect(this.field()).toHaveValue('');
  }

  /** Words in the open thread. */
  inTheThread(text: string | RegExp): Locator {
    return this.page.getByTestId('thread').getByText(text);
  }

  /** How far this person's last message got. */
  async seesTheState(state: 'Sent' | 'Delivered' | 'Read'): Promise<void> {
    await expect(this.page.locator('[data-state]').getByText(state).last()).toBeVisible();
  }

  /** Exactly these messages stand in the open thread, in this order, each once. */
  async hasReadInOrder(beginnings: readonly string[]): Promise<void> {
    const texts = this.page.getByTestId('thread').locator('[dir="auto"]');
    await expect(texts).toHaveText(beginnings.map((it) => new RegExp(`^${it}`)));
  }

  /** Adds a file to the message that is written. */
  async chooses(file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.getByTestId('choose-files').setInputFiles(file);
  }

  /** Of the message that is written: one of its files. */
  chosen(name: string): Locator {
    return this.page
      .getByRole('list', { name: 'Files of your message' })
      .getByRole('listitem')
      .filter({ hasText: name });
  }

  /** A photo as a camera makes it: noise, so that it has the bytes of one. */
  async takesAPhoto(name: string): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
    const address = await this.page.evaluate(noise);
    return {
      name,
      mimeType: 'image/jpeg',
      buffer: Buffer.from(address.split(',')[1] ?? '', 'base64'),
    };
  }

  /** The picture stands in the thread, and is one. */
  async seesThePicture(label: string | RegExp): Promise<void> {
    const picture = this.page.getByRole('button', { name: label });
    await expect(picture).toBeVisible();
    const width = () =>
      picture.locator('img').evaluate((it) => (it as HTMLImageElement).naturalWidth);
    await expect.poll(width, `${this.name} sees ${label}`).toBeGreaterThan(0);
  }

  /** What lies in the browser's database of messages that wait: rows, and keys by their names. */
  everythingInTheOutbox(): Promise<string> {
    return this.page.evaluate(everythingWaiting, ['bedside-outbox', 'messages'] as const);
  }

  /** The same for files. */
  everyFileThatWaits(): Promise<string> {
    return this.page.evaluate(everythingWaiting, ['bedside-files', 'files'] as const);
  }
}
