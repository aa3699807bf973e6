import classes from './parts.module.css';

/** A face where there is no picture. Decoration: the name stands beside it. */
export function Initials({ name, large }: { name: string; large?: boolean }) {
  return (
    <span className={classes.initials} data-large={large ?? false} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

/** First letters of the first and the last word, titles such as `Dr.` left out. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((it) => it !== '' && !it.endsWith('.'));
  const first = words.at(0) ?? name.trim();
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return [first, last]
    .map((it) => [...it][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}
