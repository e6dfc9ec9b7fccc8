import { createHmac } from 'node:crypto';
import type { Secret } from '../secrets/secret.ts';

/**
 * The headers for a request that goes to the homeserver past the proxy. Every user of the host can send such a
 * request, so templates/synapse/callers.py refuses requests from the host without these headers.
 *
 * @param sharedSecret the registration secret, which the homeserver knows, too
 */
export function callerHeaders(sharedSecret: Secret): Readonly<Record<string, string>> {
  const key = createHmac('sha256', sharedSecret.reveal()).update('matrix-deploy: requests from the host');
  return { 'x-matrix-deploy-key': key.digest('hex') };
}
