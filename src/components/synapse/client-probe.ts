import type { StackContext } from '../component.ts';
import type { Probe } from '../questions.ts';
import { homeserver } from './listener.ts';

const question = `http://127.0.0.1:${homeserver.port}/_matrix/client/versions`;

/** Long, because a new version may have to change much in the database. */
const timeoutSeconds = 900;

/**
 * Sends the request of a client, but not through the proxy. It takes longer to start a command in a container than to
 * get an answer: so one command repeats the request for two seconds.
 */
export const answersInside: Probe = {
  service: homeserver.service,
  name: 'answers the client API',
  kind: 'exec',
  command: [
    'sh',
    '-c',
    'for _ in $(seq 20); do answer=$(curl -fsS "$1" 2>&1); code=$?; case $code$answer in 0*versions*) exit;; esac; sleep 0.1; done; echo "$answer" | head -c 300; exit $((code == 0 ? 1 : code))',
    'ask',
    question,
  ],
  // The exit code of curl for an answer with an HTTP error.
  ownErrorCode: 22,
  timeoutSeconds,
};

/** Sends the request through our own proxy. */
export function answersThrough({ host, edge }: StackContext): Probe {
  return {
    service: homeserver.service,
    name: 'answers the client API through the proxy',
    kind: 'https',
    host,
    path: '/_matrix/client/versions',
    has: 'versions',
    through: edge.service,
    timeoutSeconds,
  };
}
