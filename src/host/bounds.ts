import { setMaxListeners } from 'node:events';
import { CancelledError } from '../errors.ts';

/** Limits on one exchange with another program. */
export interface Bounds {
  /** Milliseconds that the whole exchange may take. */
  readonly within?: number | undefined;
  /** Milliseconds that may pass without any data. */
  readonly silence?: number | undefined;
  /** Bytes that may be received. */
  readonly bytes?: number | undefined;
  /** Stops the exchange: at once if its reason is a BoundsError, otherwise after `grace`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the exchange may continue after the signal, so that a change in progress can finish. */
  readonly grace?: number | undefined;
}

/** An exchange that was stopped because it exceeded its bounds. */
export class BoundsError extends Error {
  /** A code of the system, so that callers can handle it like the error of a broken connection. */
  readonly code: 'ETIMEDOUT' | 'EMSGSIZE';

  constructor(code: BoundsError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface ArrivalWatch {
  /** To be called for each piece of data that arrives. */
  arrived(bytes: number): void;
  /** To be called when the exchange is over. */
  end(): void;
}

/** Maximum length of an answer that is read as a whole, in bytes. */
export const answerBytes = 32 * 2 ** 20;

/**
 * Watches over one exchange.
 *
 * @param stop called once, when a bound is exceeded, with a BoundsError, or after the signal, with a CancelledError or the
 *   signal's own BoundsError
 */
export function watchBounds(
  { within, silence, bytes = Number.POSITIVE_INFINITY, signal, grace = 0 }: Bounds,
  stop: (reason: BoundsError | CancelledError) => void,
): ArrivalWatch {
  const timers = new Set<NodeJS.Timeout>();
  let left = bytes;
  let isOver = false;
  const end = () => {
    isOver = true;
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
    // One signal may end many exchanges. By default, Node reports so many listeners as a leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort);
  }
  return {
    end,
    arrived(count) {
      // Pieces may still arrive after the end.
      if (isOver) return;
      quiet?.refresh();
      left -= count;
      if (left < 0) {
        stopFor(new BoundsError('EMSGSIZE', `the answer is longer than ${amount(bytes)}`));
      }
    },
  };
}

/** Bounds of every wait of a run. */
export interface RunBounds {
  /** Ends waits. */
  readonly interrupt: AbortSignal;
  /** Factor for all deadlines; 1 when absent. */
  readonly patience?: number | undefined;
}

/** A signal that never fires, for operations that must run to their end. */
export const uninterruptible = new AbortController().signal;

/** A signal that fires when the run is interrupted and, with a BoundsError, after this many seconds. */
export function deadline(seconds: number, { interrupt, patience = 1 }: RunBounds): AbortSignal {
  const late = new AbortController();
  const milliseconds = seconds * 1000 * patience;
  setTimeout(() => late.abort(noAnswer(milliseconds)), milliseconds).unref();
  return AbortSignal.any([interrupt, late.signal]);
}

/**
 * The value of a promise; rejects when the bounds are exceeded first. For operations that cannot be stopped, such as
 * system calls: the operation continues, and its result is ignored.
 */
export async function within<Value>(bounds: Bounds, asked: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const watch = watchBounds(bounds, reject);
    asked.finally(watch.end).then(resolve, reject);
  });
}

/** Why an exchange failed, in a few words: an error code of the system or of TLS, if there is one. */
export function reasonOf(error: unknown): string {
  if (error instanceof BoundsError) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** The error of an interrupted wait. @param details evidence, one line each */
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
