import type { Probe } from '../components/component.ts';
import { lastLine } from '../components/service.ts';
import type { ContainerHealth, Engine } from '../docker/engine.ts';
import { UnhealthyError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Stack } from '../stack/stack.ts';
import { type Finding, type ProbeTarget, probeOnce } from './probe.ts';

const pauseMilliseconds = 100;
const inspectEveryMilliseconds = 1000;
/** A service that says nothing for so long while it starts hangs. One that migrates its data keeps logging. */
const silenceMilliseconds = 40_000;
/** Who has said that it gives up may still be at it, unless it says nothing more for so long. */
const lastWordMilliseconds = 4000;
/** One restart may be bad luck. */
const toleratedRestarts = 1;
const shownLogLines = 20;

interface Surroundings extends ProbeTarget {
  readonly stack: Pick<Stack, 'edge' | 'services'>;
  readonly engine: Pick<Engine, 'exec' | 'inspect' | 'logs' | 'restart'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits until a probe passes. A service that gave up before is given one more chance: what it lacked may be there now.
 *
 * @throws UnhealthyError with the service's own last log lines as soon as it keeps crashing, refuses its configuration, has
 *   given up, has been silent for 40 seconds, or the probe's time is over; the reason of `signal` once that has fired.
 */
export async function prove(probe: Probe, surroundings: Surroundings): Promise<void> {
  const { clock, signal } = surroundings;
  const begun = clock.now().getTime();
  const watch = watchService(probe, surroundings);
  for (let first = true; ; first = false) {
    const finding = await probeOnce(probe, surroundings);
    if (finding.ok) {
      return;
    }
    signal.throwIfAborted();
    if (first) {
      await revive(probe, surroundings);
    }
    const late = clock.now().getTime() - begun > probe.timeoutSeconds * 1000;
    const trouble = late ? `not within ${probe.timeoutSeconds} seconds` : await watch();
    if (trouble !== undefined) {
      throw await unhealthy(probe, finding, trouble, surroundings);
    }
    await clock.sleep(pauseMilliseconds);
  }
}

async function revive(probe: Probe, { engine, container }: Surroundings): Promise<void> {
  const id = container(probe.service);
  if (id !== undefined && probe.hasGivenUp?.(await engine.logs(id, shownLogLines))) {
    await engine.restart(id);
  }
}

/** A function that says, at most once a second, what is wrong with a service that is starting. */
function watchService(
  { service, hasGivenUp, refusal }: Probe,
  { engine, clock, container }: Surroundings,
): () => Promise<string | undefined> {
  let looked = clock.now().getTime();
  let heard = looked;
  let last = '';
  return async () => {
    const now = clock.now().getTime();
    const id = container(service);
    if (now - looked < inspectEveryMilliseconds || id === undefined) {
      return undefined;
    }
    looked = now;
    const log = await engine.logs(id, shownLogLines);
    const crash = describeCrash(await engine.inspect(id), refusal?.(log) !== undefined);
    if (crash !== undefined) {
      return crash;
    }
    const line = log.at(-1) ?? '';
    if (line !== last) {
      last = line;
      heard = now;
    }
    return describeSilence(now - heard, hasGivenUp?.(log) ?? false);
  };
}

function describeCrash({ state, exitCode, restarts }: ContainerHealth, refuses: boolean): string | undefined {
  if (refuses && restarts > 0) {
    // It will like it no better the next time.
    return 'it refuses its configuration';
  }
  if (restarts > toleratedRestarts) {
    return 'it keeps crashing';
  }
  return state === 'exited' || state === 'dead' ? `it ended with exit code ${exitCode}` : undefined;
}

function describeSilence(milliseconds: number, hasGivenUp: boolean): string | undefined {
  if (hasGivenUp && milliseconds > lastWordMilliseconds) {
    return 'it has given up';
  }
  return milliseconds > silenceMilliseconds
    ? `it has logged nothing for ${silenceMilliseconds / 1000} seconds`
    : undefined;
}

async function unhealthy(
  { service, name, refusal }: Probe,
  finding: Finding & { ok: false },
  trouble: string,
  { engine, stack, container }: Surroundings,
): Promise<UnhealthyError> {
  const id = container(service);
  const log = id === undefined ? [] : await engine.logs(id, shownLogLines);
  const explain = stack.services.find((candidate) => candidate.name === service)?.explain ?? lastLine;
  const reason = log.length === 0 ? finding.saw : explain(log.join('\n'));
  return new UnhealthyError(`${service} did not become healthy: ${trouble}: ${reason}`, {
    code: 'apply.unhealthy',
    details: [
      `wanted: ${name}`,
      `seen: ${finding.saw}`,
      `the last lines of ${service}:`,
      ...log.map((line) => `  ${line}`),
    ],
    service,
    refusal: refusal?.(log),
  });
}
