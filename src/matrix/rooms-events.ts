import { countRows } from '../components/postgres/databases.ts';
import { databaseServer } from '../components/postgres/postgres.ts';
import { homeserver } from '../components/synapse/listener.ts';
import type { Engine } from '../docker/engine.ts';
import { UserError } from '../errors.ts';

/**
 * By room ID, how many events of a room the homeserver keeps. Its API does not tell, so its database is asked.
 *
 * @param project of Compose, whose database it is
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
