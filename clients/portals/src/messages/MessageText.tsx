import classes from './thread.module.css';
import { piecesOf } from './thread.ts';

/** What somebody wrote: plain text, whatever it looks like, in its own direction; web addresses can be followed. */
export function MessageText({ text }: { text: string }) {
  let at = 0;
  return (
    <p className={classes.text} dir="auto">
      {piecesOf(text).map((piece) => {
        const key = at;
        at += piece.text.length;
        return piece.kind === 'text' ? (
          piece.text
        ) : (
          <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        );
      })}
    </p>
  );
}
