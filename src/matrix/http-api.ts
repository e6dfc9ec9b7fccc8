import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from '../context.ts';
import { messageOf, UserError } from '../errors.ts';
import { Agent, request } from '../host/node-http.ts';
import type { Api, ApiAnswer, ApiCall } from './api.ts';

/** Long enough for a password to be hashed while fifty others are. */
const deadlineSeconds = 90;
/** How long we wait, in all, for a homeserver that says it is asked too often. */
const patienceSeconds = 60;

/**
 * The API at an address of this host's own networks, over connections that are kept.
 *
 * @param origin such as http://172.18.0.3:8008
 */
export function httpApi(origin: string, { clock, interrupt }: Pick<Context, 'clock' | 'interrupt'>): Api {
  const agent = new Agent({ keepAlive: true });
  return async (call) => {
    for (let waited = 0; ; ) {
      const { answer, retryAfterSeconds } = await exchange(origin, agent, call);
      if (answer.status !== 429 || waited + retryAfterSeconds > patienceSeconds) {
        return answer;
      }
      await clock.sleep(retryAfterSeconds * 1000, interrupt);
      waited += retryAfterSeconds;
    }
  };
}

async function exchange(origin: string, agent: InstanceType<typeof Agent>, call: ApiCall) {
  const { status, headers, text } = await send(origin, agent, call).catch((cause) => {
    throw unreachable(messageOf(cause), cause);
  });
  const answer: ApiAnswer = { status, body: parseObject(text) };
  return { answer, retryAfterSeconds: retryAfter(answer, headers) };
}

async function send(origin: string, agent: InstanceType<typeof Agent>, call: ApiCall) {
  const { method, path, body, token } = call;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
  };
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const outgoing = request(`${origin}${path}`, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const received = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received });
      });
    });
    outgoing.setTimeout(deadlineSeconds * 1000, () => {
      outgoing.destroy(new Error(`no answer within ${deadlineSeconds} seconds`));
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** Seconds that a refusal asks to wait: by the header, or as older homeservers say it in the body. */
function retryAfter({ body }: ApiAnswer, headers: IncomingHttpHeaders): number {
  const milliseconds = Number(body.retry_after_ms);
  const seconds = Number(headers['retry-after'] ?? milliseconds / 1000);
  return seconds > 0 ? seconds : 1;
}

function parseObject(text: string): ApiAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      return value as ApiAnswer['body'];
    }
  } catch {}
  throw unreachable(`this is no answer of Matrix: ${text.slice(0, 200)}`);
}

function unreachable(saw: string, cause?: unknown): UserError {
  return new UserError(`the homeserver does not answer: ${saw}`, {
    code: 'matrix.unreachable',
    hint: 'Nothing more was done. See `matrix-deploy status`, then run the command again.',
    cause,
  });
}
