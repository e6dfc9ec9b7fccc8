import { setMaxListeners } from 'node:events';
import { CancelledError } from '../errors.ts';

/** What one exchange with another program may cost. */
export interface Bounds {
  /** Milliseconds that all of it may take. */
  readonly within?: number | undefined;
  /** Milliseconds for which nothing may come. */
  readonly silence?: number | undefined;
  /** Bytes that may come. */
  readonly bytes?: number | undefined;
  /** Stops it; at once where it fires with a BoundsError. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for which it goes on after the signal: what has an effect is better finished. */
  readonly grace?: number | undefined;
}

/** An exchange that was given up because it cost too much. */
export class BoundsError extends Error {
  /** An error code of the system, of which a broken connection has one too. */
  readonly code: 'ETIMEDOUT' | 'EMSGSIZE';

  constructor(code: BoundsError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface ArrivalWatch {
  /** To be told of each piece that comes. */
  arrived(bytes: number): void;
  /** To be told that it is over. */
  end(): void;
}

/** What an answer may be long that is read as a whole, in bytes. */
export const answerBytes = 32 * 2 ** 20;

/**
 * Watches over one exchange.
 *
 * @param stop called once, when a bound is passed, with a BoundsError; or after the signal, with a CancelledError
 */
export function watchBounds(
  { within, silence, bytes = Number.POSITIVE_INFINITY, signal, grace = 0 }: Bounds,
  stop: (reason: BoundsError | CancelledError) => void,
): ArrivalWatch {
  const timers = new Set<NodeJS.Timeout>();
  let left = bytes;
  const end = () => {
    timers.forEach(clearTimeout);
    signal?.removeEventListener('abort', onAbort);
  };
  const stopFor = (reason: BoundsError | CancelledError) => {
    end();
    stop(reason);
  };
  const after = (milliseconds: number | undefined, reason: () => BoundsError | CancelledError) => {
    const timer = milliseconds === undefined ? undefined : setTimeout(() => stopFor(reason()), milliseconds);
    return timer && timers.add(timer) && timer;
  };
  const onAbort = () => {
    if (signal?.reason instanceof BoundsError) {
      stopFor(signal.reason);
    } else {
      after(grace, interrupted);
    }
  };
  after(within, () => noAnswer(within));
  const quiet = after(silence, () => new BoundsError('ETIMEDOUT', `nothing came for ${seconds(silence)}`));
  if (signal?.aborted) {
    onAbort();
  } else if (signal !== undefined) {
    // Many exchanges at once may end by one signal; that is no leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort);
  }
  return {
    end,
    arrived(count) {
      quiet?.refresh();
      left -= count;
      if (left < 0) {
        stopFor(new BoundsError('EMSGSIZE', `the answer is longer than ${amount(bytes)}`));
      }
    },
  };
}

/** What bounds every wait of a run. */
export interface RunBounds {
  /** Ends waits. */
  readonly interrupt: AbortSignal;
  /** What deadlines are multiplied by; 1 when absent. */
  readonly patience?: number | undefined;
}

/** A signal that never fires: of what is carried out to its end. */
export const uninterruptible = new AbortController().signal;

/** A signal that fires at a run's interrupt and, with a BoundsError, after so many seconds. */
export function deadline(seconds: number, { interrupt, patience = 1 }: RunBounds): AbortSignal {
  const late = new AbortController();
  const milliseconds = seconds * 1000 * patience;
  setTimeout(() => late.abort(noAnswer(milliseconds)), milliseconds).unref();
  return AbortSignal.any([interrupt, late.signal]);
}

/**
 * What a promise gives, unless its bounds are passed first: for what cannot be ended, such as a system call. It goes on,
 * unheard.
 */
export async function within<Value>(bounds: Bounds, asked: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const watch = watchBounds(bounds, reject);
    asked.finally(watch.end).then(resolve, reject);
  });
}

/** Why an exchange came to nothing, in a few words: an error code of the system or of TLS, where there is one. */
export function reasonOf(error: unknown): string {
  if (error instanceof BoundsError) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** What an interrupted wait ends with. @param details evidence, one line each */
export function interrupted(details?: readonly string[]): CancelledError {
  const hint = 'Run the command again to continue.';
  return new CancelledError('interrupted', { code: 'cancelled', hint, details });
}

function noAnswer(milliseconds: number | undefined): BoundsError {
  return new BoundsError('ETIMEDOUT', `no answer within ${seconds(milliseconds)}`);
}

function amount(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.round(bytes / 2 ** 20)} MiB`;
}

function seconds(milliseconds = 0): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`;
}
