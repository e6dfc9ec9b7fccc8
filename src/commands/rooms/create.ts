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
    'create a room that everybody can join, and publish it in the room directory',
    examples,
  )
    .option('--public', 'a room that everybody can join (required; users create private rooms in their app)')
    .option('--name <text>', 'name of the room')
    .option('--alias <name>', 'its alias: `lobby` for #lobby:<server name>')
    .option('--topic <text>', 'topic of the room')
    .option('--owner <user>', 'owner of the room: name or user ID (default: the only admin)')
    .option('--exists-ok', 'succeed if the room exists, and publish it if necessary')
    .action(inSession<CreateFlags>('rooms create', context, create));
}

async function create(session: Session<CreateFlags>): Promise<void> {
  const { context, flags, answer, style } = session;
  await requirePublic(flags);
  await requireAnswers(context, [
    ...(flags.name === undefined ? ['name: --name <text>'] : []),
    ...(flags.alias === undefined ? ['alias: --alias <name>'] : []),
  ]);
  const { createRoom } = await import('../../administration/rooms-create.ts');
  const { describeNewRoom } = await import('../../output/rooms.ts');
  const server = await openServer(session);
  const made = await createRoom(
    server,
    {
      name: flags.name ?? (await ask(context, 'Name of the room:')),
      aliasName: flags.alias ?? (await ask(context, 'Alias, such as lobby:')),
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
    throw new UsageError('this command creates public rooms only; users create private rooms in their app', {
      code: 'usage.public',
      hint: 'Add --public.',
    });
  }
}

async function ask(context: Context, question: string): Promise<string> {
  const { askText } = await import('../../output/prompts.ts');
  return askText(context, question);
}
