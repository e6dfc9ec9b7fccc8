import type { Command } from 'commander';
import type { CheckName } from '../host/preflight/finding.ts';

export interface SkipCheckFlags {
  readonly skipCheck: readonly string[];
}

/** Gives a command the flag by which checks of the host are passed over. */
export function declareSkipCheck(command: Command): Command {
  return command.option(
    '--skip-check <name>',
    'pass over a check of the host; may be repeated',
    (name: string, before: readonly string[]) => [...before, name],
    [],
  );
}

/**
 * The checks that are to be passed over.
 *
 * @throws UsageError for a name that no check has.
 */
export async function skippedChecks({ skipCheck }: SkipCheckFlags): Promise<ReadonlySet<CheckName>> {
  if (skipCheck.length === 0) {
    return new Set();
  }
  const { checkNames } = await import('../host/preflight/finding.ts');
  const known: ReadonlySet<string> = new Set(checkNames);
  const unknown = skipCheck.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const { nearestName } = await import('../config/nearest.ts');
    const { UsageError } = await import('../errors.ts');
    const meant = nearestName(unknown, known);
    throw new UsageError(`there is no check called ${unknown}`, {
      code: 'usage.check',
      hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}The checks are: ${checkNames.join(', ')}.`,
    });
  }
  return new Set(skipCheck as readonly CheckName[]);
}
