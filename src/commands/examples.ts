import type { Command } from 'commander';

/** Command lines, each with its description; the description is empty when the line needs none. */
export type Examples = Readonly<Record<string, string>>;

const ofCommands = new WeakMap<Command, Examples>();

/** Sets the examples in the help of a command. */
export function setExamples(command: Command, examples: Examples): Command {
  ofCommands.set(command, examples);
  return command;
}

export function examplesOf(command: Command): Examples {
  return ofCommands.get(command) ?? {};
}

/** The description of a command and its examples: the part of the help before arguments and options. */
export function describeWithExamples(command: Command): string {
  const examples = Object.entries(examplesOf(command));
  const width = Math.max(...examples.filter(([, does]) => does !== '').map(([line]) => line.length), 0);
  const lines = examples.map(([line, does]) =>
    `  ${line.padEnd(does === '' ? 0 : width)}  ${does}`.trimEnd(),
  );
  return [command.description(), ...(lines.length === 0 ? [] : ['', 'Examples:', ...lines])].join('\n');
}
