import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { Examples } from '../examples.ts';
import { openServer } from '../open-server.ts';
import { requireAnswers } from '../require-answers.ts';

interface CreateFlags {
  readonly public?: boolean;
  readonly name?: string;
  readonly alias?: string;
  readonly topic?: string;
  readonly owner?: string;
  readonly existsOk?: boolean;
}

const examples: Examples = {
  'matrix-deploy rooms create --public': 'asks for name and alias',
  'matrix-deploy rooms create --public --name Lobby --alias lobby': '',
  'matrix-deploy rooms create --public --name Lobby --alias lobby --owner alice': '',
};

export function declareCreate(rooms: Command, context: Context): void {
  declareCommand(
    rooms,
    'create',
    'make a room that everybody may join, and put it into the room directory',
    examples,
  )
    .option('--public', 'for everybody; others are made by those who want them, in their app')
    .option('--name <text>', 'what it is called')
    .option('--alias <name>', 'how it is found: `lobby` for #lobby:<server name>')
    .option('--topic <text>', 'what it is about')
    .option('--owner <user>', 'whose room it is, by name or user ID (default: the only admin)')
    .option('--exists-ok', 'succeed when there is such a room, and publish it if need be')
    .action(inSession<CreateFlags>('rooms create', context, create));
}

async function create(session: Session<CreateFlags>): Promise<void> {
  const { context, flags, answer, style } = session;
  await requirePublic(flags);
  await requireAnswers(context, [
    ...(flags.name === undefined ? ['name: --name <text>'] : []),
    ...(flags.alias === undefined ? ['alias: --alias <name>'] : []),
  ]);
  const { createRoom } = await import('../../procedures/rooms-create.ts');
  const { describeNewRoom } = await import('../../output/rooms.ts');
  const server = await openServer(session);
  const made = await createRoom(
    server,
    {
      name: flags.name ?? (await ask(context, 'What is the room called?')),
      aliasName: flags.alias ?? (await ask(context, 'Alias, how it is found, such as lobby:')),
      topic: flags.topic,
      owner: flags.owner,
      existsOk: flags.existsOk ?? false,
    },
    context,
  );
  answer(describeNewRoom(made, await style()), made);
}

async function requirePublic(flags: CreateFlags): Promise<void> {
  if (!flags.public) {
    const { UsageError } = await import('../../errors.ts');
    throw new UsageError(
      'only public rooms are made here; others are made by those who want them, in their app',
      {
        code: 'usage.public',
        hint: 'Add --public.',
      },
    );
  }
}

async function ask(context: Context, question: string): Promise<string> {
  const { askText } = await import('../../output/prompts.ts');
  return askText(context, question);
}
