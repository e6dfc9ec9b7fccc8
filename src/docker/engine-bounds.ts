import { answerBytes, type Bounds, type BoundsError } from '../host/bounds.ts';

/** How long the engine may take, in seconds: longer than a working engine takes on a small and busy machine. */
const limits = {
  read: 30,
  /** To create, start, stop or remove a container, or to unpack an archive. */
  change: 60,
  /** A command in a container. */
  exec: 60,
  /** A one-off container from its start to its end. */
  job: 300,
  /** Between two messages of a pull, whose whole time is not limited. */
  pullSilence: 120,
  /** How long a change may go on after an interrupt. */
  grace: 5,
  /** Any call after the engine has left another one unanswered. */
  again: 3,
} as const;

/**
 * The state that all clients of an engine share, so that only one call waits long for an engine that does not answer.
 */
interface Unanswered {
  /** The error of the first unanswered call. Absent once a call has been answered. */
  reason?: BoundsError | undefined;
}

/** The bounds of the calls of one engine. */
export interface EngineBounds {
  /** Ends reads and waits at once, and changes after a grace period. */
  readonly signal?: AbortSignal | undefined;
  /** What deadlines are multiplied by: less in tests, more on a slow machine. */
  readonly patience?: number | undefined;
  /** Shared by all clients of the same engine. */
  readonly unanswered?: Unanswered | undefined;
}

/** What one call of the engine's API may cost, by its method and path (Docker Engine API). */
export function boundsOf(
  method: string,
  path: string,
  { signal, patience = 1, unanswered }: EngineBounds,
): Bounds {
  const milliseconds = (name: keyof typeof limits) =>
    limits[unanswered?.reason === undefined ? name : 'again'] * 1000 * patience;
  const call = { bytes: answerBytes, signal };
  if (/\/images\/create\b/.test(path)) {
    return { ...call, silence: milliseconds('pullSilence') };
  }
  if (/\/containers\/[^/]+\/attach\b/.test(path)) {
    return { signal };
  }
  if (/\/containers\/[^/]+\/wait\b/.test(path)) {
    return { ...call, within: milliseconds('job') };
  }
  if (/\/exec\/[^/]+\/start\b/.test(path)) {
    return { ...call, within: milliseconds('exec') };
  }
  return method === 'GET' || method === 'HEAD'
    ? { ...call, within: milliseconds('read') }
    : { ...call, within: milliseconds('change'), grace: limits.grace * 1000 };
}

/**
 * Remembers that a call was not answered.
 *
 * @returns the error to end it with: that of the first unanswered call, which has waited the longest
 */
export function rememberUnanswered({ unanswered }: EngineBounds, reason: BoundsError): BoundsError {
  if (unanswered === undefined) return reason;
  unanswered.reason ??= reason;
  return unanswered.reason;
}

/** Remembers that a call was answered. */
export function rememberAnswer({ unanswered }: EngineBounds): void {
  if (unanswered !== undefined) unanswered.reason = undefined;
}
