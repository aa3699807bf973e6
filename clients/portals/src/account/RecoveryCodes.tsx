import { IconCopy, IconPrinter } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './account.module.css';

/** Codes that are shown once. They live on this screen and nowhere else in the browser. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const words = useStrings().account.codes;
  const announce = useAnnounce();
  const lead = useRef<HTMLParagraphElement>(null);
  useEffect(() => lead.current?.focus(), []);
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(codes.join('\n'));
    announce(words.copied);
  });
  return (
    <div className={classes.step}>
      <p ref={lead} tabIndex={-1}>
        {words.lead}
      </p>
      <TroubleNote trouble={copy.trouble} />
      <ul className={classes.codes} data-prints>
        {codes.map((it) => (
          <li key={it}>
            <code>{it}</code>
          </li>
        ))}
      </ul>
      <div className={classes.ways}>
        <Act icon={<IconCopy aria-hidden size={20} />} onClick={() => copy.run()}>
          {words.copy}
        </Act>
        <Act icon={<IconPrinter aria-hidden size={20} />} onClick={() => window.print()}>
          {words.print}
        </Act>
        <Act tone="main" onClick={onKept}>
          {words.kept}
        </Act>
      </div>
    </div>
  );
}
