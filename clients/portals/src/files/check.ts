import type { FileCard, Message } from '@bedside/client';

/** What can be sent, said before anything is: the hub decides by contents, this by name and size. Plain data. */

/** Bytes of a file. */
export const MAX_FILE_BYTES = 25 * 1024 * 1024;
/** Files of a message. */
export const MAX_FILES = 10;

const ENDINGS: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/plain',
  md: 'text/plain',
};

/** For the dialog that chooses. A telephone that makes other photos turns them into these by itself. */
export const ACCEPT = [...new Set(Object.values(ENDINGS)), '.csv', '.txt', '.md'].join(',');
export const ACCEPT_PICTURES = 'image/jpeg,image/png,image/webp';

export type Problem = 'empty' | 'large' | 'type' | 'heic';

const endingOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** Its type by its name, or as the browser takes it; `null` for what cannot be sent. */
export function typeOf(file: { name: string; type: string }): string | null {
  const known = Object.values(ENDINGS);
  const type = file.type.split(';')[0]?.trim().toLowerCase() ?? '';
  const ending = endingOf(file.name);
  if (ending === '') return known.includes(type) ? type : null;
  const byName = ENDINGS[ending] ?? null;
  // A program that is called a picture is refused by the hub; markup is refused here already.
  return byName !== null && (type === 'text/html' || type === 'image/svg+xml') ? null : byName;
}

export function problemOf(file: { name: string; type: string; size: number }): Problem | null {
  if (typeOf(file) === null) {
    return /^hei[cf]$/.test(endingOf(file.name)) || /^image\/hei[cf]/.test(file.type)
      ? 'heic'
      : 'type';
  }
  if (file.size === 0) return 'empty';
  return file.size > MAX_FILE_BYTES ? 'large' : null;
}

export const isPicture = (contentType: string): boolean =>
  /^image\/(jpeg|png|webp|gif)$/.test(contentType);

/** Whether it is shown as a picture: the hub has made a preview of it. */
export const isShown = (file: FileCard): boolean => file.has_preview && file.state === 'clear';

/** A picture, and who sent it. */
export interface Shown {
  file: FileCard;
  message: Message;
}

/** All pictures of a thread, in its order. */
export function picturesOf(messages: readonly Message[]): Shown[] {
  return messages.flatMap((message) =>
    (message.files ?? []).filter(isShown).map((file) => ({ file, message })),
  );
}

/** The step of a progress that is worth saying: quarters. */
export const quarterOf = (sent: number, bytes: number): number =>
  bytes === 0 ? 0 : Math.floor((sent / bytes) * 4);
