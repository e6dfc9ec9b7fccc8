import type { Context } from '../context.ts';

/**
 * Refuses a command that would have to ask for answers without a terminal.
 *
 * @param missing the missing answers, each with its flag
 * @throws UsageError that lists all missing answers.
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
