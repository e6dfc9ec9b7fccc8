import type { Probe } from '../components/questions.ts';
import type { Engine } from '../docker/engine.ts';
import { UnhealthyError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { diagnose, linesToShow } from '../stack/diagnose.ts';
import type { Stack } from '../stack/stack.ts';
import { gatherEvidence } from './evidence.ts';
import { type ProbeResult, type ProbeTarget, probeOnce } from './probe.ts';
import { errorWatch, proxyWatch, type ServiceWatch, watchService } from './watch.ts';

const shortestPauseMilliseconds = 100;
const longestPauseMilliseconds = 1000;
/**
 * The pause between two requests, as a share of the time waited so far, so that requests do not slow down a slow
 * host.
 */
const tolerance = 0.02;
const shownLogLines = 20;

export interface ProbeSurroundings extends ProbeTarget {
  readonly stack: Pick<Stack, 'project' | 'edge' | 'services' | 'files' | 'data'>;
  readonly engine: Pick<
    Engine,
    'exec' | 'inspect' | 'logs' | 'restart' | 'endings' | 'processorSeconds' | 'mapsUsers'
  >;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly revivals: Revivals;
}

/** By container ID, the last attempt to revive the container: several probes may find the same container waiting. */
export type Revivals = Map<string, Promise<void>>;

/**
 * Waits until a probe passes. Restarts a service once that has given up or that waits after a crash: what it lacked
 * may be available now.
 *
 * @throws UnhealthyError with the cause and the remedy when the service keeps crashing, refuses its configuration or
 *   has given up; when for 40 seconds it has neither logged nor worked, has only answered with errors, or its proxy
 *   was stopped; and when the probe's timeout is over. Throws the reason of `signal` when that has fired.
 */
export async function waitForProbe(probe: Probe, surroundings: ProbeSurroundings): Promise<void> {
  const { clock, signal, engine, container } = surroundings;
  const begun = clock.now().getTime();
  const id = container(probe.service);
  let watch: ServiceWatch | undefined;
  const troubleOfErrors = errorWatch();
  const troubleOfProxy = proxyWatch(probe, surroundings);
  for (;;) {
    const finding = await probeOnce(probe, surroundings);
    if (finding.ok) {
      return;
    }
    signal.throwIfAborted();
    if (watch === undefined && id !== undefined) {
      const failures = serviceOf(probe, surroundings)?.failures;
      await revive(probe, id, surroundings);
      watch = await watchService(probe, id, { engine, clock, failures });
    }
    const now = clock.now().getTime();
    const elapsed = now - begun;
    const trouble =
      elapsed > probe.timeoutSeconds * 1000
        ? `not within ${probe.timeoutSeconds} seconds`
        : (troubleOfErrors(finding, now) ?? (await watch?.trouble()) ?? (await troubleOfProxy(now)));
    if (trouble !== undefined) {
      throw await unhealthy(probe, finding, trouble, watch?.since() ?? new Date(begun), surroundings);
    }
    await clock.sleep(pause(elapsed));
  }
}

function pause(elapsedMilliseconds: number): number {
  return Math.min(
    Math.max(elapsedMilliseconds * tolerance, shortestPauseMilliseconds),
    longestPauseMilliseconds,
  );
}

// Attempts run one after the other: the watch of the first probe would take a second restart for a crash.
async function revive(probe: Probe, id: string, { engine, revivals }: ProbeSurroundings): Promise<void> {
  const before = revivals.get(id)?.catch(() => {}) ?? Promise.resolve();
  const revival = before.then(() => restartWaiting(probe, id, engine));
  revivals.set(id, revival);
  await revival;
}

async function restartWaiting(probe: Probe, id: string, engine: ProbeSurroundings['engine']): Promise<void> {
  const { startedAt, state } = await engine.inspect(id);
  // The engine pauses for up to a minute before it restarts a container that has crashed often.
  const waits = state === 'restarting';
  if (waits || probe.hasGivenUp?.(await engine.logs(id, shownLogLines, new Date(startedAt)))) {
    await engine.restart(id);
  }
}

function serviceOf({ service }: Probe, { stack }: Pick<ProbeSurroundings, 'stack'>) {
  return stack.services.find(({ name }) => name === service);
}

async function unhealthy(
  probe: Probe,
  finding: ProbeResult & { ok: false },
  trouble: string,
  since: Date,
  surroundings: ProbeSurroundings,
): Promise<UnhealthyError> {
  const { service, name } = probe;
  const definition = serviceOf(probe, surroundings);
  const evidence =
    definition && (await gatherEvidence(surroundings, definition, surroundings.container(service), since));
  const diagnosis = definition && evidence && diagnose(definition, evidence);
  const log = definition && evidence ? linesToShow(definition.failures, evidence.log) : [];
  // When the cause is unknown, the message begins with the symptom.
  const reason = diagnosis?.known
    ? diagnosis.cause
    : [trouble, diagnosis?.cause ?? `seen: ${finding.saw}`].join('; ');
  return new UnhealthyError(`${service} did not become healthy: ${reason}`, {
    code: 'apply.unhealthy',
    details: [
      `wanted: ${name}`,
      `seen: ${finding.saw}; ${trouble}`,
      `the last lines of ${service}:`,
      ...log.map((line) => `  ${line}`),
    ],
    hint: diagnosis?.remedy,
    service,
    refusal: diagnosis?.refusal,
    isCutOff: diagnosis?.isCutOff,
  });
}
