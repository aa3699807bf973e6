import { TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useStrings } from '../strings/index.ts';
import { Act } from './Act.tsx';
import classes from './parts.module.css';

/** A link to hand on: shown whole, copied by one click. */
export function LinkField({ url, label }: { url: string; label: string }) {
  const { common } = useStrings();
  const announce = useAnnounce();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const whole = new URL(url, location.origin).href;
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 4_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(whole);
      setCopied(true);
      announce(common.copied);
    } catch {
      // Without permission the link is selected, so that the keyboard's own copy works.
      field.current?.select();
    }
  };
  return (
    <div className={classes.linkField}>
      <TextInput
        ref={field}
        size="md"
        label={label}
        value={whole}
        readOnly
        className={classes.grow ?? ''}
        onFocus={(event) => event.currentTarget.select()}
        data-testid="link"
      />
      <Act
        tone="main"
        icon={copied ? <IconCheck aria-hidden size={20} /> : <IconCopy aria-hidden size={20} />}
        onClick={copy}
      >
        {copied ? common.copied : common.copy}
      </Act>
    </div>
  );
}
