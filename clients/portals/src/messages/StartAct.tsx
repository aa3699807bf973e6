import type { OpenWith } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { IconMessage } from '@tabler/icons-react';
import { conversationPath } from '../app/pages.ts';
import { useNavigation } from '../app/router.tsx';
import { Act, type Tone } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';

export interface StartActProps {
  with: OpenWith;
  /** To whom, for a screen reader. */
  name: string;
  label: string;
  wide?: boolean;
  tone?: Tone;
}

/** Opens the conversation with somebody, and goes there. */
export function StartAct({ with: whom, name, label, wide, tone }: StartActProps) {
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const { go } = useNavigation();
  const open = useAction(async () => {
    const { conversation } = await bedside.call('conversation.open', { with: whom });
    go(conversationPath(conversation.conversation_id));
  });
  return (
    <>
      <Act
        wide={wide ?? false}
        tone={tone ?? 'quiet'}
        icon={<IconMessage aria-hidden size={22} />}
        aria-label={words.start.of(name)}
        loading={open.isRunning}
        onClick={() => open.run()}
      >
        {label}
      </Act>
      <TroubleNote trouble={open.trouble} />
    </>
  );
}
