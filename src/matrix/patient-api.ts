import { UserError } from '../errors.ts';
import { interrupted } from '../host/bounds.ts';
import type { Clock } from '../host/clock.ts';
import type { Api, ApiAnswer, ApiCall } from './api.ts';

/** How long we wait, in all, for a homeserver that says it is asked too often. */
const patienceSeconds = 60;
/** The shortest pause before a call is made again, in seconds, however soon the homeserver wants it. */
const shortestPauseSeconds = 0.1;
/**
 * How long, and how often, a call is repeated that the homeserver failed at: after a restart of its database, each of its
 * connections fails once (ten of them, `cp_max`), and the next call is answered.
 */
const failing = { seconds: 5, pauseSeconds: 0.3 };

/** What came back for one request. */
export interface Exchanged {
  readonly status: number;
  /** As text, and to be a JSON object. */
  readonly body: string;
  /** The header of that name, where there is one: seconds. */
  readonly retryAfter?: string | undefined;
}

/**
 * The API by a way to make one request: a call is made again where the homeserver is asked too often, or fails for a moment.
 *
 * @throws UserError when the answer is none of Matrix; what `exchange` throws
 */
export function patientApi(
  exchange: (call: ApiCall) => Promise<Exchanged>,
  { clock, interrupt }: { readonly clock: Pick<Clock, 'sleep'>; readonly interrupt: AbortSignal },
): Api {
  return async (call) => {
    let next = call;
    for (let waited = 0; ; ) {
      const { status, body, retryAfter } = await exchange(next);
      const answer: ApiAnswer = { status, body: parseObject(body) };
      const repetition = repetitionOf(next, answer, retryAfterSeconds(answer, retryAfter));
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
function repetitionOf({ method, retry }: ApiCall, { status }: ApiAnswer, pauseSeconds: number) {
  if (status === 429) return { pauseSeconds, seconds: patienceSeconds };
  return status >= 500 && (method !== 'POST' || retry !== undefined) ? failing : undefined;
}

/** Seconds that a refusal asks to wait: by the header, or as older homeservers say it in the body. */
function retryAfterSeconds({ body }: ApiAnswer, header: string | undefined): number {
  const milliseconds = Number(body.retry_after_ms);
  const seconds = Number(header ?? milliseconds / 1000);
  return seconds > 0 ? Math.max(seconds, shortestPauseSeconds) : 1;
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

/** The homeserver gave no answer. @param saw what was seen in place of one */
export function unreachable(saw: string, cause?: unknown): UserError {
  return new UserError(`the homeserver does not answer: ${saw}`, {
    code: 'matrix.unreachable',
    hint: 'Nothing more was done. See `matrix-deploy status`, then run the command again.',
    cause,
  });
}
