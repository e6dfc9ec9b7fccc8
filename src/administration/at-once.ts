/**
 * Runs an action for each item, for at most `limit` items at a time.
 *
 * @param stop called before each item; once it returns true, no further item is begun
 */
export async function atOnce<Item>(
  items: Iterable<Item>,
  limit: number,
  action: (item: Item) => Promise<void>,
  stop: () => boolean = () => false,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    while (!stop()) {
      const next = waiting.next();
      if (next.done) {
        return;
      }
      await action(next.value);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
