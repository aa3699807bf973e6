import { describe, expect, it } from 'vitest';
import { message, PETRA } from '../dev/chat.ts';
import { fileCard } from '../dev/files.ts';
import { en } from '../strings/en.ts';
import { MAX_FILE_BYTES, picturesOf, problemOf, quarterOf, typeOf } from './check.ts';
import { saidIn } from './said.ts';

describe('what can be sent', () => {
  it.each([
    ['arm.jpg', 'image/jpeg', 10, null],
    ['ARM.JPEG', '', 10, null],
    ['letter.pdf', 'application/pdf', 10, null],
    ['values.csv', 'application/vnd.ms-excel', 10, null],
    ['picture', 'image/png', 10, null],
    ['page.html', 'text/html', 10, 'type'],
    ['drawing.svg', 'image/svg+xml', 10, 'type'],
    ['drawing.png', 'image/svg+xml', 10, 'type'],
    ['letter.pdf.exe', 'application/x-msdownload', 10, 'type'],
    ['letter.docx', '', 10, 'type'],
    ['nothing', '', 10, 'type'],
    ['IMG_1.HEIC', 'image/heic', 10, 'heic'],
    ['IMG_1', 'image/heif', 10, 'heic'],
    ['empty.txt', 'text/plain', 0, 'empty'],
    ['arm.jpg', 'image/jpeg', MAX_FILE_BYTES, null],
    ['arm.jpg', 'image/jpeg', MAX_FILE_BYTES + 1, 'large'],
  ] as const)('%s as %s of %i bytes: %s', (name, type, size, problem) => {
    expect(problemOf({ name, type, size })).toBe(problem);
  });

  it('goes by its name where the browser does not know it', () => {
    expect(typeOf({ name: 'notes.md', type: '' })).toBe('text/plain');
    expect(typeOf({ name: 'a.jpg', type: 'image/jpeg; charset=x' })).toBe('image/jpeg');
  });
});

it('pictures of a thread are those that can be shown, in its order', () => {
  const one = message(1, PETRA, 0, '', {
    files: [fileCard(1), fileCard(2, { state: 'checking' })],
  });
  const two = message(2, PETRA, 0, '', { files: [fileCard(3, { has_preview: false })] });
  const three = message(3, PETRA, 0, '', { files: [fileCard(4)] });
  expect(picturesOf([one, two, three]).map((it) => it.file.file_id)).toEqual(['file-1', 'file-4']);
});

it('a message without words says what it has', () => {
  const said = (files: ReturnType<typeof fileCard>[], body = '') => saidIn({ body, files }, en);
  expect(said([fileCard(1)])).toBe('A picture');
  expect(said([fileCard(1, { content_type: 'application/pdf' })])).toBe('A file');
  expect(said([fileCard(1), fileCard(2)])).toBe('2 files');
  expect(said([fileCard(1)], 'look')).toBe('look');
  expect(saidIn({}, en)).toBeUndefined();
});

it('a progress is worth a word by quarters', () => {
  expect([0, 24, 25, 99, 100].map((it) => quarterOf(it, 100))).toEqual([0, 0, 1, 3, 4]);
  expect(quarterOf(0, 0)).toBe(0);
});
