import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli.ts';
import { describeWithExamples, examplesOf } from '../../src/commands/examples.ts';
import { commandContext } from '../fakes/command-line.ts';
import { fakeWorld } from '../fakes/world.ts';

/** The program with all commands; what they do is nothing here. */
async function inertProgram(): Promise<Command> {
  const { context } = commandContext(fakeWorld(), { workingDirectory: '/' });
  const program = await createProgram([], context);
  for (const command of withDescendants(program)) {
    if (command.commands.length === 0 || command.name() === 'backup') {
      command.action(() => undefined);
    }
  }
  return program;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** What a user types after the name of the program, as a shell splits it. */
function wordsOf(line: string): string[] {
  const [, typed = ''] = /matrix-deploy ([^|)]*)/.exec(line) ?? [];
  return [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
}

const shown = withDescendants(await inertProgram()).filter(
  (command) =>
    command.parent === null || command.parent.createHelp().visibleCommands(command.parent).includes(command),
);

describe('the help of a command', () => {
  test.each(shown.map((command) => [pathOf(command), command] as const))(
    '%s must begin with one to five examples, before options and arguments',
    (_path, command) => {
      const examples = Object.keys(examplesOf(command));
      expect(examples.length).toBeGreaterThanOrEqual(1);
      expect(examples.length).toBeLessThanOrEqual(5);
      const help = command.helpInformation();
      const [, block = ''] = describeWithExamples(command).split('\n\n');
      // As it is: a line that is broken cannot be copied.
      expect(help).toContain(`\n\n${block}\n\n`);
      expect(help.indexOf(block)).toBeLessThan(help.search(/\n(?:Arguments|Options|Commands):\n/));
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  test.each(shown.flatMap((command) => Object.keys(examplesOf(command))))(
    'must have examples that can be typed: %s',
    async (line) => {
      const program = await inertProgram();
      await expect(program.parseAsync(wordsOf(line), { from: 'user' })).resolves.toBe(program);
    },
  );

  test('must have an example of its own command', () => {
    const foreign = shown.filter(
      (command) => !Object.keys(examplesOf(command)).some((line) => line.includes(pathOf(command))),
    );
    expect(foreign.map(pathOf)).toEqual([]);
  });
});

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
