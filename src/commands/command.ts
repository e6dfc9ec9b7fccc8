import type { Command } from 'commander';
import type { Context, Output } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { hasColour } from '../output/colour.ts';
import type { Reporter } from '../output/reporter.ts';
import type { Style } from '../output/style.ts';
import { printable, printableJson, printableLine } from '../printable.ts';
import { type Examples, setExamples } from './examples.ts';

/** Flags that every command has. */
interface GlobalFlags {
  readonly dir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** All that the action of a command gets. */
export interface Session<Flags> {
  readonly context: Context;
  readonly flags: Flags;
  /** The deployment directory, absolute. */
  readonly directory: string;
  /** What was shown to the operator, who has agreed to it: not asked again when the same is planned after a wait. */
  readonly agreed: Set<string>;
  /** Loaded on first use: many commands show no progress. */
  reporter(): Promise<Reporter>;
  /** For stdout, or for another stream. */
  style(stream?: Output): Promise<Style>;
  /** Writes the answer: text for a person, or with `--json` one document for a program. */
  answer(text: readonly string[], json: object): void;
}

/** The default deployment directory. */
const defaultDirectory = '/opt/matrix';

/** The texts of a command in the help. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly examples: Examples;
}

/** Starts the declaration of a command, with the flags that all commands have. */
export function declareCommand(program: Command, name: string, summary: string, examples: Examples): Command {
  return setExamples(program.command(name), examples)
    .description(summary)
    .option(
      '--dir <directory>',
      `deployment directory (default: this one if it has a matrix.yaml, else ${defaultDirectory})`,
    )
    .option('--json', 'print the result as one JSON document')
    .option('--quiet', 'print only the result and errors')
    .option('--no-color', 'no colours');
}

/** The deployment directory that a command is about, absolute. */
export async function deploymentDirectory(
  { workingDirectory }: Pick<Context, 'workingDirectory'>,
  named: string | undefined,
): Promise<string> {
  const { resolveDirectory } = await import('../state/directory.ts');
  return resolveDirectory(named, workingDirectory, defaultDirectory);
}

/**
 * The flag that a command in a hint needs: empty where commands find the deployment directory by themselves, else with
 * a space before it.
 */
export async function directoryFlag(
  context: Pick<Context, 'workingDirectory'>,
  directory: string,
): Promise<string> {
  const { shellWord } = await import('../shell-word.ts');
  const found = await deploymentDirectory(context, undefined);
  return found === directory ? '' : ` --dir ${shellWord(directory)}`;
}

/**
 * Runs a command's action in a session. Heavy modules are loaded by the action, when it needs them.
 *
 * @param subject what the command is about; absent when that is the deployment directory
 */
export function inSession<Flags>(
  name: string,
  context: Context,
  action: (session: Session<Flags>) => Promise<void>,
  subject?: string,
): (flags: Flags & GlobalFlags) => Promise<void> {
  return async (flags) => {
    const directory = await deploymentDirectory(context, flags.dir);
    if (subject === undefined) {
      const { refuseUnsafe } = await import('../host/safe-directory.ts');
      await refuseUnsafe(directory);
    }
    // Before heavy modules load, so that the operator sees at once where the command works.
    if (!flags.quiet) {
      const about = subject ?? `in ${directory}`;
      context.stderr.write(`${name} ${printable(about)}\n`);
    }
    const json = flags.json ?? false;
    const style = async (stream: Output = context.stdout) =>
      (await import('../output/style.ts')).styleFor(stream, context.environment);
    let reporter: Reporter | undefined;
    try {
      await action({
        context,
        flags,
        directory,
        agreed: new Set(),
        async reporter() {
          const { chooseReporter } = await import('../output/choose-reporter.ts');
          reporter ??= await chooseReporter(context, await style(context.stderr), {
            quiet: flags.quiet ?? false,
            json,
          });
          return reporter;
        },
        style,
        answer(text, value) {
          reporter?.stop();
          const isColoured = hasColour(context.stdout, context.environment);
          const lines = json
            ? [printableJson({ schemaVersion: 1, ...value })]
            : text.map((line) => printableLine(line, isColoured));
          context.stdout.write(lines.map((line) => `${line}\n`).join(''));
        },
      });
    } finally {
      reporter?.stop();
    }
  };
}

/** Sets exit code 8 if a finding has failed. */
export function endWithFindings(
  context: Pick<Context, 'setExitCode'>,
  findings: readonly { readonly verdict: string }[],
): void {
  if (findings.some(({ verdict }) => verdict === 'failed')) {
    context.setExitCode(ExitCode.findings);
  }
}
