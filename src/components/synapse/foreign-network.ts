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
 * What is different where Synapse is on the network of somebody else's proxy, with containers that are no part of this
 * server. Nothing where it is not.
 */
export function onForeignNetwork(context: Pick<StackContext, 'edge' | 'serverName'>): OnForeignNetwork {
  const databaseHost = foreignName(databaseServer.service, context);
  if (databaseHost === undefined) return { networks: [], environment: {} };
  return {
    networks: ['foreign'],
    environment: {
      // Where only_one.py finds the database.
      DATABASE_HOST: databaseHost,
      // What synapse_adjustments.py lets other containers ask for.
      PUBLIC_PATHS: publicPaths.join(' '),
      // Nobody tells that proxy to close idle connections soon, which drain.py counts on: each ends with its answer.
      KEEP_CONNECTIONS: 'no',
    },
    databaseHost,
  };
}
