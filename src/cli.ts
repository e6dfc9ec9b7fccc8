import { Command, CommanderError } from 'commander';
import { describeWithExamples, type Examples, setExamples } from './commands/examples.ts';
import type { Context } from './context.ts';
import { type ExitCode, toExitCode, UsageError } from './errors.ts';
import { version } from './package.ts';

/**
 * Runs one command line, without the program's own name.
 *
 * @throws UsageError for an invalid command line, and every error of the command.
 */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<void> {
  try {
    refuseLostCharacters(argv);
    const environment = environmentOf(argv, context);
    const program = await createProgram(argv, { ...context, environment });
    await refuseUnknownCommand(program, argv);
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const failure = error instanceof CommanderError ? asUsageError(error) : await explained(error);
    if (failure !== undefined) {
      throw failure;
    }
  }
}

/**
 * Refuses arguments that are not UTF-8: Node.js replaces such bytes by U+FFFD, which gives a different name or path.
 *
 * @throws UsageError
 */
function refuseLostCharacters(argv: readonly string[]): void {
  const index = argv.findIndex((argument) => argument.includes('\ufffd'));
  if (index >= 0) {
    throw new UsageError(`argument ${index + 1} is not UTF-8`, {
      code: 'usage.encoding',
      hint: 'Nothing was done. Use a terminal with a UTF-8 locale, and file names in UTF-8.',
    });
  }
}

/** Explains a system error about a file: it contains the system call and the path. Returns other errors unchanged. */
async function explained(error: unknown): Promise<unknown> {
  const { fileFailure } = await import('./host/file-failure.ts');
  return fileFailure(error);
}

/** Writes a failure to stderr: as text or, with `--json`, as one object. */
export async function reportFailure(
  error: unknown,
  argv: readonly string[],
  context: Pick<Context, 'stderr' | 'environment'>,
): Promise<ExitCode> {
  const { describeFailure, failureToJson } = await import('./output/failure.ts');
  const { printableJson } = await import('./printable.ts');
  const { styleFor } = await import('./output/style.ts');
  const { stderr } = context;
  const style = styleFor(stderr, environmentOf(argv, context));
  stderr.write(
    argv.includes('--json')
      ? `${printableJson(failureToJson(error))}\n`
      : describeFailure(error, style, stderr.columns),
  );
  return toExitCode(error);
}

/** `--no-color` has the effect of the environment variable NO_COLOR. */
function environmentOf(
  argv: readonly string[],
  { environment }: Pick<Context, 'environment'>,
): Context['environment'] {
  return argv.includes('--no-color') ? { ...environment, NO_COLOR: '1' } : environment;
}

type Declare = (program: Command, context: Context) => void;

/** The commands, in the order of the help. */
const commands: Readonly<Record<string, () => Promise<Declare>>> = {
  init: async () => (await import('./commands/init.ts')).declareInit,
  plan: async () => (await import('./commands/plan.ts')).declarePlan,
  apply: async () => (await import('./commands/apply.ts')).declareApply,
  status: async () => (await import('./commands/status.ts')).declareStatus,
  verify: async () => (await import('./commands/verify.ts')).declareVerify,
  check: async () => (await import('./commands/check.ts')).declareCheck,
  dns: async () => (await import('./commands/dns.ts')).declareDns,
  delegation: async () => (await import('./commands/delegation.ts')).declareDelegation,
  edge: async () => (await import('./commands/edge.ts')).declareEdge,
  'add-user': async () => (await import('./commands/add-user.ts')).declareAddUser,
  invite: async () => (await import('./commands/invite.ts')).declareInvite,
  users: async () => (await import('./commands/users.ts')).declareUsers,
  tokens: async () => (await import('./commands/tokens.ts')).declareTokens,
  rooms: async () => (await import('./commands/rooms.ts')).declareRooms,
  secrets: async () => (await import('./commands/secrets.ts')).declareSecrets,
  certificates: async () => (await import('./commands/certificates.ts')).declareCertificates,
  mail: async () => (await import('./commands/mail.ts')).declareMail,
  backup: async () => (await import('./commands/backup.ts')).declareBackup,
  restore: async () => (await import('./commands/restore.ts')).declareRestore,
  upgrade: async () => (await import('./commands/upgrade.ts')).declareUpgrade,
  rollback: async () => (await import('./commands/rollback.ts')).declareRollback,
  history: async () => (await import('./commands/history.ts')).declareHistory,
  drill: async () => (await import('./commands/drill.ts')).declareDrill,
  releases: async () => (await import('./commands/releases.ts')).declareReleases,
  move: async () => (await import('./commands/move.ts')).declareMove,
  components: async () => (await import('./commands/components.ts')).declareComponents,
  destroy: async () => (await import('./commands/destroy.ts')).declareDestroy,
  completion: async () => (await import('./commands/completion.ts')).declareCompletion,
};

/**
 * The program with the command that the first argument names. If the argument names none, the program has all
 * commands: for the help, and to suggest a similar name.
 */
export async function createProgram([name = '']: readonly string[], context: Context): Promise<Command> {
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const declarations = await Promise.all(
    (named === undefined ? Object.values(commands) : [named]).map((load) => load()),
  );
  const program = setExamples(new Command('matrix-deploy'), examples)
    .description('A Matrix homeserver of your own: Synapse, Postgres and Traefik on Docker.')
    .version(version(), '-V, --version')
    .showSuggestionAfterError()
    // A command with subcommands, such as backup, may have options of its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ commandDescription: describeWithExamples })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => context.stdout.columns ?? 80,
    });
  for (const declare of declarations) {
    declare(program, context);
  }
  return program;
}

/** Flags that may stand anywhere, and have no value. */
const plainFlags = ['-h', '--help', '--json', '--quiet', '--no-color'];

/**
 * Refuses an unknown command. Commander would show the help of the whole program for an unknown name beside `--help`
 * or after `help`.
 *
 * @throws UsageError for a word in the place of a command that is not the name of one
 */
async function refuseUnknownCommand(program: Command, argv: readonly string[]): Promise<void> {
  let command = program;
  for (const word of argv.filter((one) => !plainFlags.includes(one))) {
    if (command.commands.length === 0 || word.startsWith('-')) {
      return;
    }
    const shown = command.createHelp().visibleCommands(command);
    const named = [...command.commands, ...shown].find((one) => one.name() === word);
    if (named === undefined) {
      throw await unknownCommand(
        command,
        word,
        shown.map((one) => one.name()),
      );
    }
    // The word after `help` names a command of the same level.
    command = word === 'help' ? command : named;
  }
}

async function unknownCommand(parent: Command, word: string, names: readonly string[]): Promise<UsageError> {
  const { nearestName } = await import('./identifiers/nearest.ts');
  const meant = nearestName(word, names);
  const path = parent.parent === null ? parent.name() : `${parent.parent.name()} ${parent.name()}`;
  return new UsageError(
    `unknown command '${word}'${meant === undefined ? '' : `\n(Did you mean ${meant}?)`}`,
    { code: 'usage', hint: `See \`${path} --help\`.` },
  );
}

const examples: Examples = {
  'matrix-deploy init --local': 'try it: a server on this machine only',
  'matrix-deploy add-user bob': 'create a user',
  'matrix-deploy status': 'show whether everything is healthy',
  'matrix-deploy plan': 'what apply would do after an edit of matrix.yaml',
  'matrix-deploy apply': 'make the edit take effect',
};

/** A usage error; `undefined` for help and version, which Commander reports as errors too. */
function asUsageError({ code, message, exitCode }: CommanderError): UsageError | undefined {
  if (exitCode === 0) {
    return undefined;
  }
  const missing = code === 'commander.help';
  return new UsageError(missing ? 'a command is missing' : message.replace(/^error: /, ''), {
    code: 'usage',
    hint: 'See `matrix-deploy --help`.',
  });
}
