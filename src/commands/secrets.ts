import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareList } from './secrets/list.ts';
import { declareRemove } from './secrets/remove.ts';
import { declareRotate } from './secrets/rotate.ts';
import { declareSet } from './secrets/set.ts';

const examples: Examples = {
  'matrix-deploy secrets set smtp_pass': 'asks for it, twice and unseen',
  'matrix-deploy secrets list': 'names, uses and ages; no values',
  'matrix-deploy secrets rotate signing.key': 'a new one in its place',
};

export function declareSecrets(program: Command, context: Context): void {
  const secrets = setExamples(program.command('secrets'), examples).description(
    'keep what matrix.yaml must not hold, such as a mail password, and names with { from_secret: NAME }; put new ones in the place of generated ones',
  );
  for (const declare of [declareSet, declareList, declareRotate, declareRemove]) {
    declare(secrets, context);
  }
}
