import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareCreate } from './tokens/create.ts';
import { declareList } from './tokens/list.ts';
import { declareRevoke } from './tokens/revoke.ts';

const examples: Examples = {
  'matrix-deploy tokens create': 'for one person, within a week',
  'matrix-deploy tokens list': 'how often each was used',
};

export function declareTokens(program: Command, context: Context): void {
  const tokens = setExamples(program.command('tokens'), examples).description(
    'let people make accounts for themselves, with a token that you give them',
  );
  for (const declare of [declareCreate, declareList, declareRevoke]) {
    declare(tokens, context);
  }
}
