/** Who tells what is new in a conversation, so that it is told once. */
class Places {
  readonly #counts = new Map<string, number>();

  readonly has = (conversationId: string): boolean => this.#counts.has(conversationId);

  /** Until the returned function is called. */
  add(conversationId: string): () => void {
    this.#counts.set(conversationId, (this.#counts.get(conversationId) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(conversationId) ?? 1) - 1;
      if (left > 0) this.#counts.set(conversationId, left);
      else this.#counts.delete(conversationId);
    };
  }
}

const threads = new Places();
const visits = new Places();

/** A thread is on the screen: what is new in it is told by itself. */
export const showing = (conversationId: string): (() => void) => threads.add(conversationId);
export const isShown = threads.has;

/** The person is in the visit of this conversation, which tells what is new while its thread is not shown. */
export const visiting = (conversationId: string): (() => void) => visits.add(conversationId);
export const isVisited = visits.has;
