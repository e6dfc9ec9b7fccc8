import { type Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import type { Room, RoomOrder } from '../../matrix/rooms.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { Examples } from '../examples.ts';
import { openServer } from '../open-server.ts';

/**
 * Synapse's sort orders, by the values of --sort. Synapse does not sort by events, because it does not count them.
 */
const orders = {
  members: 'joined_members',
  'local-members': 'joined_local_members',
  events: undefined,
  state: 'state_events',
  name: 'name',
  alias: 'canonical_alias',
  creator: 'creator',
  version: 'version',
} satisfies Record<string, RoomOrder | undefined>;

interface ListFlags {
  readonly sort: keyof typeof orders;
  readonly reverse?: boolean;
  readonly published?: boolean;
  readonly federated?: boolean;
  readonly empty?: boolean;
  readonly limit?: string;
}

const examples: Examples = {
  'matrix-deploy rooms list': '',
  'matrix-deploy rooms list lobby': 'by name or alias',
  'matrix-deploy rooms list --sort state --limit 20': 'the largest',
  'matrix-deploy rooms list --empty': 'rooms without members',
};

export function declareList(rooms: Command, context: Context): void {
  declareCommand(rooms, 'list', 'list the rooms that this server knows', examples)
    .argument('[text]', 'part of a name or of an alias')
    .option('--published', 'only rooms in the room directory')
    .option('--federated', 'only rooms with users of other servers')
    .option('--empty', 'only rooms without members')
    .addOption(
      new Option('--sort <by>', 'sort order; numbers are sorted largest first')
        .choices(Object.keys(orders))
        .default('members'),
    )
    .option('--reverse', 'reverse order')
    .option('--limit <number>', 'maximum number of rooms')
    .action((text: string | undefined, flags) =>
      inSession<ListFlags>('rooms list', context, (session) => list(session, text))(flags),
    );
}

async function list(session: Session<ListFlags>, text: string | undefined): Promise<void> {
  const { context, flags, answer, style } = session;
  const limit = flags.limit === undefined ? undefined : await parseLimit(flags.limit);
  const { listRooms } = await import('../../administration/rooms.ts');
  const { describeRooms } = await import('../../output/rooms.ts');
  const query = { text, order: orders[flags.sort], reverse: flags.reverse ?? false, limit };
  const rooms = await listRooms(
    await openServer(session),
    { ...query, fits: (room) => isWanted(room, flags) },
    context,
  );
  answer(describeRooms(rooms, await style()), { rooms });
}

// Synapse combines its own filters incorrectly with a search text (get_rooms_paginate,
// storage/databases/main/room.py).
function isWanted(room: Room, { published, federated, empty }: ListFlags): boolean {
  return (
    (!published || room.published) &&
    (!federated || room.members > room.localMembers) &&
    (!empty || room.members === 0)
  );
}

async function parseLimit(text: string): Promise<number> {
  const { countIn } = await import('../../config/count.ts');
  const limit = countIn(text);
  if (limit === undefined) {
    const { UsageError } = await import('../../errors.ts');
    throw new UsageError(`--limit must be a number such as 20, not ${JSON.stringify(text)}`, {
      code: 'usage.limit',
    });
  }
  return limit;
}
