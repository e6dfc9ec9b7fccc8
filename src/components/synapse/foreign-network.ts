import type { StackContext } from '../component.ts';
import { foreignName } from '../foreign-name.ts';
import { databaseServer } from '../postgres/postgres.ts';
import type { NetworkName } from '../service.ts';
import { publicPaths } from './listener.ts';

interface OnForeignNetwork {
  readonly networks: readonly NetworkName[];
  readonly environment: Readonly<Record<string, string>>;
  readonly databaseHost?: string;
}

/**
 * What Synapse has in addition on the network of an existing proxy, which it shares with containers that are not part
 * of this server. Empty if it is not on such a network.
 */
export function onForeignNetwork(context: Pick<StackContext, 'edge' | 'serverName'>): OnForeignNetwork {
  const databaseHost = foreignName(databaseServer.service, context);
  if (databaseHost === undefined) return { networks: [], environment: {} };
  return {
    networks: ['foreign'],
    environment: {
      // The hostname at which only_one.py finds the database.
      DATABASE_HOST: databaseHost,
      // The paths that synapse_adjustments.py lets other containers request.
      PUBLIC_PATHS: publicPaths.join(' '),
      // drain.py relies on a proxy that soon closes idle connections. This proxy does not: each connection ends with
      // its answer.
      KEEP_CONNECTIONS: 'no',
    },
    databaseHost,
  };
}
