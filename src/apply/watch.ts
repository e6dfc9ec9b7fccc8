import type { FailureKnowledge } from '../components/failure.ts';
import type { Probe } from '../components/questions.ts';
import type { ContainerHealth, Engine } from '../docker/engine.ts';
import type { Clock } from '../host/clock.ts';
import { hasEnded } from '../stack/running.ts';
import type { ProbeResult, ProbeTarget } from './probe.ts';

const inspectEveryMilliseconds = 1000;
/** A service that says nothing and does nothing for so long while it starts hangs. */
const silenceMilliseconds = 40_000;
/** In that time, what a program must have used of a processor to be at work: health checks use a fifth of it. */
const workSeconds = 0.5;
/** Who has said that it gives up may still be at it, unless it says nothing more for so long. */
const lastWordMilliseconds = 4000;
/** How long a service may answer with errors of its own: it runs, and more time will hardly change that. */
const errorMilliseconds = 40_000;
/** How long the proxy that a request passes may be stopped: it may be about to be started. */
const stoppedMilliseconds = 40_000;
/** One restart may be bad luck. */
const toleratedRestarts = 1;
const watchedLines = 20;

interface Watched {
  readonly engine: Pick<Engine, 'inspect' | 'logs' | 'processorSeconds'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly failures: FailureKnowledge | undefined;
}

export interface ServiceWatch {
  /** Says, at most once a second, what is wrong with a service that is starting. */
  trouble(): Promise<string | undefined>;
  /** When the start began that is watched: what it said before that is not about it. */
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
 * A function that tells for how long a service has neither said anything new nor worked, in milliseconds. Where the probe
 * runs in its container, the processor time there is the probe's, and tells nothing.
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
    // It was started again, and counts from nothing.
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
    // It will like it no better the next time.
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

/** A function that is told of each failure of a probe, and says when these have been errors of the service for too long. */
export function errorWatch(): (failure: ProbeResult & { ok: false }, now: number) => string | undefined {
  const lasts = durationMeter();
  return ({ isOwnError = false }, now) =>
    lasts(isOwnError, now) > errorMilliseconds
      ? `it has answered with errors for ${errorMilliseconds / 1000} seconds`
      : undefined;
}

/** A function that says when the proxy that a probe's requests pass has been stopped for too long, as by somebody else. */
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

/** A function that is told again and again whether something is so, and returns for how many milliseconds it has been. */
function durationMeter(): (isSo: boolean, now: number) => number {
  let since: number | undefined;
  return (isSo, now) => {
    since = isSo ? (since ?? now) : undefined;
    return since === undefined ? 0 : now - since;
  };
}
