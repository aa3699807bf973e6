import type { FileCard, FileId, Override, PendingFile, Upload, UploadNow } from '@bedside/client';
import { type Box, box, type Call } from './box.ts';
import type { FakeBedside } from './fake.ts';

/** Files of conversations, for tests and for looking at screens. */

/** A file as the hub has it, clear unless it is said. */
export function fileCard(number: number, over: Partial<FileCard> = {}): FileCard {
  return {
    file_id: `file-${number}` as FileId,
    name: `arm ${number}.jpg`,
    content_type: 'image/jpeg',
    bytes: 840_000,
    state: 'clear',
    scanned: true,
    width: 1600,
    height: 1200,
    has_preview: true,
    ...over,
  };
}

export function pendingFile(number: number, over: Partial<PendingFile> = {}): PendingFile {
  return {
    key: `upload-${number}`,
    name: `arm ${number}.jpg`,
    bytes: 840_000,
    content_type: 'image/jpeg',
    ...over,
  };
}

/** What becomes of a file once its message is sent. */
export function cardOf({ key, name, bytes, content_type }: PendingFile): FileCard {
  const isPicture = content_type.startsWith('image/');
  return {
    file_id: key as FileId,
    name,
    bytes,
    content_type,
    state: 'clear',
    scanned: true,
    has_preview: isPicture,
  };
}

let count = 0;

/** An upload that is as far as a test says. */
export class FakeUpload implements Upload {
  readonly key: string;
  readonly about: PendingFile;
  readonly state: Box<UploadNow>;
  readonly blob: Blob;
  readonly calls: Call[] = [];

  constructor(hub: FakeBedside, blob: Blob, name: string) {
    count += 1;
    this.key = `upload-${count}`;
    this.blob = blob;
    this.about = { key: this.key, name, bytes: blob.size, content_type: blob.type };
    const as = hub.uploadsAs.shift() ?? { phase: 'clear', sent: blob.size };
    this.state = box<UploadNow>({
      phase: 'uploading',
      sent: 0,
      file: null,
      error: null,
      ...as,
    });
  }

  /** It goes on. */
  becomes(change: Partial<UploadNow>): void {
    this.state.set({ ...this.state.get(), ...change });
  }

  private did(name: string, ...args: unknown[]): void {
    this.calls.push({ name, args });
  }

  pause = () => {
    this.did('pause');
    this.becomes({ phase: 'paused' });
  };
  resume = () => {
    this.did('resume');
    this.becomes({ phase: 'uploading', error: null });
  };
  override = (override: Override) => {
    this.did('override', override);
    this.becomes({ phase: 'uploading', error: null });
  };
  cancel = () => {
    this.did('cancel');
    this.becomes({ phase: 'cancelled' });
  };
}
