/**
 * THE FAULT PROXY as these tests use it: the process of the workspace (`fault-proxy`), told what to do line by line.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const BINARY =
  process.env.FAULT_PROXY_BIN ??
  fileURLToPath(new URL('../../../../target/debug/fault-proxy', import.meta.url));

/** Which frames, and what becomes of them. */
export interface Rule {
  when: {
    toward?: 'hub' | 'client';
    frame?: string;
    op?: string;
    kind?: string;
    nth?: number;
    times?: number;
    chance?: { percent: number; seed: number };
  };
  action:
    | { do: 'suppress' | 'duplicate' | 'reorder' | 'cut' }
    | { do: 'delay'; ms: number }
    | { do: 'close'; code: number };
}

type Answer = { listens?: string; rule?: number; hits?: number | null; error?: string };

/** One proxy, in front of one hub. */
export class FaultProxy {
  /** Where it listens, `host:port`. */
  readonly address: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  private constructor(
    address: string,
    process: ChildProcessByStdio<Writable, Readable, null>,
    answers: AsyncIterator<string>,
  ) {
    this.address = address;
    this.#process = process;
    this.#answers = answers;
  }

  static async start(hub: string): Promise<FaultProxy> {
    const { port } = new URL(hub);
    const child = spawn(BINARY, [`127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { listens } = await next(answers);
    if (!listens) throw new Error(`the proxy did not start; is ${BINARY} built?`);
    return new FaultProxy(listens, child, answers);
  }

  /** The number of the rule. */
  async add(rule: Rule): Promise<number> {
    return (await this.#order({ add: rule })).rule ?? -1;
  }

  /** How often a rule has acted. */
  async hits(rule: number): Promise<number> {
    return (await this.#order({ hits: rule })).hits ?? -1;
  }

  /** All connections go without a word. */
  async cut(): Promise<void> {
    await this.#order('cut');
  }

  /** The network is away, or back. */
  async away(isAway: boolean): Promise<void> {
    await this.#order({ away: isAway });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    await ended;
  }

  async #order(order: unknown): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = await next(this.#answers);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}

const next = async (answers: AsyncIterator<string>): Promise<Answer> => {
  const { value, done } = await answers.next();
  if (done) throw new Error('the proxy has ended');
  return JSON.parse(value) as Answer;
};
