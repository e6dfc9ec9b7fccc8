import type { FailureKnowledge } from '../components/failure.ts';
import type { Probe } from '../components/questions.ts';
import type { ContainerHealth, Engine } from '../docker/engine.ts';
import type { Clock } from '../host/clock.ts';
import { hasEnded } from '../stack/running.ts';
import type { ProbeResult, ProbeTarget } from './probe.ts';

const inspectEveryMilliseconds = 1000;
/** A starting service hangs if it has neither logged anything nor worked for this time. */
const silenceMilliseconds = 40_000;
/**
 * A program works if it has used this much processor time within that time. Health checks alone use a fifth of it.
 */
const workSeconds = 0.5;
/**
 * A service that has logged that it gives up may still be working, unless it has logged nothing more for this time.
 */
const lastWordMilliseconds = 4000;
/** How long a service may answer with errors. It runs already, so more time is unlikely to help. */
const errorMilliseconds = 40_000;
/** How long the proxy that a request passes may be stopped: it may be about to start. */
const stoppedMilliseconds = 40_000;
/** A single restart may have a cause that is gone. */
const toleratedRestarts = 1;
const watchedLines = 20;

interface Watched {
  readonly engine: Pick<Engine, 'inspect' | 'logs' | 'processorSeconds'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly failures: FailureKnowledge | undefined;
}

export interface ServiceWatch {
  /** What is wrong with the starting service; `undefined` when nothing is. Looks at most once a second. */
  trouble(): Promise<string | undefined>;
  /** When the watched start began. Older log lines belong to an earlier start. */
  since(): Date;
}

/** Watches a service that has been started, in a container. */
export async function watchService(
  probe: Probe,
  id: string,
  { engine, clock, failures }: Watched,
): Promise<ServiceWatch> {
  const begun = clock.now().getTime();
  const first = await engine.inspect(id);
  const since = new Date(Math.min(begun, Date.parse(first.startedAt) || begun));
  const isSilent = silenceMeter(probe, id, engine, begun);
  let looked = begun;
  return {
    since: () => since,
    async trouble() {
      const now = clock.now().getTime();
      if (now - looked < inspectEveryMilliseconds) {
        return undefined;
      }
      looked = now;
      const [health, log] = await Promise.all([engine.inspect(id), engine.logs(id, watchedLines, since)]);
      return (
        describeCrash(health, health.restarts - first.restarts, failures?.refusal?.(log) !== undefined) ??
        describeSilence(await isSilent(log, now), probe.hasGivenUp?.(log) ?? false)
      );
    },
  };
}

/**
 * Returns a function that measures for how many milliseconds a service has neither logged anything new nor worked.
 * For a probe that runs inside the container it ignores processor time, since the probe itself uses some.
 */
function silenceMeter(
  { kind }: Probe,
  id: string,
  engine: Watched['engine'],
  begun: number,
): (log: readonly string[], now: number) => Promise<number> {
  let heard = begun;
  let last = '';
  let used = 0;
  return async (log, now) => {
    const line = log.at(-1) ?? '';
    const seconds = kind === 'exec' ? 0 : await engine.processorSeconds(id);
    if (line !== last || seconds - used >= workSeconds) {
      heard = now;
      used = seconds;
    }
    last = line;
    // The processor time of a restarted container counts from zero.
    used = Math.min(used, seconds);
    return now - heard;
  };
}

function describeCrash(
  { state, exitCode }: ContainerHealth,
  restarts: number,
  refuses: boolean,
): string | undefined {
  if (refuses && restarts > 0) {
    // Restarting does not help: it would refuse the same configuration again.
    return 'it ends and is started again';
  }
  if (restarts > toleratedRestarts) {
    return 'it keeps crashing';
  }
  return hasEnded(state) ? `it ended with exit code ${exitCode}` : undefined;
}

function describeSilence(milliseconds: number, hasGivenUp: boolean): string | undefined {
  if (hasGivenUp && milliseconds > lastWordMilliseconds) {
    return 'it has given up';
  }
  return milliseconds > silenceMilliseconds
    ? `it has logged nothing and hardly used the processor for ${silenceMilliseconds / 1000} seconds`
    : undefined;
}

/**
 * Returns a function to call with each failure of a probe. It returns a description once the service itself has
 * answered with errors for too long.
 */
export function errorWatch(): (failure: ProbeResult & { ok: false }, now: number) => string | undefined {
  const lasts = durationMeter();
  return ({ isOwnError = false }, now) =>
    lasts(isOwnError, now) > errorMilliseconds
      ? `it has answered with errors for ${errorMilliseconds / 1000} seconds`
      : undefined;
}

/**
 * Returns a function that returns a description once the proxy that a probe's requests pass has been stopped for too
 * long, such as by another program.
 */
export function proxyWatch(
  probe: Probe,
  { container, engine }: Pick<ProbeTarget, 'container'> & { readonly engine: Pick<Engine, 'inspect'> },
): (now: number) => Promise<string | undefined> {
  const proxy = probe.kind === 'https' ? probe.through : undefined;
  const lasts = durationMeter();
  return async (now) => {
    const id = proxy && container(proxy);
    if (id === undefined) return undefined;
    const { state } = await engine.inspect(id);
    return lasts(hasEnded(state), now) > stoppedMilliseconds
      ? `${proxy}, which requests to it pass, has been stopped for ${stoppedMilliseconds / 1000} seconds`
      : undefined;
  };
}

/**
 * Returns a function to call repeatedly with a condition. It returns for how many milliseconds the condition has
 * held.
 */
function durationMeter(): (isSo: boolean, now: number) => number {
  let since: number | undefined;
  return (isSo, now) => {
    since = isSo ? (since ?? now) : undefined;
    return since === undefined ? 0 : now - since;
  };
}
