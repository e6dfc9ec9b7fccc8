import { stat } from 'node:fs/promises';
import type { Probe } from '../components/questions.ts';
import type { Service } from '../components/service.ts';
import type { ContainerHealth, ContainerMemory, Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import { deadline, type RunBounds } from '../host/bounds.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import { diagnose } from '../stack/diagnose.ts';
import type { Stack } from '../stack/stack.ts';
import { gatherEvidence } from './evidence.ts';
import { judgeContainer } from './judge-container.ts';
import { type ProbeResult, type ProbeTarget, probeOnce, readRoots } from './probe.ts';

/** The health of a service: the engine's data about its container, and the results of its probes. */
export interface ServiceHealth {
  readonly service: string;
  /**
   * The image of its container, with the digest if it is locked to one; the wanted image when there is no container.
   */
  readonly image: string;
  /** The image that matrix.yaml and the lock ask for. */
  readonly wantedImage: string;
  /** Whether its container runs another image than the wanted one. */
  readonly imageDiffers: boolean;
  /** The engine's text, such as "Up 2 hours"; "not there" without a container, "unknown" without the engine. */
  readonly status: string;
  readonly healthy: boolean;
  /** What does not work while its container is down; `null` when it runs, or when the engine does not answer. */
  readonly whenDown: string | null;
  /**
   * Why it is unhealthy and what to do, if that is known; then the problems of its container; then, for each failed
   * probe, the expected and the observed result.
   */
  readonly problems: readonly string[];
  /** Problems that do not make it unhealthy. */
  readonly warnings: readonly string[];
  /** How often the engine has restarted it by itself; `undefined` when that is unknown. */
  readonly restarts: number | undefined;
  readonly memory: ContainerMemory | undefined;
  /** Size of its log on the disk, at most 30 MB; `undefined` when this user may not access it. */
  readonly logBytes: number | undefined;
}

interface Watched extends RunBounds {
  readonly directory: string;
  /** Absent when the engine does not answer: then only the probes that work without it are run. */
  readonly engine: Engine | undefined;
  readonly now: Date;
}

/** Timeout of each request: a service that takes longer is unhealthy. */
const patienceSeconds = 10;

/** Runs each probe of a stack once, all at the same time, and asks the engine about each container. */
export async function verifyStack(
  { directory, engine, now, ...run }: Watched,
  stack: Stack,
  { containers }: Pick<ObservedState, 'containers'>,
): Promise<ServiceHealth[]> {
  const container = (name: string) => containers.find(({ service }) => service === name);
  const target: Omit<ProbeTarget, 'engine'> = {
    directory,
    stack,
    roots: await readRoots({ directory }, stack),
    container: (name) => container(name)?.id,
  };
  return Promise.all(
    stack.services.map(async (service): Promise<ServiceHealth> => {
      const { name, image: wantedImage } = service;
      const found = container(name);
      const id = found?.id;
      const [failures, condition] = await Promise.all([
        failedProbes(name, { stack, target, engine, isRunning: found?.state === 'running', run }),
        engine === undefined || id === undefined
          ? undefined
          : conditionOf(engine, { id, wantedImage, now, run }).catch((error) => unknownCondition(error)),
      ]);
      const seen = [...(condition?.problems ?? []), ...failures];
      const healthy = found?.state === 'running' && seen.length === 0;
      const reasons =
        healthy || engine === undefined ? [] : await explain(service, id, { directory, engine, stack, run });
      return {
        service: name,
        image: condition?.image ?? found?.image ?? wantedImage,
        wantedImage,
        imageDiffers: condition?.imageDiffers ?? false,
        status: found?.status ?? (engine === undefined ? 'unknown' : 'not there'),
        healthy,
        whenDown: lossOf(service, found?.state, engine),
        problems: [...reasons, ...seen],
        warnings: condition?.warnings ?? [],
        restarts: condition?.restarts,
        memory: condition?.memory,
        logBytes: condition?.logBytes,
      };
    }),
  );
}

/** Without the engine, the state of a service is unknown. */
function lossOf({ whenDown }: Service, state: string | undefined, engine: Engine | undefined): string | null {
  return engine === undefined || state === 'running' ? null : whenDown;
}

type Condition = Pick<ServiceHealth, 'problems' | 'warnings'> &
  Partial<Pick<ServiceHealth, 'image' | 'imageDiffers' | 'restarts' | 'memory' | 'logBytes'>>;

async function conditionOf(
  engine: Engine,
  { id, wantedImage, now, run }: { id: string; wantedImage: string; now: Date; run: RunBounds },
): Promise<Condition> {
  const bound = engine.until(deadline(patienceSeconds, run));
  const [seen, memory] = await Promise.all([bound.inspect(id), bound.memory(id).catch(() => undefined)]);
  return {
    ...judgeContainer(seen, memory, now),
    image: seen.image,
    imageDiffers: await differs(seen, wantedImage, bound),
    restarts: seen.restarts,
    memory,
    logBytes: await sizeOfLog(seen.logPath),
  };
}

/**
 * Whether a container runs another image than the wanted one. A tag may name another image now than at its creation.
 */
async function differs(
  { image, imageId }: Pick<ContainerHealth, 'image' | 'imageId'>,
  wanted: string,
  engine: Pick<Engine, 'imageId'>,
): Promise<boolean> {
  if (image === wanted && wanted.includes('@')) {
    return false;
  }
  const wantedId = await engine.imageId(wanted);
  return wantedId === undefined ? image !== wanted : imageId !== wantedId;
}

async function sizeOfLog(path: string): Promise<number | undefined> {
  const current = await sizeOf(path);
  const older = await Promise.all([1, 2].map((number) => sizeOf(`${path}.${number}`)));
  return current === undefined ? undefined : older.reduce<number>((sum, size) => sum + (size ?? 0), current);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

function unknownCondition(error: unknown): Condition {
  return { problems: [`the engine does not tell its state: ${messageOf(error)}`], warnings: [] };
}

/** Why a service is unhealthy, and what to do; empty when the cause is unknown. */
async function explain(
  service: Service,
  container: string | undefined,
  { engine, run, ...source }: { directory: string; engine: Engine; stack: Stack; run: RunBounds },
): Promise<string[]> {
  try {
    const bound = engine.until(deadline(patienceSeconds, run));
    const evidence = await gatherEvidence({ ...source, engine: bound }, service, container);
    const diagnosis = diagnose(service, evidence);
    return diagnosis === undefined ? [] : [`${diagnosis.cause}.`, diagnosis.remedy ?? ''].filter(Boolean);
  } catch {
    // The failed probes are still reported.
    return [];
  }
}

async function failedProbes(
  service: string,
  {
    stack: { probes },
    target,
    engine,
    isRunning,
    run,
  }: {
    stack: Stack;
    target: Omit<ProbeTarget, 'engine'>;
    engine: Engine | undefined;
    isRunning: boolean;
    run: RunBounds;
  },
): Promise<string[]> {
  // Commands cannot run in a stopped container. That it is stopped is reported elsewhere.
  const due = probes.filter((probe) => probe.service === service && (probe.kind !== 'exec' || isRunning));
  const ask = async (probe: Probe): Promise<ProbeResult> => {
    const signal = deadline(patienceSeconds, run);
    const asked = probeOnce(probe, { ...target, signal, engine: engine?.until(signal) ?? silentEngine });
    return asked.catch((error): ProbeResult => ({ ok: false, saw: messageOf(error) }));
  };
  const covered = new Set(due.flatMap(({ covers = [] }) => covers));
  const failures = await Promise.all(
    due
      .filter(({ name }) => !covered.has(name))
      .map(async (probe) => {
        const finding = await ask(probe);
        if (finding.ok) return [];
        const others = due.filter(({ name }) => probe.covers?.includes(name));
        const found = await Promise.all(
          others.map(async (other) => describeFailure(other, await ask(other))),
        );
        return [...found.flat(), ...describeFailure(probe, finding)];
      }),
  );
  return failures.flat();
}

function describeFailure({ name }: Probe, finding: ProbeResult): string[] {
  return finding.ok ? [] : [`failed: ${name} (${finding.saw})`];
}

const silentEngine: ProbeTarget['engine'] = {
  exec: () => Promise.reject(new Error('the engine does not answer')),
};
