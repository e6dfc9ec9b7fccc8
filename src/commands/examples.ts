import type { Command } from 'commander';

/** Command lines as they are typed, each with what it does; nothing where that is plain. */
export type Examples = Readonly<Record<string, string>>;

const ofCommands = new WeakMap<Command, Examples>();

/** Gives a command the examples that its help begins with. */
export function setExamples(command: Command, examples: Examples): Command {
  ofCommands.set(command, examples);
  return command;
}

export function examplesOf(command: Command): Examples {
  return ofCommands.get(command) ?? {};
}

/** What a command is for, then its examples: in its help, what stands before arguments and options. */
export function describeWithExamples(command: Command): string {
  const examples = Object.entries(examplesOf(command));
  const width = Math.max(...examples.filter(([, does]) => does !== '').map(([line]) => line.length), 0);
  const lines = examples.map(([line, does]) =>
    `  ${line.padEnd(does === '' ? 0 : width)}  ${does}`.trimEnd(),
  );
  return [command.description(), ...(lines.length === 0 ? [] : ['', 'Examples:', ...lines])].join('\n');
}
