/**
 * THE HUB under test: the real binary with a data folder and ports of its own, and what a test asks of it over HTTP.
 * It is started once a file of stories and ended with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY =
  process.env.BEDSIDE_BIN ??
  fileURLToPath(new URL('../../../target/debug/bedside', import.meta.url));
const START_MS = 30_000;
/** What `scripts/canaries.sh` searches after the whole suite. */
const LOGS = join(
  process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../../target', import.meta.url)),
  'tmp/canary/logs',
);

export interface SignIn {
  email: string;
  password: string;
}

/** What `person.create` answers, as far as it is used. */
export interface Account extends SignIn {
  person_id: string;
  display_name: string;
}

export interface AttendanceEntry {
  number: number;
  what: string;
  display_name?: string;
}

interface Card {
  appointment_id: string;
  stage: string;
  patient: { participant_id: string };
  clinician: { participant_id: string };
}

/** An appointment with the people and the addresses that belong to it. */
export interface PlannedVisit {
  id: string;
  patient: Account;
  clinician: Account;
  /** A new one-time link each time. */
  patientLink: () => Promise<string>;
  clinicianLink: () => Promise<string>;
}

export interface Wishes {
  patient?: string;
  clinician?: string;
  patientAccount?: Account;
  clinicianAccount?: Account;
  /** From now; the visit is open at once without it. */
  inMinutes?: number;
}

/** Where a hub is that somebody else has to know before it is there, and settings that no variable can hold. */
export interface OwnPlace {
  port?: number;
  file?: string;
}

export class Hub {
  readonly url: string;
  /** The same, unless the hub speaks TLS itself. */
  readonly plainUrl: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  #token = '';
  #people = 0;

  private constructor(url: string, plainUrl: string, process: ChildProcess, folder: string) {
    this.url = url;
    this.plainUrl = plainUrl;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Starts one. `settings` are environment variables on top of `file`, its bedside.toml; with a certificate among them it
   * speaks TLS.
   */
  static async start(settings: Record<string, string> = {}, own: OwnPlace = {}): Promise<Hub> {
    const [port, securePort] = [own.port ?? (await freePort()), await freePort()];
    const folder = await mkdtemp(join(tmpdir(), 'bedside-e2e-'));
    await writeFile(join(folder, 'bedside.toml'), own.file ?? '');
    const log = await open(join(folder, 'hub.log'), 'w');
    const isSecure = settings.BEDSIDE_TLS__CERTIFICATE !== undefined;
    const plainUrl = `http://localhost:${port}`;
    const url = isSecure ? `https://localhost:${securePort}` : plainUrl;
    const child = spawn(BINARY, ['serve', '--demo'], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        BEDSIDE_LISTEN: `127.0.0.1:${port}`,
        BEDSIDE_TLS__LISTEN: `127.0.0.1:${securePort}`,
        BEDSIDE_PUBLIC_URL: url,
        BEDSIDE_DATA_DIR: folder,
        BEDSIDE_MEDIA__LISTEN: '127.0.0.1:0',
        BEDSIDE_DRILLS: 'true',
        BEDSIDE_IDENTITY__REQUIRE_SECOND_FACTOR: 'false',
        ...settings,
      },
      stdio: ['ignore', 'pipe', log.fd],
    });
    const hub = new Hub(url, plainUrl, child, folder);
    try {
      await hub.#isReady();
      await log.close();
      hub.#token = await hub.#signInAsAdmin();
    } catch (error) {
      await hub.stop();
      throw error;
    }
    return hub;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGTERM');
      const mercy = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(mercy);
    }
    await keepLog(join(this.#folder, 'hub.log'));
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Links of a page in mails to an address. Without a mail server they are files. */
  async linksByMail(email: string, page: 'reset' | 'welcome'): Promise<string[]> {
    const folder = join(this.#folder, 'outbox');
    const names = await readdir(folder).catch(() => []);
    const mails = names.filter((it) => it.endsWith('.eml'));
    const texts = await Promise.all(mails.map((it) => readFile(join(folder, it), 'utf8')));
    // Lines that were folded on their way.
    const read = texts.map((it) => it.replaceAll('=\r\n', '').replaceAll('=3D', '='));
    const link = new RegExp(`${this.url}/${page}#[\\w-]+`);
    return read.filter((it) => it.includes(`To: ${email}`)).flatMap((it) => it.match(link) ?? []);
  }

  /** Everything that was logged so far. */
  log(): Promise<string> {
    return readFile(join(this.#folder, 'hub.log'), 'utf8');
  }

  /** E-mail address and passphrase of the demo clinic's administrator. */
  adminAccount(): Promise<SignIn> {
    return this.#demoAccount('admin@demo.invalid');
  }

  /** Somebody of the demo clinic: the first word of their address says who. */
  async demoPerson(who: string): Promise<Account> {
    const account = await this.#demoAccount(`${who}@demo.invalid`);
    const { people } = await this.#call<{ people: Account[] }>('GET', '/v1/people');
    const person = people.find((it) => it.email === account.email);
    if (!person) throw new Error(`nobody of the demo clinic is ${who}`);
    return { ...person, ...account };
  }

  async #demoAccount(email: string): Promise<SignIn> {
    const text = await readFile(join(this.#folder, 'demo-accounts.txt'), 'utf8');
    const password = text.split(`\n${email}`)[1]?.trim().split('\n')[0];
    if (!password) throw new Error(`demo-accounts.txt does not name ${email}`);
    return { email, password };
  }

  /** The visit of the demo clinic that is open now. */
  async demoVisit(): Promise<string> {
    const { appointments } = await this.#call<{ appointments: Card[] }>('GET', '/v1/appointments');
    const next = appointments.find((it) => it.stage === 'scheduled');
    if (!next) throw new Error('no visit of the demo clinic is open');
    return next.appointment_id;
  }

  /** Somebody writes the first message to somebody else; the conversation that it is in. */
  async writes(from: SignIn, to: { person_id: string }, body: string): Promise<string> {
    const token = await this.#signIn(from);
    const opened = { with: { kind: 'person', person_id: to.person_id } };
    type Opened = { conversation: { conversation_id: string } };
    const { conversation } = await this.#post<Opened>('/v1/chat', opened, token);
    const id = conversation.conversation_id;
    await this.#post(`/v1/chat/${id}/messages`, { body }, token);
    return id;
  }

  async createPerson(name: string, role: 'patient' | 'clinician' | 'support'): Promise<Account> {
    this.#people += 1;
    const email = `${role}.${this.#people}@story.invalid`;
    const password = `a long sentence for number ${this.#people}`;
    const person = await this.#post<{ person_id: string }>('/v1/people', {
      display_name: name,
      email,
      password,
      role,
      time_zone: 'Europe/Berlin',
    });
    return { person_id: person.person_id, display_name: name, email, password };
  }

  /** An appointment of two people who are made for it. */
  async plansAVisit(wishes: Wishes = {}): Promise<PlannedVisit> {
    const patient =
      wishes.patientAccount ??
      (await this.createPerson(wishes.patient ?? 'Ana Example', 'patient'));
    const clinician =
      wishes.clinicianAccount ??
      (await this.createPerson(wishes.clinician ?? 'Dr. Bela Demo', 'clinician'));
    const startsAt = Date.now() + (wishes.inMinutes ?? 0) * 60_000;
    const card = await this.#post<Card>(`/v1/schedules/${clinician.person_id}/appointments`, {
      patient_id: patient.person_id,
      starts_at: startsAt,
      ends_at: startsAt + 3_600_000,
      time_zone: 'Europe/Berlin',
      patient_may_invite: true,
    });
    const link = async (of: object, token?: string): Promise<string> => {
      const made = await this.#post<{ url: string }>(
        '/v1/video/join-token',
        { appointment_id: card.appointment_id, ...of },
        token,
      );
      return made.url;
    };
    return {
      id: card.appointment_id,
      patient,
      clinician,
      patientLink: () => link({ participant_id: card.patient.participant_id }),
      // Nobody but the clinician gets into a visit as its host.
      clinicianLink: async () => link({}, await this.#signIn(clinician)),
    };
  }

  /** What a service of the demo clinic costs from now on. */
  async priceOf(name: string, price: { amount_minor: number; currency: string }): Promise<void> {
    type Known = { services: { service_id: string; revision: number; terms: { name: string } }[] };
    const { services } = await this.#call<Known>('GET', '/v1/services');
    const service = services.find((it) => it.terms.name === name);
    if (!service) throw new Error(`there is no ${name}`);
    await this.#call('PUT', `/v1/services/${service.service_id}`, {
      revision: service.revision,
      terms: { ...service.terms, price },
    });
  }

  async cancels(visit: PlannedVisit): Promise<void> {
    await this.#post(`/v1/appointments/${visit.id}/cancel`, {});
  }

  async attendance(visit: PlannedVisit): Promise<AttendanceEntry[]> {
    const answer = await this.#call<{ entries: AttendanceEntry[] }>(
      'GET',
      `/v1/visits/${visit.id}/attendance`,
    );
    return answer.entries;
  }

  /** Lets the first media worker's thread panic. */
  async killsTheMediaWorker(): Promise<void> {
    const response = await fetch(`${this.url}/drills/media-workers/0/kill`, { method: 'POST' });
    if (!response.ok) throw new Error(`the drill was refused: ${response.status}`);
  }

  #post<T>(path: string, body: object, token = this.#token): Promise<T> {
    return this.#call<T>('POST', path, body, token);
  }

  async #call<T>(method: string, path: string, body?: object, token = this.#token): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async #signIn({ email, password }: SignIn): Promise<string> {
    const body = { email, password };
    const signedIn = await this.#post<{ access_token: string }>('/v1/auth/login', body, '');
    return signedIn.access_token;
  }

  async #signInAsAdmin(): Promise<string> {
    return this.#signIn(await this.adminAccount());
  }

  /** The demo clinic is told on stdout once it stands. */
  #isReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = '';
      const late = setTimeout(() => reject(new Error('the hub did not start')), START_MS);
      this.#process.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (!said.includes('Accounts to sign in')) return;
        clearTimeout(late);
        resolve();
      });
      this.#process.once('error', reject);
      this.#process.once('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`the hub ended with code ${code}; is ${BINARY} built?`));
      });
    });
  }
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Minutes until a visit that is later, and today still for people in Berlin: around midnight it is now. */
export function laterToday(): number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Berlin',
    hour: 'numeric',
    minute: 'numeric',
    hour12: false,
  });
  const [hours = 0, minutes = 0] = clock.format(new Date()).split(':').map(Number);
  const leftToday = 24 * 60 - (hours * 60 + minutes) - 2;
  return Math.max(0, Math.min(40, leftToday));
}

async function keepLog(log: string): Promise<void> {
  await mkdir(LOGS, { recursive: true });
  await copyFile(log, join(LOGS, basename(dirname(log))));
}
