/**
 * Makes one call out of many: items that arrive while a call runs, or in the same turn, go into the next one together.
 *
 * @param run is never called twice at a time.
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
