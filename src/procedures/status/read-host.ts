import { join } from 'node:path';
import { type RunBounds, within } from '../../host/bounds.ts';
import { dockerUnit, judgeBoot } from '../../host/health/boot.ts';
import { judgeClock } from '../../host/health/clock.ts';
import { type Sample, trendOf } from '../../host/health/growth.ts';
import { type HostMemory, judgeMemory, parseMemory } from '../../host/health/memory.ts';
import { mountOf } from '../../host/health/mounts.ts';
import { type FileSystem, judgeFileSystem } from '../../host/health/storage.ts';
import type { Judgement } from '../../host/judgement.ts';
import type { Machine } from '../../host/machine.ts';
import type { StatusFinding } from './report.ts';

/** The state of a host, apart from the services. */
export interface HostReport {
  readonly fileSystems: readonly FileSystem[];
  readonly memory: HostMemory | undefined;
  readonly findings: readonly StatusFinding[];
}

interface HostRequest extends RunBounds {
  readonly machine: Machine;
  /** Absolute paths of all that takes space for the deployment. */
  readonly places: readonly string[];
  readonly samples: readonly Sample[];
  readonly now: Date;
}

/** How long a file system may take to answer: a network file system may never answer. */
const patienceSeconds = 5;

/** Reads the state of the file systems, the memory and the clock, and whether Docker starts when the host boots. */
export async function readHost(request: HostRequest): Promise<HostReport> {
  const { machine, samples, now } = request;
  const [storage, memory, isSynchronized, unitFileState] = await Promise.all([
    readFileSystems(request),
    readMemory(machine),
    machine.isClockSynchronized().catch(() => undefined),
    machine.unitFileState(dockerUnit).catch(() => undefined),
  ]);
  const last = samples.at(-1);
  return {
    fileSystems: storage.fileSystems,
    memory,
    findings: [
      ...about('storage', [...storage.unreadable, ...storage.fileSystems.flatMap(judgeFileSystem)]),
      ...about('memory', memory === undefined ? [] : judgeMemory(memory)),
      ...about('clock', judgeClock(now, { isSynchronized, last: last && new Date(last.at) })),
      ...about('boot', [judgeBoot(unitFileState)]),
    ],
  };
}

function about(subject: StatusFinding['about'], judgements: readonly Judgement[]): StatusFinding[] {
  return judgements
    .filter(({ verdict }) => verdict !== 'passed')
    .map((judgement) => ({ about: subject, ...judgement }));
}

async function readFileSystems({ machine, places, samples, now, interrupt, patience = 1 }: HostRequest) {
  const bounds = { within: patienceSeconds * 1000 * patience, signal: interrupt };
  const mountInfo = (await machine.readFile('/proc/self/mountinfo')) ?? '';
  const found = new Map<string, FileSystem>();
  const unreadable: Judgement[] = [];
  await Promise.all(
    places.map(async (place) => {
      try {
        const { device, path, ...space } = await within(bounds, machine.space(place));
        const mount = mountOf(path, mountInfo) ?? { mountPoint: place, type: 'unknown', isReadOnly: false };
        const known = found.get(mount.mountPoint);
        const trend = trendOf(samples, mount.mountPoint, { freeBytes: space.freeBytes, now });
        found.set(mount.mountPoint, {
          ...mount,
          ...space,
          trend: trend ?? null,
          places: [...(known?.places ?? []), place].sort(),
        });
      } catch (error) {
        unreadable.push({
          verdict: 'failed',
          finding: `the file system of ${place} does not answer: ${String(error)}`,
          remedy: 'See what `df` and `dmesg` say.',
        });
      }
    }),
  );
  return { fileSystems: [...found.values()], unreadable };
}

async function readMemory(machine: Pick<Machine, 'readFile'>): Promise<HostMemory | undefined> {
  const [memInfo, pressure] = await Promise.all(
    ['/proc/meminfo', '/proc/pressure/memory'].map((path) => machine.readFile(path).catch(() => undefined)),
  );
  return parseMemory(memInfo ?? '', pressure);
}

/** The places of a deployment that take space. */
export function placesOf(
  directory: string,
  data: readonly { readonly path: string; readonly directories: readonly string[] }[],
  dataRoot: string,
): string[] {
  const below = data.flatMap(({ path, directories }) => [
    path,
    ...directories.map((name) => `${path}/${name}`),
  ]);
  return [directory, ...below.map((path) => join(directory, path)), dataRoot];
}
