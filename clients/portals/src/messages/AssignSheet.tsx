import type { ConversationId, PersonId } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './head.module.css';
import { useClinicians } from './useClinicians.ts';

export interface AssignSheetProps {
  conversationId: ConversationId;
  assignedTo: PersonId | undefined;
  isOpen: boolean;
  onClose: () => void;
}

/** Hands a conversation over to another clinician. */
export function AssignSheet({ conversationId, assignedTo, isOpen, onClose }: AssignSheetProps) {
  const { messages: words, common } = useStrings();
  const bedside = useBedside();
  const announce = useAnnounce();
  const { clinicians, trouble } = useClinicians(isOpen);
  const [chosen, setChosen] = useState('');
  const assign = useAction(async () => {
    const clinician = clinicians.find((it) => it.person_id === chosen);
    if (!clinician) return;
    await bedside.call('conversation.assign', {
      conversation_id: conversationId,
      clinician_id: clinician.person_id,
    });
    announce(words.care.assignedNow(clinician.display_name));
    setChosen('');
    onClose();
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void assign.run();
  };
  const options = clinicians
    .filter((it) => it.person_id !== assignedTo)
    .map((it) => ({ value: it.person_id, label: it.display_name }));
  return (
    <Sheet title={words.care.assignTitle} isOpen={isOpen} onClose={onClose}>
      <form className={classes.form} onSubmit={onSubmit}>
        <p>{words.care.assignBody}</p>
        <NativeSelect
          size="md"
          label={words.care.assignLabel}
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[{ value: '', label: words.care.assignNone }, ...options]}
        />
        <TroubleNote trouble={assign.trouble ?? trouble} />
        <div className={classes.formActs}>
          <Act onClick={onClose}>{common.cancel}</Act>
          <Act type="submit" tone="main" disabled={chosen === ''} loading={assign.isRunning}>
            {words.care.assignSubmit}
          </Act>
        </div>
      </form>
    </Sheet>
  );
}
