import type { Message } from '@bedside/client';
import type { Strings } from '../strings/index.ts';
import { isPicture } from './check.ts';

type Said = Pick<Message, 'body' | 'files'>;

/** What a message says in one line: its words, or what was sent without any. Nothing when it was taken back. */
export function saidIn({ body, files }: Said, { files: words }: Strings): string | undefined {
  if (body === undefined || body !== '' || !files || files.length === 0) return body;
  const [first] = files;
  return files.length === 1 && first && isPicture(first.content_type)
    ? words.thread.picture
    : words.thread.only(files.length);
}
