import { Switch } from '@mantine/core';
import { useState } from 'react';
import { recall, remember } from '../app/remember.ts';
import { Sheet } from '../parts/Confirm.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './today.module.css';

/** What each key does, and the switch for those whom single keys get in the way. */
export function ShortcutHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { today: words } = useStrings();
  const rows: [string, string][] = [
    ['J  ↓', words.keys.next],
    ['K  ↑', words.keys.previous],
    ['Enter', words.keys.open],
    ['A', words.keys.admit],
    ['?', words.keys.help],
  ];
  const inVisit: [string, string][] = [
    ['A', words.keys.admitNext],
    ['M', words.keys.microphone],
    ['V', words.keys.camera],
    ['P', words.keys.panel],
  ];
  return (
    <KeySheet
      isOpen={isOpen}
      onClose={onClose}
      lists={[
        { title: words.title, rows },
        { title: words.inCall, rows: inVisit },
      ]}
    />
  );
}

export interface KeySheetProps {
  isOpen: boolean;
  onClose: () => void;
  lists: readonly { title: string; rows: readonly [string, string][] }[];
}

/** Keys in lists, and the switch that holds for all pages. */
export function KeySheet({ isOpen, onClose, lists }: KeySheetProps) {
  const { today: words } = useStrings();
  const [isOn, setOn] = useState(() => recall('shortcuts'));
  const change = (next: boolean) => {
    setOn(next);
    remember('shortcuts', next);
  };
  return (
    <Sheet title={words.shortcuts} isOpen={isOpen} onClose={onClose}>
      {lists.map((it) => (
        <KeyList key={it.title} title={it.title} rows={it.rows} />
      ))}
      <Switch
        size="md"
        label={words.shortcutsOn}
        checked={isOn}
        onChange={(event) => change(event.currentTarget.checked)}
        className={classes.switch ?? ''}
      />
    </Sheet>
  );
}

function KeyList({ title, rows }: { title: string; rows: readonly [string, string][] }) {
  return (
    <section className={classes.keyList}>
      <h3>{title}</h3>
      <dl>
        {rows.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              {keys.split('  ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
