/** Threads that are on the screen: what is new in them is told by themselves. */
const shown = new Map<string, number>();

export function isShown(conversationId: string): boolean {
  return shown.has(conversationId);
}

export function showing(conversationId: string): () => void {
  shown.set(conversationId, (shown.get(conversationId) ?? 0) + 1);
  return () => {
    const left = (shown.get(conversationId) ?? 1) - 1;
    if (left > 0) shown.set(conversationId, left);
    else shown.delete(conversationId);
  };
}
