import { UserError } from '../errors.ts';
import { interrupted } from '../host/bounds.ts';
import type { Clock } from '../host/clock.ts';
import type { Api, ApiAnswer, ApiCall } from './api.ts';

/** How long to wait, in all, for a homeserver that refuses a call because of too many requests. */
const patienceSeconds = 60;
/** The shortest pause before a call is repeated, in seconds, even if the homeserver asks for a shorter one. */
const shortestPauseSeconds = 0.1;
/**
 * For how long, and after which pause, to repeat a call that the homeserver failed at. After a restart of its
 * database, each connection to it fails once (there are ten, `cp_max`); then calls are answered again.
 */
const failing = { seconds: 5, pauseSeconds: 0.3 };

/** The answer to one request. */
export interface Exchanged {
  readonly status: number;
  /** Text that must be a JSON object. */
  readonly body: string;
  /** The header `Retry-After`, in seconds. Absent when the answer has none. */
  readonly retryAfter?: string | undefined;
}

/**
 * The API, on top of a function that makes one request. Repeats a call when the homeserver refuses it because of too
 * many requests, or fails for a moment.
 *
 * @throws UserError when the answer is not from Matrix; CancelledError at an interrupt; errors of `exchange`
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

/**
 * How a call is repeated: the pause before it, and the limit for all pauses; `undefined` when the answer is final.
 */
function repetitionOf({ method, retry }: ApiCall, { status }: ApiAnswer, pauseSeconds: number) {
  if (status === 429) return { pauseSeconds, seconds: patienceSeconds };
  return status >= 500 && (method !== 'POST' || retry !== undefined) ? failing : undefined;
}

/**
 * The pause that a refusal asks for, in seconds: from the header, or from the body as with older homeservers; else 1.
 */
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
  throw unreachable(`this is not a Matrix response: ${text.slice(0, 200)}`);
}

/**
 * The error for a homeserver that does not answer.
 *
 * @param saw what was seen instead of an answer
 */
export function unreachable(saw: string, cause?: unknown): UserError {
  return new UserError(`the homeserver does not answer: ${saw}`, {
    code: 'matrix.unreachable',
    hint: 'Nothing more was done. See `matrix-deploy status`, then run the command again.',
    cause,
  });
}
