import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareList } from './secrets/list.ts';
import { declareRemove } from './secrets/remove.ts';
import { declareRotate } from './secrets/rotate.ts';
import { declareSet } from './secrets/set.ts';

const examples: Examples = {
  'matrix-deploy secrets set smtp_pass': 'prompts for it twice, hidden',
  'matrix-deploy secrets list': 'names, uses and ages; no values',
  'matrix-deploy secrets rotate signing.key': 'replaces it with a new one',
};

export function declareSecrets(program: Command, context: Context): void {
  const secrets = setExamples(program.command('secrets'), examples).description(
    'set secrets that matrix.yaml refers to with { from_secret: NAME }, such as a mail password; replace generated secrets',
  );
  for (const declare of [declareSet, declareList, declareRotate, declareRemove]) {
    declare(secrets, context);
  }
}
