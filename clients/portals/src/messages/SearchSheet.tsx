import type { ConversationCard, ConversationId, FoundMessage } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useNow, useTime } from '../app/hooks.ts';
import { saidIn } from '../files/said.ts';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './head.module.css';

export interface SearchSheetProps {
  /** In one conversation, or in all. */
  conversationId?: ConversationId;
  /** With whom that one is. */
  name?: string;
  /** To name who wrote what was found, in all conversations. */
  cards?: readonly ConversationCard[];
  isOpen: boolean;
  onClose: () => void;
  onFound: (found: FoundMessage) => void;
}

const LEAST_LETTERS = 3;
const MOST = 50;

/** Looks for words in messages, and leads to what was found. */
export function SearchSheet({ isOpen, onClose, name, ...props }: SearchSheetProps) {
  const { messages: words } = useStrings();
  const title = name === undefined ? words.search.title : words.search.titleIn(name);
  return (
    <Sheet title={title} isOpen={isOpen} onClose={onClose} wide>
      <Search {...props} onClose={onClose} />
    </Sheet>
  );
}

function Search(props: Omit<SearchSheetProps, 'isOpen' | 'name'>) {
  const { conversationId, cards = [], onClose, onFound } = props;
  const { messages: words } = useStrings();
  const bedside = useBedside();
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly FoundMessage[] | null>(null);
  const search = useAction(async () => {
    const params = { words: text.trim() };
    const answer = conversationId
      ? await bedside.call('message.search', { ...params, conversation_id: conversationId })
      : await bedside.call('message.search', params);
    setFound(answer.found);
  });
  const isEnough = text.split(/\s+/).some((it) => it.length >= LEAST_LETTERS);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isEnough) void search.run();
  };
  return (
    <div className={classes.form}>
      <form className={classes.search} onSubmit={onSubmit}>
        <TextInput
          size="md"
          label={words.search.label}
          description={words.search.hint}
          value={text}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Act
          type="submit"
          tone="main"
          disabled={!isEnough}
          loading={search.isRunning}
          icon={<IconSearch aria-hidden size={20} />}
        >
          {words.search.submit}
        </Act>
      </form>
      <TroubleNote trouble={search.trouble} />
      {found ? (
        <p role="status">
          {found.length === 0 ? words.search.none : words.search.count(found.length)}
          {found.length === MOST ? ` ${words.search.most}` : ''}
        </p>
      ) : null}
      <ul className={classes.found}>
        {(found ?? []).map((it) => (
          <li key={it.message.message_id}>
            <Found
              found={it}
              name={authorOf(it, cards)}
              onShow={() => {
                onClose();
                onFound(it);
              }}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface FoundProps {
  found: FoundMessage;
  name: string | null;
  onShow: () => void;
}

function Found({ found, name, onShow }: FoundProps) {
  const strings = useStrings();
  const time = useTime();
  const now = useNow(60_000);
  const { message } = found;
  return (
    <button type="button" className={classes.foundButton} onClick={onShow}>
      <span className={classes.foundHead}>
        {name ? <strong>{name}</strong> : null}
        <span className="quiet">{time.dayAndClock(message.at, now)}</span>
      </span>
      <span className={classes.foundText} dir="auto">
        {saidIn(message, strings)}
      </span>
    </button>
  );
}

function authorOf(found: FoundMessage, cards: readonly ConversationCard[]): string | null {
  const card = cards.find((it) => it.conversation.conversation_id === found.conversation_id);
  const author = card?.conversation.members.find((it) => it.member_id === found.message.member_id);
  return author?.display_name ?? null;
}
