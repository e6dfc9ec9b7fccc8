import type { Context } from '../context.ts';

/**
 * Ends what would have to ask, where nobody is there to answer.
 *
 * @param missing what is not said, each with its flag
 * @throws UsageError with all of it.
 */
export async function requireAnswers(context: Context, missing: readonly string[]): Promise<void> {
  if (missing.length === 0) {
    return;
  }
  const { canAsk } = await import('../output/prompts.ts');
  if (!canAsk(context)) {
    const { UsageError } = await import('../errors.ts');
    throw new UsageError('missing answers (no terminal, cannot prompt)', {
      code: 'usage.missing',
      details: missing,
    });
  }
}
