/**
 * The value of the first answer that has one. A server that does not answer must not delay the answers of the others.
 *
 * @param read returns `undefined` for an answer without a value
 * @returns `undefined` if all answers have arrived and none has a value
 * @throws the error of a request, such as CancelledError, if no answer has a value
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
