/**
 * What the first answer says that says something: one that is silent must not make all the rest wait.
 *
 * @param read `undefined` for an answer that says nothing
 * @returns `undefined` when all are there, and none says anything
 * @throws what asking fails with, such as CancelledError, where no answer says anything
 */
export async function firstOf<Answer, Value>(
  asked: readonly Promise<Answer>[],
  read: (answer: Answer) => Value | undefined,
): Promise<Value | undefined> {
  const found = asked.map(async (each) => read(await each) ?? Promise.reject(new Error('nothing is said')));
  return Promise.any(found).catch(async () => {
    await Promise.all(asked);
    return undefined;
  });
}
