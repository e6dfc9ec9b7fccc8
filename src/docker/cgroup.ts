import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { ContainerMemory } from './engine.ts';

const root = '/sys/fs/cgroup';

/** Where the kernel reports what a container uses (Linux: admin-guide/cgroup-v2, admin-guide/cgroup-v1). */
interface CgroupFiles {
  readonly memory: { readonly used: string; readonly limit: string; readonly details: string };
  readonly processor: string;
}

/**
 * Reads a container's memory use from the kernel: engine 20.10 measures it only once a second, and each request waits
 * for that.
 *
 * @param pid ID of its first process, as the engine reports it
 * @returns `undefined` when the container does not run on this host, or runs in another namespace
 */
export async function memoryOfContainer(id: string, pid: number): Promise<ContainerMemory | undefined> {
  const files = await filesOf(id, pid);
  if (files === undefined) return undefined;
  const { used, limit, details } = files.memory;
  const texts = await Promise.all([used, limit, details].map(readKernel));
  return parseMemory(texts, totalmem());
}

/** Reads the processor time that a container has used, in seconds. Otherwise like `memoryOfContainer`. */
export async function processorSecondsOfContainer(id: string, pid: number): Promise<number | undefined> {
  const files = await filesOf(id, pid);
  return files === undefined ? undefined : parseProcessorSeconds(await readKernel(files.processor));
}

async function filesOf(id: string, pid: number): Promise<CgroupFiles | undefined> {
  const text = pid > 0 ? await readKernel(`/proc/${pid}/cgroup`) : undefined;
  return text === undefined ? undefined : cgroupFiles(text, id);
}

/**
 * The files of a container's control group.
 *
 * @param text of /proc/PID/cgroup (cgroups(7)): `hierarchy:controllers:path`, a line each
 * @returns `undefined` when the path of the group does not contain the container's ID: the process may be another one
 */
export function cgroupFiles(text: string, id: string): CgroupFiles | undefined {
  const groups = text.split('\n').flatMap((line) => {
    const [, , controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    return path.includes(id) ? [{ controllers: controllers.split(','), path }] : [];
  });
  const pathOf = (controller: string) =>
    groups.find(({ controllers }) => controllers.includes(controller))?.path;
  const memory = pathOf('memory');
  const processor = pathOf('cpuacct');
  if (memory !== undefined && processor !== undefined) {
    const directory = `${root}/memory${memory}`;
    return {
      memory: {
        used: `${directory}/memory.usage_in_bytes`,
        limit: `${directory}/memory.limit_in_bytes`,
        details: `${directory}/memory.stat`,
      },
      processor: `${root}/cpuacct${processor}/cpuacct.usage`,
    };
  }
  const path = pathOf('');
  if (path === undefined) return undefined;
  const directory = root + path;
  return {
    memory: {
      used: `${directory}/memory.current`,
      limit: `${directory}/memory.max`,
      details: `${directory}/memory.stat`,
    },
    processor: `${directory}/cpu.stat`,
  };
}

/** Parses the memory use as `docker stats` shows it: without inactive pages of files. */
export function parseMemory(
  [used, limit, details]: readonly (string | undefined)[],
  hostBytes: number,
): ContainerMemory | undefined {
  const bytes = Number(used);
  if (used === undefined || Number.isNaN(bytes)) return undefined;
  const inactive =
    /^total_inactive_file (\d+)$/m.exec(details ?? '') ?? /^inactive_file (\d+)$/m.exec(details ?? '');
  // Without a limit, cgroup v2 has `max` here, and v1 a number that exceeds the memory of any host.
  const limitBytes = Math.min(Number(limit) || hostBytes, hostBytes);
  return { usedBytes: bytes - Number(inactive?.[1] ?? 0), limitBytes };
}

/** Parses the processor time, in seconds: cgroup v1 has nanoseconds, v2 microseconds among other values. */
export function parseProcessorSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
  const seconds = microseconds === undefined ? Number(text) / 1e9 : Number(microseconds) / 1e6;
  return Number.isNaN(seconds) ? undefined : seconds;
}

async function readKernel(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
