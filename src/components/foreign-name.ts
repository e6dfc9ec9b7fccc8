import type { StackContext } from './component.ts';

/**
 * A unique name of a service, for a stack that shares a network with foreign containers: there, `synapse` or
 * `postgres` may be the name of another container. `undefined` if the stack shares no network.
 *
 * The name ends in a domain that no name server answers for (RFC 6761, section 6.4). While the service is replaced,
 * the engine forwards queries for the name to the name servers of the host; requests with access tokens must not be
 * sent to an address that they return.
 */
export function foreignName(
  service: string,
  { edge: { behind }, serverName }: Pick<StackContext, 'edge' | 'serverName'>,
): string | undefined {
  return behind?.kind === 'traefik' ? `${service}.${serverName}.invalid` : undefined;
}
