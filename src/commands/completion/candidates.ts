import type { Command, Option } from 'commander';

/** A word that is possible at the cursor. */
export interface Candidate {
  readonly value: string;
  /** Its description, for the shells that show one. */
  readonly meaning: string;
}

/**
 * What is possible at the cursor: one of a list of words, a path, which the shell itself completes, or the name of a
 * user or of a secret.
 */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  | { readonly kind: 'files' | 'directories' | 'users' | 'secrets' | 'generated-secrets' };

/** The kind of completion, by the name of an argument or of an option's value. */
const kinds: Readonly<Record<string, Exclude<Completion['kind'], 'words'>>> = {
  file: 'files',
  directory: 'directories',
  user: 'users',
  secret: 'secrets',
  key: 'generated-secrets',
};

/** A position in a command line. */
interface Place {
  readonly command: Command;
  /** How many arguments of the command come before. */
  readonly position: number;
  /** The option whose value comes next. */
  readonly pending?: Option | undefined;
  /** Whether a `--` comes before. */
  readonly isPastOptions: boolean;
}

/**
 * What is possible at the end of a command line.
 *
 * @param program with its commands
 * @param typed the words after the program's name; the last one is the beginning of the word to complete, maybe empty
 */
export function completionOf(program: Command, typed: readonly string[]): Completion {
  const current = typed.at(-1) ?? '';
  const place = typed.slice(0, -1).reduce(advance, beginningOf(program));
  const completion = completionAt(place, current);
  return completion.kind === 'words'
    ? { kind: 'words', words: completion.words.filter(({ value }) => value.startsWith(current)) }
    : completion;
}

function beginningOf(command: Command): Place {
  return { command, position: 0, isPastOptions: false };
}

function advance(place: Place, word: string): Place {
  const { command, position, pending, isPastOptions } = place;
  if (pending !== undefined) {
    return { ...place, pending: undefined };
  }
  if (word === '--') {
    return { ...place, isPastOptions: true };
  }
  if (word.startsWith('-') && !isPastOptions) {
    const option = command.options.find(({ long, short }) => word === long || word === short);
    return { ...place, pending: option?.required ? option : undefined };
  }
  if (word === 'help' && command.commands.length > 0) {
    return place;
  }
  const subcommand = command.commands.find((one) => one.name() === word);
  return subcommand === undefined ? { ...place, position: position + 1 } : beginningOf(subcommand);
}

function completionAt({ command, position, pending, isPastOptions }: Place, current: string): Completion {
  if (pending !== undefined) {
    return valuesOf(pending.argChoices, /<(.+)>/.exec(pending.flags)?.[1]);
  }
  if (current.startsWith('-') && !isPastOptions) {
    return optionsOf(command);
  }
  if (command.commands.length > 0) {
    const words = command.createHelp().visibleCommands(command);
    return { kind: 'words', words: words.map((one) => ({ value: one.name(), meaning: one.description() })) };
  }
  const argument = command.registeredArguments[position];
  return argument === undefined ? optionsOf(command) : valuesOf(argument.argChoices, argument.name());
}

function optionsOf(command: Command): Completion {
  const options = command.createHelp().visibleOptions(command);
  const words = options.map(({ long, short, description }) => ({
    value: long ?? short ?? '',
    meaning: description,
  }));
  return { kind: 'words', words };
}

function valuesOf(choices: readonly string[] | undefined, name = ''): Completion {
  const kind = kinds[name];
  return choices === undefined && kind !== undefined
    ? { kind }
    : { kind: 'words', words: (choices ?? []).map((value) => ({ value, meaning: '' })) };
}

/** The value of an option such as `--dir`, when the option and its value are two words of a command line. */
export function valueIn(typed: readonly string[], option: string): string | undefined {
  const at = typed.indexOf(option);
  return at === -1 || at > typed.length - 2 ? undefined : typed[at + 1];
}
