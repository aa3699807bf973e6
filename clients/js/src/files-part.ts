/**
 * WHAT THE CLIENT KNOWS OF FILES without having loaded their part: types alone.
 */
import type { CallOptions } from './calls.js';
import type { Clock, Random } from './clock.js';
import type { BedsideError } from './errors.js';
import type { PendingMessage } from './outbox.js';
import type { ConversationId, FileCard, FileId, OperationMap, Override } from './protocol.gen.js';
import type { Store } from './store.js';

/** A file of a message that waits. */
export interface PendingFile {
  /** Its name on this device. */
  readonly key: string;
  /** As the person named it. */
  readonly name: string;
  /** How large. */
  readonly bytes: number;
  /** As the browser takes it; may be empty. */
  readonly content_type: string;
}

/** How far a file is. */
export interface UploadNow {
  /**
   * `waiting`: for the network, and goes on by itself. `paused`: by the person. `checking`: the hub has it and looks at
   * it. `failed`: see `error`; `resume` tries again.
   */
  readonly phase:
    | 'uploading'
    | 'waiting'
    | 'paused'
    | 'checking'
    | 'clear'
    | 'quarantined'
    | 'refused'
    | 'failed'
    | 'cancelled';
  /** Bytes that the hub has. */
  readonly sent: number;
  /** What the hub says of it, once it has all of it. */
  readonly file: FileCard | null;
  /** Why it failed. */
  readonly error: BedsideError | null;
}

/** A file on its way to the hub; made by `conversation.attach`. */
export interface Upload {
  /** Its name on this device. */
  readonly key: string;
  /** What it is. */
  readonly about: PendingFile;
  /** How far it is. */
  readonly state: Store<UploadNow>;
  /** Its contents, to show them before they are sent. */
  readonly blob: Blob;
  /** Stops until `resume`; what the hub has, it keeps. */
  pause(): void;
  /** Goes on where the hub is, after `pause` and after a failure. */
  resume(): void;
  /** Begins although the hub warned of the name. */
  override(override: Override): void;
  /** Stops for good, and takes it back from the hub. */
  cancel(): void;
}

/** What the part of files needs of its client. */
export interface FilesHost {
  readonly origin: string;
  /** How HTTP is asked. */
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes an idempotency key. */
  readonly newKey: () => string;
  /** An access token; a new one when asked for. */
  readonly token: (isNew?: boolean) => Promise<string>;
  /** Calls whenever the hub can be reached again. */
  readonly onLive: (listener: () => void) => () => void;
  /** Calls an operation. */
  call<K extends keyof OperationMap>(
    op: K,
    params: OperationMap[K]['params'],
    options?: CallOptions,
  ): Promise<OperationMap[K]['output']>;
}

/** The part of files, once it is loaded. */
export interface FilePart {
  /** Whether files of messages that wait outlive a reload of this page. */
  readonly outlivesThePage: Promise<boolean>;
  /** Begins to upload a file. */
  attach(
    conversationId: ConversationId,
    file: Blob,
    options: { name: string; override?: Override },
  ): Upload;
  /** The upload with this key, when it is under way in this tab. */
  uploadOf(key: string): Upload | undefined;
  /** Keeps files on this device until `forget`. */
  keep(owner: string, uploads: readonly Upload[]): Promise<PendingFile[]>;
  /** Uploads what is missing; the ids of a message's files. */
  ready(owner: string, message: PendingMessage, signal: AbortSignal): Promise<FileId[]>;
  /** Their message is with the hub, or was thrown away. */
  forget(owner: string, keys: readonly string[]): Promise<void>;
  /** Everything of one person. */
  wipe(owner: string): Promise<void>;
  /** Stops what is under way; what is kept stays. */
  stop(): void;
}

/** How the part is loaded: `() => import('@bedside/client/files')`. */
export type FilesSource = () => Promise<FilesModule>;

/** What is loaded. */
export interface FilesModule {
  /** Makes the part. */
  openFiles(host: FilesHost): FilePart;
}
