/** SOMEBODY BEFORE A PAGE: who they are, and how things on it are found. */
import type { BrowserContext, Locator, Page } from '@playwright/test';

export class Reader {
  readonly page: Page;
  readonly name: string;
  /** What must never happen in a page, with where it happened. */
  readonly troubles: string[];
  /** What the hub has sent to this page. */
  readonly heard: Buffer[] = [];
  readonly context: BrowserContext;

  constructor(name: string, context: BrowserContext, page: Page, troubles: string[]) {
    this.name = name;
    this.troubles = troubles;
    this.page = page;
    this.context = context;
  }

  async goesAway(): Promise<void> {
    await this.context.close();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true });
  }
}
