/**
 * Does something with each item, with a few of them at a time.
 *
 * @param stop asked before each: from a yes on, no other is begun
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
