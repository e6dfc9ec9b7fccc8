import { failureIn, isHopeless, type RepositoryFailure } from './failure.ts';
import type { ResticAccess, ResticCall } from './restic-job.ts';

/** Restic's messages when a request fails, and when a retry succeeds (`wrapBackend` of restic's internal/global). */
const failing = / returned error, retrying after /;
const succeeding = / operation successful after /;

/** How long requests to a server may fail without a success. Restic itself retries each request for 15 minutes. */
const silentSeconds = 120;

/** Reads restic's messages about a server, and ends restic when further waiting is pointless. */
export interface ResticWatch {
  readonly stop: AbortSignal;
  heard(line: string): void;
  /** Why the watch has ended restic; `undefined` if it has not. */
  verdict(): RepositoryFailure | undefined;
  end(): void;
}

/** Starts a watch. It ignores a repository on this host, where restic does not retry. */
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
