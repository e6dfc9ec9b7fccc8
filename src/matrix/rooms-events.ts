import { countRows } from '../components/postgres/databases.ts';
import { databaseServer } from '../components/postgres/postgres.ts';
import { homeserver } from '../components/synapse/listener.ts';
import type { Engine } from '../docker/engine.ts';
import { UserError } from '../errors.ts';

/**
 * The number of events that the homeserver keeps for each room, by room ID. Read from the homeserver's database,
 * since its API does not provide it.
 *
 * @param project the Compose project of the database
 */
export async function countEvents(
  engine: Pick<Engine, 'containers' | 'exec'>,
  project: string,
  roomIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (roomIds.length === 0) {
    return new Map();
  }
  const containers = await engine.containers(project);
  const container = containers.find(({ service }) => service === databaseServer.service);
  const query = countRows(homeserver.database, { table: 'events', column: 'room_id', values: roomIds });
  const { exitCode, stdout, stderr } = await engine.exec(container?.id ?? '', query);
  if (exitCode !== 0) {
    throw new UserError(`the database does not tell how many events its rooms have: ${stderr.trim()}`, {
      code: 'room.events',
      hint: 'Nothing was changed. See `matrix-deploy status`.',
    });
  }
  const lines = stdout.split('\n').map((line) => /^(\d+) (.+)$/.exec(line));
  return new Map(lines.flatMap((line) => (line === null ? [] : [[line[2] ?? '', Number(line[1])]])));
}
