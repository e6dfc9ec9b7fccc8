import { readRoots } from '../../apply/probe.ts';
import type { Context } from '../../context.ts';
import { documentPaths } from '../../federation/document-paths.ts';
import { type DocumentFinding, judgeDocuments } from '../../federation/judge-documents.ts';
import { servedAmong } from '../../host/address-ranges.ts';
import { interrupted } from '../../host/bounds.ts';
import { parseServerName } from '../../identifiers/server-name.ts';
import type { Stack } from '../../stack/stack.ts';
import { locate, openAsking, reachBeyond, reachOfName } from './asking.ts';
import { fetchFromAll } from './fetch.ts';

/**
 * Asks every address of the server name for both well-known documents, and judges whether they lead to this deployment.
 *
 * @throws CancelledError when it was interrupted
 */
export async function lookAtDocuments(
  directory: string,
  stack: Pick<Stack, 'serverName' | 'delegation' | 'edge' | 'roots'>,
  context: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<DocumentFinding[]> {
  const { serverName, delegation, edge } = stack;
  const server = parseServerName(serverName);
  if (server === undefined) throw new Error(`${serverName} is no server name`);
  const [{ machine }, asking] = await Promise.all([
    context.surroundings(),
    openAsking({ roots: await readRoots({ directory }, stack), isOwn: true }, context),
  ]);
  const home = await locate(server, reachOfName(server.isAddress, true), asking);
  const beyond = reachBeyond(home, true);
  const [servers, clients] = await Promise.all(
    [documentPaths.server, documentPaths.client].map((path) =>
      Promise.all(fetchFromAll(server, home, path, beyond, asking)),
    ),
  );
  if (context.interrupt.aborted) throw interrupted();
  return judgeDocuments(
    { home, servers: servers ?? [], clients: clients ?? [] },
    {
      clientUrl: delegation.clientUrl,
      serverDocument: delegation.ledBy === 'nothing' ? undefined : delegation.federationAddress,
      isForClientsOnly: delegation.ledBy === 'records',
      notAt:
        delegation.isElsewhere && delegation.ledBy === 'document'
          ? servedAmong(machine.addresses(), edge.address)
          : [],
    },
  );
}
