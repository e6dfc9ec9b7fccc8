import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareCreate } from './tokens/create.ts';
import { declareList } from './tokens/list.ts';
import { declareRevoke } from './tokens/revoke.ts';

const examples: Examples = {
  'matrix-deploy tokens create': 'for one person, valid for a week',
  'matrix-deploy tokens list': 'with the number of uses of each',
};

export function declareTokens(program: Command, context: Context): void {
  const tokens = setExamples(program.command('tokens'), examples).description(
    'manage registration tokens, with which people create their own accounts',
  );
  for (const declare of [declareCreate, declareList, declareRevoke]) {
    declare(tokens, context);
  }
}
