import type { Context } from '../context.ts';
import { CancelledError, messageOf } from '../errors.ts';
import type { Bounds } from '../host/bounds.ts';
import { Agent, request } from '../host/node-http.ts';
import { type Received, receive } from '../host/receive.ts';
import type { Api, ApiCall } from './api.ts';
import { patientApi, unreachable } from './patient-api.ts';

/** The longest time for one call: enough to hash a password while fifty others are hashed. */
const deadlineSeconds = 90;
/**
 * How long an idle connection is kept open, the same as in the proxy. A homeserver that stops waits up to ten seconds
 * until all connections have ended (templates/synapse/drain.py).
 */
const idleMilliseconds = 250;
/** How long a call may go on after an interrupt, so that a change that has begun can be finished. */
const graceSeconds = 3;

/**
 * The API at an address of this host's own networks, over persistent connections.
 *
 * @param origin such as http://172.18.0.3:8008
 * @param bears headers that every request carries
 * @param transport how requests are sent; by default HTTP without TLS
 */
export function httpApi(
  origin: string,
  bears: Readonly<Record<string, string>>,
  { clock, interrupt, patience = 1 }: Pick<Context, 'clock' | 'interrupt' | 'patience'>,
  transport: Transport = { request, agent: new Agent({ keepAlive: true, timeout: idleMilliseconds }) },
): Api {
  const line = { origin, bears, ...transport };
  const bounds = {
    within: deadlineSeconds * 1000 * patience,
    signal: interrupt,
    grace: graceSeconds * 1000,
  };
  return patientApi(
    async (call) => {
      const { status, headers, body } = await send(line, call, bounds).catch((cause) => {
        throw cause instanceof CancelledError ? cause : unreachable(messageOf(cause), cause);
      });
      return { status, body, retryAfter: headers['retry-after'] };
    },
    { clock, interrupt },
  );
}

/** A way to send requests: the function of `node:http` or `node:https`, and the agent that keeps its connections. */
interface Transport {
  readonly request: typeof request;
  readonly agent: InstanceType<typeof Agent>;
}

interface Line extends Transport {
  readonly origin: string;
  readonly bears: Readonly<Record<string, string>>;
}

async function send(
  { origin, bears, request, agent }: Line,
  { method, path, body, token }: ApiCall,
  bounds: Bounds,
): Promise<Received> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    ...bears,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
  };
  const outgoing = request(`${origin}${path}`, { method, headers, agent });
  return receive(outgoing, { ...bounds, body: text });
}
