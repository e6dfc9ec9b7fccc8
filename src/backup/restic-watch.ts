import { failureIn, isHopeless, type RepositoryFailure } from './failure.ts';
import type { ResticAccess, ResticCall } from './restic-job.ts';

/** What is said when a request fails, and when it succeeds after all (`wrapBackend` of restic's internal/global). */
const failing = / returned error, retrying after /;
const succeeding = / operation successful after /;

/** How long a server may answer nothing. Restic itself tries each request for 15 minutes. */
const silentSeconds = 120;

/** Looks at what restic says of a server, and ends it where waiting any longer is of no use. */
export interface ResticWatch {
  readonly stop: AbortSignal;
  heard(line: string): void;
  /** Why it was stopped, where it was. */
  verdict(): RepositoryFailure | undefined;
  end(): void;
}

/** Of a directory of this host nothing is watched: there, nothing is tried again. */
export function watchTarget(
  { place, patience = 1 }: Pick<ResticAccess, 'place' | 'patience'>,
  { withinSeconds }: Pick<ResticCall, 'withinSeconds'>,
): ResticWatch {
  const stopping = new AbortController();
  let stopped: RepositoryFailure | undefined;
  let last: RepositoryFailure | undefined;
  let silence: NodeJS.Timeout | undefined;
  const stop = (why: RepositoryFailure) => {
    stopped ??= why;
    stopping.abort();
  };
  const giveUp = () => stop(last ?? 'unreachable');
  const isRemote = place.kind !== 'local';
  const after = (seconds: number) => setTimeout(giveUp, seconds * 1000 * patience);
  const whole = isRemote && withinSeconds !== undefined ? after(withinSeconds) : undefined;
  return {
    stop: stopping.signal,
    heard(line) {
      if (!isRemote) return;
      if (failing.test(line)) {
        last = failureIn([line]) ?? last;
        silence ??= after(silentSeconds);
        if (isHopeless(line)) giveUp();
      } else if (succeeding.test(line)) {
        clearTimeout(silence);
        silence = undefined;
      }
    },
    verdict: () => stopped,
    end() {
      clearTimeout(silence);
      clearTimeout(whole);
    },
  };
}
