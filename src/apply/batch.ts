/**
 * Combines many calls into few: items that arrive in the same turn of the event loop, or while a call runs, are
 * passed to the next call together.
 *
 * @param run never runs twice at the same time.
 */
export function batched<Item>(run: (items: Item[]) => Promise<void>): (item: Item) => Promise<void> {
  let waiting: Item[] = [];
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();
  return (item) => {
    waiting.push(item);
    next ??= current.then(async () => {
      const items = waiting;
      waiting = [];
      next = undefined;
      await run(items);
    });
    const call = next;
    current = call.catch(() => undefined);
    return call;
  };
}
