/**
 * Does two things at once. Returns or throws when both have ended.
 *
 * @param endOther called when one of them has failed, to end the other one; absent where both take seconds
 * @throws the error of the one that failed first
 */
export async function sideBySide<One, Other>(
  one: () => Promise<One>,
  other: () => Promise<Other>,
  endOther?: () => Promise<void>,
): Promise<[One, Other]> {
  const errors: unknown[] = [];
  const watched = async <Result>(action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (error) {
      errors.push(error);
      if (errors.length === 1) await endOther?.();
      throw error;
    }
  };
  const both = [watched(one), watched(other)] as const;
  await Promise.allSettled(both);
  if (errors.length > 0) throw errors[0];
  return Promise.all(both);
}
