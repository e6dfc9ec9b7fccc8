import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareBlocking } from './rooms/blocking.ts';
import { declareCreate } from './rooms/create.ts';
import { declareDelete } from './rooms/delete.ts';
import { declareList } from './rooms/list.ts';
import { declareShow } from './rooms/show.ts';

const examples: Examples = {
  'matrix-deploy rooms list --sort state --limit 20': 'the largest',
  'matrix-deploy rooms show lobby': 'everything about one',
  'matrix-deploy rooms create --public': 'a public room',
};

export function declareRooms(program: Command, context: Context): void {
  const rooms = setExamples(program.command('rooms'), examples).description(
    'list, show, create, block and delete rooms',
  );
  for (const declare of [declareList, declareShow, declareCreate, declareBlocking, declareDelete]) {
    declare(rooms, context);
  }
}
