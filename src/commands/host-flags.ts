import { type Command, Option } from 'commander';
import type { CheckOptions } from '../host/preflight/check-host.ts';
import type { CheckName } from '../host/preflight/finding.ts';
import type { Session } from './command.ts';

/** The flags of a command that checks the host before it changes anything. */
export interface HostFlags {
  readonly skipCheck: readonly string[];
  readonly installDocker?: boolean;
  readonly yes?: boolean;
}

export function declareHostFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--skip-check <name>', 'pass over a check of the host; may be repeated')
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], 'none'),
    )
    .option('--install-docker', "install Docker where it is missing, from the distribution's packages");
}

/**
 * The checks that are to be passed over.
 *
 * @throws UsageError for a name that no check has.
 */
export async function skippedChecks({ skipCheck }: HostFlags): Promise<ReadonlySet<CheckName>> {
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

/** How the host is to be checked, as the flags say. */
export async function checkOptions(session: Session<HostFlags>): Promise<CheckOptions> {
  const { context, flags, reporter } = session;
  return {
    skip: await skippedChecks(flags),
    emit: (await reporter()).event,
    async mayInstall(packages) {
      const { canAsk, agrees } = await import('../output/prompts.ts');
      if (flags.installDocker || flags.yes || !canAsk(context)) {
        return flags.installDocker ?? false;
      }
      return agrees(context, `Docker is missing. Install ${packages.join(', ')} with apt-get?`);
    },
  };
}
