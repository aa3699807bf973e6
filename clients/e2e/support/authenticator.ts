/** AN AUTHENTICATOR of a device, as Chromium pretends to have one: its keys, its signatures and its counter are real. */
import type { CDPSession, Page } from '@playwright/test';

const OPTIONS = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  automaticPresenceSimulation: true,
} as const;

export class Authenticator {
  readonly #session: CDPSession;
  readonly #id: string;

  private constructor(session: CDPSession, id: string) {
    this.#session = session;
    this.#id = id;
  }

  /** The device of this page has one, and its owner shows their finger whenever it asks. */
  static async of(page: Page): Promise<Authenticator> {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const options = { ...OPTIONS, isUserVerified: true };
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
    return new Authenticator(session, authenticatorId);
  }

  /** From now on the finger is its owner's, or somebody else's. */
  async feelsItsOwner(isOwner: boolean): Promise<void> {
    const authenticatorId = this.#id;
    await this.#session.send('WebAuthn.setUserVerified', {
      authenticatorId,
      isUserVerified: isOwner,
    });
  }

  async keys(): Promise<Key[]> {
    const authenticatorId = this.#id;
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', {
      authenticatorId,
    });
    return credentials;
  }

  /** Puts a key back as it was: what a copy of the device would have. */
  async putsBack(credential: Key): Promise<void> {
    const authenticatorId = this.#id;
    const { credentialId } = credential;
    await this.#session.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
    await this.#session.send('WebAuthn.addCredential', { authenticatorId, credential });
  }
}

/** A key as the browser's own tools name it. */
export interface Key {
  credentialId: string;
  isResidentCredential: boolean;
  rpId?: string;
  privateKey: string;
  userHandle?: string;
  signCount: number;
}
