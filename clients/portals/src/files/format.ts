import { useMemo } from 'react';
import { useTime } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';

export interface FileFormat {
  size: (bytes: number) => string;
  percent: (sent: number, bytes: number) => string;
  type: (contentType: string) => string;
  /** A name for a picture that was taken or pasted now. */
  stamp: (words: (day: string, time: string) => string) => string;
}

/** Sizes, shares and kinds of files in the language that is shown. */
export function useFileFormat(): FileFormat {
  const { files: words } = useStrings();
  const time = useTime();
  return useMemo(() => {
    const number = new Intl.NumberFormat(time.language, { maximumFractionDigits: 1 });
    const percent = new Intl.NumberFormat(time.language, { style: 'percent' });
    return {
      size: (bytes) =>
        bytes < 1_000_000
          ? words.size.kb(number.format(Math.max(1, Math.round(bytes / 1_000))))
          : words.size.mb(number.format(bytes / 1_000_000)),
      percent: (sent, bytes) => percent.format(bytes === 0 ? 0 : sent / bytes),
      type: (contentType) =>
        (words.types as Record<string, string>)[contentType] ?? words.types.other,
      stamp: (name) => {
        const now = new Date();
        const two = (value: number) => String(value).padStart(2, '0');
        return name(
          `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`,
          `${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`,
        );
      },
    };
  }, [words, time]);
}
