import { KeySheet } from '../clinician/ShortcutHelp.tsx';
import { useStrings } from '../strings/index.ts';

/** What each key does in the calendar. */
export function CalendarHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { calendar } = useStrings();
  const { keys } = calendar;
  return (
    <KeySheet
      isOpen={isOpen}
      onClose={onClose}
      lists={[
        {
          title: calendar.keysTitle,
          rows: [
            ['←  →  ↑  ↓', keys.move],
            ['Enter', keys.open],
            ['M', keys.moveEntry],
            ['D', keys.day],
            ['W', keys.week],
            ['T', keys.today],
            ['Page ↑  Page ↓', keys.page],
            ['?', keys.help],
          ],
        },
      ]}
    />
  );
}
