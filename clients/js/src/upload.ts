/**
 * ONE UPLOAD: a file goes to the hub in pieces, and goes on where the hub is.
 *
 * Protocol: the IETF's resumable uploads. `HEAD` says how much the hub has; `PATCH` brings more, from exactly there; the
 * hub keeps whole chunks. Whatever is lost on the way, network, answer or token, the next step is to ask where the hub
 * is. Pieces grow while they arrive quickly and shrink when one is lost, so that progress is seen on a slow network and
 * little is sent twice.
 */
import { backoff } from './clock.js';
import { asError, BedsideError, localFault } from './errors.js';
import type { FilesHost, PendingFile, Upload, UploadNow } from './files-part.js';
import { asked, offsetOf, refusal } from './pieces.js';
import type { ConversationId, FileCard, FileId, Override } from './protocol.gen.js';
import { Cell } from './store.js';

/** What the hub answered to `file.begin`. */
export interface Begun {
  readonly file_id: FileId;
  readonly chunk_bytes: number;
}

/** A piece that took less is followed by a larger one, one that took longer by a smaller one. */
const QUICK_MS = 1_000;
const SLOW_MS = 8_000;
/** No piece is larger. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A hub that loses a file more often has something against it. */
const MOST_FORGOTTEN = 3;
/** Between looks at a file that is checked, doubling. */
const LOOK_MS = 1_000;
const LOOK_MOST_MS = 15_000;

type Step =
  | { kind: 'at'; offset: number }
  | { kind: 'done'; file: FileCard }
  /** The hub knows this upload no more. */
  | { kind: 'gone' };

/** A file on its way. */
export class FileUpload implements Upload {
  readonly about: PendingFile;
  readonly blob: Blob;
  readonly state: Cell<UploadNow>;
  /** What is known of it at the hub. */
  begun: Begun | undefined;
  /** Told when the hub gave it an id. */
  onBegun: (begun: Begun) => void = () => undefined;
  /** What another page may know of it by now. */
  recall: () => Promise<Begun | undefined> = async () => undefined;
  /** Waits until no other tab uploads it. */
  alone: (signal: AbortSignal, work: () => Promise<void>) => Promise<void> = (_, work) => work();

  readonly #host: FilesHost;
  readonly #conversationId: ConversationId;
  #override: Override | undefined;
  #beginKey: string;
  #work: AbortController | undefined;
  #piece = 0;
  #timesForgotten = 0;

  constructor(
    host: FilesHost,
    conversationId: ConversationId,
    blob: Blob,
    about: PendingFile,
    begun?: Begun,
  ) {
    this.#host = host;
    this.#conversationId = conversationId;
    this.blob = blob;
    this.about = about;
    this.begun = begun;
    this.#beginKey = host.newKey();
    this.state = new Cell<UploadNow>({ phase: 'paused', sent: 0, file: null, error: null });
  }

  get key(): string {
    return this.about.key;
  }

  pause(): void {
    if (this.#isOver()) return;
    this.#abort();
    this.#show({ phase: 'paused' });
  }

  resume(): void {
    const { phase } = this.state.get();
    if (this.#work || phase === 'cancelled' || this.#isSettled()) return;
    const work = new AbortController();
    this.#work = work;
    this.#show({ phase: 'uploading', error: null });
    this.alone(work.signal, () => this.#run(work.signal))
      .catch((thrown: unknown) => {
        if (!work.signal.aborted) this.#show({ phase: 'failed', error: asError(thrown) });
      })
      .finally(() => {
        if (this.#work === work) this.#work = undefined;
      });
  }

  override(override: Override): void {
    this.#override = override;
    // Another request than the one that was refused.
    this.#beginKey = this.#host.newKey();
    this.resume();
  }

  cancel(): void {
    this.stop();
    const { begun } = this;
    this.begun = undefined;
    this.#show({ phase: 'cancelled' });
    // What cannot be taken back now is thrown away by the hub in time.
    if (begun) this.#host.call('file.remove', { file_id: begun.file_id }).catch(() => undefined);
  }

  /** Stops, and says nothing. */
  stop(): void {
    this.#abort();
  }

  /**
   * The file's id, as soon as the hub has all of it and has not refused it. What has failed or was forgotten by the hub
   * is tried once more.
   */
  async completed(signal: AbortSignal): Promise<FileId> {
    if (this.#isSettled()) await this.#lookAgain(signal);
    this.resume();
    await this.#until(signal);
    const { phase, file, error } = this.state.get();
    if (file && (phase === 'checking' || phase === 'clear')) return file.file_id;
    throw error ?? new BedsideError(localFault('not_found', `The file is ${phase}.`));
  }

  /** What was complete long ago may have been thrown away since. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { file } = this.state.get();
    if (!file) return;
    const now = await this.#read(file.file_id, signal);
    if (now && now.state !== 'expired') return this.#arrived(now);
    this.#startOver();
  }

  /** The hub has all of it, or it will not get there by itself. */
  #until(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const { phase } = this.state.get();
        if (phase === 'uploading' || phase === 'waiting' || phase === 'paused') return;
        end();
        resolve();
      };
      const aborted = (): void => {
        end();
        reject(new BedsideError(localFault('cancelled', 'The caller gave up.')));
      };
      const unsubscribe = this.state.subscribe(look);
      const end = (): void => {
        unsubscribe();
        signal.removeEventListener('abort', aborted);
      };
      if (signal.aborted) return aborted();
      signal.addEventListener('abort', aborted);
      look();
    });
  }

  #isSettled(): boolean {
    const { phase } = this.state.get();
    return (
      phase === 'checking' || phase === 'clear' || phase === 'quarantined' || phase === 'refused'
    );
  }

  #isOver(): boolean {
    return this.#isSettled() || this.state.get().phase === 'cancelled';
  }

  #show(change: Partial<UploadNow>): void {
    this.state.set({ ...this.state.get(), ...change });
  }

  #abort(): void {
    this.#work?.abort();
    this.#work = undefined;
  }

  /** The hub knows it no more: it begins anew, a few times. */
  #forgotten(): void {
    this.#timesForgotten += 1;
    if (this.#timesForgotten > MOST_FORGOTTEN) {
      throw new BedsideError(localFault('not_found', 'The hub loses this file again and again.'));
    }
    this.#startOver();
  }

  #startOver(): void {
    this.begun = undefined;
    this.#beginKey = this.#host.newKey();
    this.#show({ phase: 'paused', sent: 0, file: null });
  }

  /** One step after the other until the hub has all of it. Throws what will not pass by itself. */
  async #run(signal: AbortSignal): Promise<void> {
    let offset: number | undefined;
    let failures = 0;
    this.begun ??= await this.recall();
    for (;;) {
      try {
        const step: Step = await this.#step(offset, signal);
        failures = 0;
        if (signal.aborted) return;
        if (step.kind === 'done') return this.#arrived(step.file);
        if (step.kind === 'gone') this.#forgotten();
        offset = step.kind === 'at' ? step.offset : undefined;
        this.#show({ phase: 'uploading', sent: offset ?? 0 });
      } catch (thrown) {
        if (signal.aborted) return;
        offset = undefined;
        await this.#afterTrouble(asError(thrown), failures, signal);
        failures += 1;
      }
    }
  }

  /** Waits for what passes by itself, and throws what does not. */
  async #afterTrouble(error: BedsideError, failures: number, signal: AbortSignal): Promise<void> {
    const { retry, after_ms } = error.fault;
    if (retry === 'never' || retry === 'refresh') throw error;
    this.#piece = 0;
    this.#show({ phase: 'waiting' });
    await this.#pause(Math.max(after_ms ?? 0, backoff(failures, this.#host.random)), signal);
  }

  async #step(offset: number | undefined, signal: AbortSignal): Promise<Step> {
    // Of a file that begins the hub has nothing.
    const from = this.begun ? offset : 0;
    const begun = await this.#begin(signal);
    return from === undefined ? this.#ask(begun, signal) : this.#send(begun, from, signal);
  }

  async #begin(signal: AbortSignal): Promise<Begun> {
    if (this.begun) return this.begun;
    const { name, bytes, content_type } = this.about;
    const { file_id, chunk_bytes } = await this.#host.call(
      'file.begin',
      {
        conversation_id: this.#conversationId,
        name,
        bytes,
        ...(content_type === '' ? {} : { content_type }),
        ...(this.#override ? { override: this.#override } : {}),
      },
      { key: this.#beginKey, signal },
    );
    this.begun = { file_id, chunk_bytes };
    this.onBegun(this.begun);
    return this.begun;
  }

  /** Where the hub is. */
  async #ask({ file_id }: Begun, signal: AbortSignal): Promise<Step> {
    const response = await asked(this.#host, 'HEAD', file_id, {}, signal);
    if (response.status === 404 || response.status === 410) return { kind: 'gone' };
    if (!response.ok) throw await refusal(response);
    if (response.headers.get('upload-complete') === '?1') {
      const file = await this.#read(file_id, signal);
      return file && file.state !== 'expired' ? { kind: 'done', file } : { kind: 'gone' };
    }
    return { kind: 'at', offset: offsetOf(response) };
  }

  /** Brings the next piece. */
  async #send({ file_id, chunk_bytes }: Begun, offset: number, signal: AbortSignal): Promise<Step> {
    const { clock } = this.#host;
    this.#piece = Math.min(Math.max(this.#piece, chunk_bytes), MOST_BYTES);
    const until = Math.min(offset + this.#piece, this.blob.size);
    const isLast = until === this.blob.size;
    const began = clock.now();
    const response = await asked(
      this.#host,
      'PATCH',
      file_id,
      {
        headers: {
          'content-type': 'application/partial-upload',
          'upload-offset': String(offset),
          'upload-complete': isLast ? '?1' : '?0',
        },
        body: this.blob.slice(offset, until),
      },
      signal,
    );
    if (response.status === 409 && response.headers.has('upload-offset')) {
      return { kind: 'at', offset: offsetOf(response) };
    }
    if (response.status === 404 || response.status === 410) return { kind: 'gone' };
    if (!response.ok) throw await refusal(response);
    const took = clock.now() - began;
    if (took < QUICK_MS) this.#piece *= 2;
    // Whole chunks: a piece is cut where the hub keeps it.
    else if (took > SLOW_MS) {
      this.#piece = Math.max(1, Math.floor(this.#piece / 2 / chunk_bytes)) * chunk_bytes;
    }
    if (response.status === 200) return { kind: 'done', file: (await response.json()) as FileCard };
    return { kind: 'at', offset: offsetOf(response) };
  }

  async #read(file_id: FileId, signal?: AbortSignal): Promise<FileCard | null> {
    try {
      return await this.#host.call('file.read', { file_id }, signal ? { signal } : {});
    } catch (thrown) {
      if (asError(thrown).code === 'not_found') return null;
      throw thrown;
    }
  }

  /** The hub has all of it, and says what it thinks of it. */
  #arrived(file: FileCard): void {
    const { state } = file;
    const phase = state === 'uploading' || state === 'expired' ? 'failed' : state;
    this.#show({ phase, sent: this.blob.size, file, error: null });
    if (state === 'checking') this.#watch(file.file_id, LOOK_MS);
  }

  /** Looks again while it is checked, for as long as somebody looks here. */
  #watch(fileId: FileId, ms: number): void {
    this.#host.clock.after(ms, () => {
      const { phase } = this.state.get();
      if (phase !== 'checking') return;
      this.#read(fileId).then(
        (file) => {
          if (file && file.state !== 'checking') this.#arrived(file);
          else this.#watch(fileId, Math.min(ms * 2, LOOK_MOST_MS));
        },
        () => this.#watch(fileId, LOOK_MOST_MS),
      );
    });
  }

  /** Waits, or until the hub can be reached again. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        unsubscribe();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#host.clock.after(ms, end);
      const unsubscribe = this.#host.onLive(end);
      signal.addEventListener('abort', end);
    });
  }
}
