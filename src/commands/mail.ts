import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareTest } from './mail/test.ts';

const examples: Examples = {
  'matrix-deploy mail test you@example.org': 'sends one, or says why not',
};

export function declareMail(program: Command, context: Context): void {
  const mail = setExamples(program.command('mail'), examples).description(
    'test whether the homeserver can send mail',
  );
  declareTest(mail, context);
}
