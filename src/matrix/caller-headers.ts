import { createHmac } from 'node:crypto';
import type { Secret } from '../secrets/secret.ts';

/**
 * What a request bears that goes to the homeserver past the proxy: templates/synapse/callers.py refuses others from the
 * host, where every user can make one.
 *
 * @param sharedSecret the registration secret, which the homeserver has too
 */
export function callerHeaders(sharedSecret: Secret): Readonly<Record<string, string>> {
  const key = createHmac('sha256', sharedSecret.reveal()).update('matrix-deploy: requests from the host');
  return { 'x-matrix-deploy-key': key.digest('hex') };
}
