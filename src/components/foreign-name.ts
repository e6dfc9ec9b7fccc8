import type { StackContext } from './component.ts';

/**
 * The name of a service that nothing else has, where the stack meets containers that are no part of it: on their network,
 * `synapse` or `postgres` may be another one. `undefined` where it does not meet any.
 *
 * It ends in a domain that no name server answers for (RFC 6761, section 6.4): while the service is replaced, the engine
 * passes the question on to those of the host, and requests with access tokens must not follow their answer.
 */
export function foreignName(
  service: string,
  { edge: { behind }, serverName }: Pick<StackContext, 'edge' | 'serverName'>,
): string | undefined {
  return behind?.kind === 'traefik' ? `${service}.${serverName}.invalid` : undefined;
}
