/** WHAT PEOPLE WRITE to each other, and what they read. */
import { expect, type Locator } from '@playwright/test';
import { Critic } from './fit.ts';
import { everythingInTheOutbox } from './probe.ts';

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

  /** What lies in the browser's database of messages that wait: rows, and keys by their names. */
  everythingInTheOutbox(): Promise<string> {
    return this.page.evaluate(everythingInTheOutbox);
  }
}
