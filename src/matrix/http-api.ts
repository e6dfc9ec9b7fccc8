import type { Context } from '../context.ts';
import { CancelledError, messageOf, UserError } from '../errors.ts';
import { type Bounds, interrupted } from '../host/bounds.ts';
import { Agent, request } from '../host/node-http.ts';
import { type Received, receive } from '../host/receive.ts';
import type { Api, ApiAnswer, ApiCall } from './api.ts';

/** Long enough for a password to be hashed while fifty others are. */
const deadlineSeconds = 90;
/** How long a call goes on after an interrupt: what is begun is finished where the homeserver answers. */
const graceSeconds = 3;
/** How long we wait, in all, for a homeserver that says it is asked too often. */
const patienceSeconds = 60;
/**
 * How long, and how often, a call is repeated that the homeserver failed at: after a restart of its database, each of its
 * connections fails once (ten of them, `cp_max`), and the next call is answered.
 */
const failing = { seconds: 5, pauseSeconds: 0.3 };

/**
 * The API at an address of this host's own networks, over connections that are kept.
 *
 * @param origin such as http://172.18.0.3:8008
 * @param bears headers that every request bears
 */
export function httpApi(
  origin: string,
  bears: Readonly<Record<string, string>>,
  { clock, interrupt, patience = 1 }: Pick<Context, 'clock' | 'interrupt' | 'patience'>,
): Api {
  const agent = new Agent({ keepAlive: true });
  return async (call) => {
    const bounds = {
      within: deadlineSeconds * 1000 * patience,
      signal: interrupt,
      grace: graceSeconds * 1000,
    };
    let next = call;
    for (let waited = 0; ; ) {
      const { answer, retryAfterSeconds } = await exchange({ origin, bears, agent }, next, bounds);
      const repetition = repetitionOf(next, answer, retryAfterSeconds);
      if (repetition === undefined || waited + repetition.pauseSeconds > repetition.seconds) {
        return answer;
      }
      await clock.sleep(repetition.pauseSeconds * 1000, interrupt).catch(() => {
        throw interrupted();
      });
      waited += repetition.pauseSeconds;
      if (answer.status !== 429) next = (await next.retry?.()) ?? next;
    }
  };
}

/** After which pause a call is made again, and for how long in all; `undefined` where its answer stands. */
function repetitionOf({ method, retry }: ApiCall, { status }: ApiAnswer, retryAfterSeconds: number) {
  if (status === 429) return { pauseSeconds: retryAfterSeconds, seconds: patienceSeconds };
  return status >= 500 && (method !== 'POST' || retry !== undefined) ? failing : undefined;
}

interface Line {
  readonly origin: string;
  readonly bears: Readonly<Record<string, string>>;
  readonly agent: InstanceType<typeof Agent>;
}

async function exchange(line: Line, call: ApiCall, bounds: Bounds) {
  const { status, headers, body } = await send(line, call, bounds).catch((cause) => {
    throw cause instanceof CancelledError ? cause : unreachable(messageOf(cause), cause);
  });
  const answer: ApiAnswer = { status, body: parseObject(body) };
  return { answer, retryAfterSeconds: retryAfter(answer, headers) };
}

async function send(
  { origin, bears, agent }: Line,
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

/** Seconds that a refusal asks to wait: by the header, or as older homeservers say it in the body. */
function retryAfter({ body }: ApiAnswer, headers: Received['headers']): number {
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
