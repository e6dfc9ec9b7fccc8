import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { waitUntil } from './command.ts';

/** One cgroup file system of this machine: each controller's own (version 1), or the one for all (version 2). */
export interface Hierarchy {
  directory: string;
  type: 'cgroup' | 'cgroup2';
  /** What `mount -o` needs to mount the same hierarchy again; empty for version 2. */
  mountOptions: string;
}

// Version 2 allows no processes in a cgroup that hands controllers to others below it: those of a machine are in a leaf.
const leaf = 'init';

/** The hierarchies that limit processes here. A hybrid machine's version 2 hierarchy has no controllers and is left out. */
export async function cgroupHierarchies(): Promise<Hierarchy[]> {
  const all = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').flatMap(parseHierarchy);
  const versionOne = all.filter((hierarchy) => hierarchy.type === 'cgroup');
  return versionOne.length > 0 ? versionOne : all.slice(0, 1);
}

// A line of mountinfo: 36 25 0:31 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
function parseHierarchy(line: string): Hierarchy[] {
  const [before, after] = line.split(' - ');
  const directory = before?.split(' ')[4];
  const [type, , options] = after?.split(' ') ?? [];
  if (directory === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
  const controllers = (options ?? '').split(',').filter((option) => /^(name=.*|[a-z_]+)$/.test(option));
  const kept = controllers.filter((option) => !['rw', 'ro', 'xattr', 'nsdelegate'].includes(option));
  const named = kept.some((option) => option.startsWith('name='));
  return [
    { directory, type, mountOptions: type === 'cgroup2' ? '' : (named ? ['none', ...kept] : kept).join(',') },
  ];
}

/**
 * Makes a cgroup in every hierarchy.
 * @param path `<lab>/<machine>`, below the root of each hierarchy
 */
export async function createCgroup(path: string, memoryBytes?: number): Promise<void> {
  for (const hierarchy of await cgroupHierarchies()) {
    const { directory, type } = hierarchy;
    const parent = join(directory, dirname(path));
    await mkdir(parent, { recursive: true });
    await (type === 'cgroup2' ? delegateControllers([directory, parent]) : inheritCpus(directory, parent));
    // A lab is many computers, and would else get as much of this one as a single process outside.
    if (controls(hierarchy, 'cpu')) await writeFile(join(parent, cpuShare[type].file), cpuShare[type].value);
    await mkdir(join(directory, path, type === 'cgroup2' ? leaf : ''), { recursive: true });
    if (memoryBytes !== undefined && controls(hierarchy, 'memory')) {
      await writeFile(join(directory, path, memoryLimit[type]), String(memoryBytes));
    }
  }
}

/**
 * Bounds the processor time of all that runs in the cgroup at `path`.
 * @param cores such as 0.12; as much as there is when absent
 */
export async function limitProcessor(path: string, cores?: number): Promise<void> {
  const quota = cores === undefined ? undefined : Math.round(cores * processorPeriod);
  for (const hierarchy of await cgroupHierarchies()) {
    if (!controls(hierarchy, 'cpu')) continue;
    const [file, text] =
      hierarchy.type === 'cgroup2'
        ? ['cpu.max', `${quota ?? 'max'} ${processorPeriod}`]
        : ['cpu.cfs_quota_us', String(quota ?? -1)];
    await writeFile(join(hierarchy.directory, path, file), text);
  }
}

/** Microseconds over which the kernel counts a quota; its default. */
const processorPeriod = 100_000;

const memoryLimit = { cgroup: 'memory.limit_in_bytes', cgroup2: 'memory.max' } as const;

/** Sixteen times what a process has. */
const cpuShare = {
  cgroup: { file: 'cpu.shares', value: '16384' },
  cgroup2: { file: 'cpu.weight', value: '1600' },
} as const;

function controls({ type, mountOptions }: Hierarchy, controller: string): boolean {
  return type === 'cgroup2' || mountOptions.split(',').includes(controller);
}

async function delegateControllers(directories: string[]): Promise<void> {
  for (const directory of directories) {
    const controllers = (await readFile(join(directory, 'cgroup.controllers'), 'utf8')).trim().split(' ');
    for (const controller of controllers) {
      // A controller that the machine does not let go of is one that the lab does without.
      await writeFile(join(directory, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
    }
  }
}

// A new cpuset of version 1 has no processor and no memory node, and no process may enter it, until it is given some.
async function inheritCpus(hierarchy: string, parent: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const inherited = await readFile(join(hierarchy, file), 'utf8').catch(() => undefined);
    if (inherited === undefined) return;
    await writeFile(join(parent, file), inherited.trim());
  }
  await writeFile(join(parent, 'cgroup.clone_children'), '1');
}

/**
 * The files that a process writes its ID to, to live under the limits of the cgroup at `path`.
 * @param place `leaf`, where processes stay; or `top`, where one must be for a moment to make the cgroup the root of a namespace
 */
export async function cgroupDoors(path: string, place: 'top' | 'leaf' = 'leaf'): Promise<string[]> {
  return (await cgroupHierarchies()).map(({ directory, type }) =>
    join(directory, path, type === 'cgroup2' && place === 'leaf' ? leaf : '', 'cgroup.procs'),
  );
}

/** A line of shell: goes through the doors that come first among its arguments, up to `--`, and drops them. */
export const throughDoors = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift';

/** Kills every process in the cgroup at `path` and below it, then removes it. Nothing to do where it does not exist. */
export async function removeCgroup(path: string): Promise<void> {
  const hierarchies = await cgroupHierarchies();
  await killCgroup(path);
  for (const { directory } of hierarchies) await removeTree(join(directory, path));
}

/** Kills every process in the cgroup at `path` and below it, and waits until they are gone. */
export async function killCgroup(path: string): Promise<void> {
  const hierarchies = await cgroupHierarchies();
  const [hierarchy] = hierarchies;
  if (hierarchy === undefined) return;
  const freezer = hierarchies.find((each) => each.type === 'cgroup' && controls(each, 'freezer'));
  if (freezer !== undefined) await thaw(join(freezer.directory, path));
  await waitUntil(`the end of the processes of ${path}`, async () => {
    const processes = await processesOf(join(hierarchy.directory, path));
    for (const pid of processes) kill(pid);
    return processes.length === 0;
  });
}

/** Lets go of what is frozen, as in a paused container: in version 1 nothing kills that. */
async function thaw(directory: string): Promise<void> {
  for (const child of await children(directory)) await thaw(child);
  // The cgroup may have gone meanwhile; its root has no such file.
  await writeFile(join(directory, 'freezer.state'), 'THAWED').catch(() => undefined);
}

/** The IDs of the processes in a cgroup's directory and below it. */
async function processesOf(directory: string): Promise<number[]> {
  const own = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '');
  const below = await Promise.all((await children(directory)).map(processesOf));
  return [...own.split('\n').filter(Boolean).map(Number), ...below.flat()];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

async function removeTree(directory: string): Promise<void> {
  for (const child of await children(directory)) await removeTree(child);
  // The kernel takes a moment to see that the last process is gone.
  await waitUntil(`the removal of ${directory}`, () => removeDirectory(directory), { seconds: 10 });
}

/** @returns whether the directory is gone; false while it is in use */
async function removeDirectory(directory: string): Promise<boolean> {
  return rmdir(directory).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'EBUSY') throw error;
      return error.code === 'ENOENT';
    },
  );
}

async function children(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}
