import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { type Candidate, type Completion, completionOf, valueIn } from './completion/candidates.ts';
import { type Examples, setExamples } from './examples.ts';

const shells = ['bash', 'zsh', 'fish'];

const examples: Examples = {
  'source <(matrix-deploy completion bash)': 'in ~/.bashrc',
  'source <(matrix-deploy completion zsh)': 'in ~/.zshrc, after compinit',
  'matrix-deploy completion fish | source': 'in ~/.config/fish/config.fish',
};

/**
 * Declares the command that prints the script for a shell, and the hidden command that the script runs at each Tab.
 */
export function declareCompletion(program: Command, context: Context): void {
  setExamples(program.command('completion'), examples)
    .description('print a script that makes a shell complete commands, options and user names')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: string) => {
      const { readTemplate } = await import('../render/template.ts');
      context.stdout.write(readTemplate(`completion/matrix-deploy.${shell}`));
    });
  program
    .command('complete', { hidden: true })
    .argument('[word...]', 'the words typed after the program name; the last one is completed')
    .action((typed: readonly string[]) => complete(program, context, typed));
}

/** Writes a line with the kind of completion, then a line for each word: the word, a tab, its description. */
async function complete(program: Command, context: Context, typed: readonly string[]): Promise<void> {
  const completion = completionOf(program, typed);
  const words = await wordsOf(completion, context, typed);
  // The shell itself completes only paths: it gets everything else as words.
  const kind = ['files', 'directories'].includes(completion.kind) ? completion.kind : 'words';
  const lines = [kind, ...words.map(({ value, meaning }) => `${value}\t${meaning}`)];
  context.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

async function wordsOf(
  completion: Completion,
  context: Context,
  typed: readonly string[],
): Promise<readonly Candidate[]> {
  if (completion.kind === 'words') {
    return completion.words;
  }
  const asked = { directory: valueIn(typed, '--dir'), beginning: typed.at(-1) ?? '' };
  switch (completion.kind) {
    case 'users':
      return (await import('./completion/user-names.ts')).userNames(context, asked);
    case 'secrets':
      return (await import('./completion/secret-names.ts')).givenNames(context, asked);
    case 'generated-secrets':
      return (await import('./completion/secret-names.ts')).generatedNames(context, asked);
    default:
      return [];
  }
}
