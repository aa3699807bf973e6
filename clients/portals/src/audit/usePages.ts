import { useCallback, useEffect, useRef, useState } from 'react';
import { type Trouble, troubleOf, useAction } from '../parts/trouble.ts';

export interface Page<T> {
  items: readonly T[];
  cursor: string | undefined;
}

export interface Pages<T> {
  /** `null` until the first page came. */
  items: readonly T[] | null;
  isMore: boolean;
  isLoading: boolean;
  trouble: Trouble | null;
  /** Adds the next page; the items that came. */
  older: () => Promise<readonly T[] | undefined>;
  /** From the begin. */
  again: () => void;
}

/** Pages in a row that hold nothing although there are more: enough for a list of which others see most. */
const MAX_EMPTY = 5;

/** A list that is read page by page. `read` is another function when something else is wanted; what was is forgotten. */
export function usePages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Pages<T> {
  const [items, setItems] = useState<readonly T[] | null>(null);
  const [cursor, setCursor] = useState<string | undefined>();
  const [turn, setTurn] = useState(0);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const wanted = useRef(0);
  const {
    run: load,
    isRunning,
    trouble: failed,
  } = useAction(async (from: string | undefined, isCurrent: () => boolean) => {
    const page = await filled(read, from);
    return isCurrent() ? page : undefined;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks for the same again.
  useEffect(() => {
    const mine = ++wanted.current;
    const isCurrent = () => mine === wanted.current;
    setItems(null);
    setTrouble(null);
    void filled(read, undefined).then(
      (page) => {
        if (!isCurrent()) return;
        setItems(page.items);
        setCursor(page.cursor);
      },
      (error) => {
        if (isCurrent()) setTrouble(troubleOf(error));
      },
    );
    return () => {
      wanted.current += 1;
    };
  }, [read, turn]);
  const older = useCallback(async () => {
    const mine = wanted.current;
    const page = await load(cursor, () => mine === wanted.current);
    if (!page) return undefined;
    setItems((before) => [...(before ?? []), ...page.items]);
    setCursor(page.cursor);
    return page.items;
  }, [load, cursor]);
  const again = useCallback(() => setTurn((it) => it + 1), []);
  return {
    items,
    isMore: items !== null && cursor !== undefined,
    isLoading: isRunning || (items === null && trouble === null),
    trouble: trouble ?? failed,
    older,
    again,
  };
}

async function filled<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  from: string | undefined,
): Promise<Page<T>> {
  let page = await read(from);
  for (let empty = 1; empty < MAX_EMPTY && page.items.length === 0 && page.cursor; empty += 1) {
    page = await read(page.cursor);
  }
  return page;
}
