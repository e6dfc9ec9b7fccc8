import type { StackContext } from '../component.ts';
import type { CallerRecord } from '../questions.ts';
import { homeserver } from './listener.ts';
import type { SynapseOptions } from './options.ts';

/** Levels at which Synapse logs each request that it has answered. */
const talkative: ReadonlySet<SynapseOptions['log_level']> = new Set(['DEBUG', 'INFO']);

/**
 * Synapse's log of requests, with the address that the proxy names (element-hq/synapse, synapse/http/site.py:
 * `ADDRESS - SITE - {USER} Processed request: … "GET PATH HTTP/1.1"`).
 */
export function callerRecord({ log_level }: SynapseOptions, { host }: StackContext): CallerRecord {
  return {
    service: homeserver.service,
    host,
    path: '/_matrix/client/versions',
    query: (marker) => `?matrix-deploy=${marker}`,
    callerIn(log, marker) {
      const line = log.find((each) => each.includes('Processed request') && each.includes(marker));
      return line === undefined ? undefined : / - ([0-9A-Fa-f:.]+) - \S+ - \{/.exec(line)?.[1];
    },
    silence: talkative.has(log_level)
      ? undefined
      : `Synapse logs no requests while synapse.log_level is ${log_level}`,
  };
}
