/** AN OPENID PROVIDER that somebody else wrote, as a process of its own. tests/oidc has it; `npm ci` there installs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../tests/oidc', import.meta.url));

export class OpenId {
  readonly issuer: string;
  readonly #process: ChildProcess;

  private constructor(issuer: string, process: ChildProcess) {
    this.issuer = issuer;
    this.#process = process;
  }

  /** Starts one that sends browsers back to `hub`. */
  static async start(hub: string): Promise<OpenId> {
    const asked = { redirect: `${hub}/v1/auth/oidc/sso/callback`, now: Date.now() };
    const child = spawn('node', ['provider.mjs', JSON.stringify(asked)], {
      cwd: FOLDER,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) return new OpenId(line.trim(), child);
    throw new Error('the provider did not start; was `npm ci` run in tests/oidc?');
  }

  /** Where its logouts are posted. */
  async tellsOfLogouts(hub: string): Promise<void> {
    const body = JSON.stringify({ logout: `${hub}/v1/auth/oidc/sso/logout` });
    await fetch(`${this.issuer}/say`, { method: 'POST', body });
  }

  stop(): void {
    this.#process.kill();
  }
}
