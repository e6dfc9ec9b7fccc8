import { answerBytes, type Bounds, type BoundsError } from '../host/bounds.ts';

/** How long the engine may take, in seconds: longer than one does that works, on a small and busy machine. */
const limits = {
  read: 30,
  /** To create, start, stop or remove a container, or to unpack an archive. */
  change: 60,
  /** A command in a container. */
  exec: 60,
  /** A one-off container from its start to its end. */
  job: 300,
  /** Between two pieces of news of a pull, which may take as long as it likes. */
  pullSilence: 120,
  /** How long a change goes on after an interrupt. */
  grace: 5,
  /** Any call of an engine that has just left another one without an answer. */
  again: 3,
} as const;

/** What all who ask an engine share, so that it is waited for once, and not by each of them. */
interface Unanswered {
  /** What the first call ended with, where no call since was answered. */
  reason?: BoundsError | undefined;
}

/** What the calls of one engine are bound by. */
export interface EngineBounds {
  /** Ends reads and waits at once, changes when they had time to be finished. */
  readonly signal?: AbortSignal | undefined;
  /** What deadlines are multiplied by: less in tests, more on a slow machine. */
  readonly patience?: number | undefined;
  /** Shared by those who ask the same engine. */
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
 * @returns what to end it with: what the first of them ended with, which was waited for the longest
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
