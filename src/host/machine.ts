import { constants } from 'node:fs';
import { access, realpath, stat, statfs } from 'node:fs/promises';
import {
  machine as architecture,
  availableParallelism,
  networkInterfaces,
  totalmem,
  userInfo,
} from 'node:os';
import { dirname, join } from 'node:path';
import { exists, namesIn, readForeign } from './files.ts';
import { type InstallTools, install } from './install/install.ts';
import type { Offer } from './install/offer.ts';
import { findListeners, type Listener } from './listeners.ts';
import { type Systemd, systemdWith } from './systemd.ts';

/** What this host is and holds. */
export interface Machine extends Systemd {
  /** The processor, as the kernel names it: `x86_64`, `aarch64`. */
  architecture(): string;
  /** Its own addresses, without loopback, link-local ones and the networks of containers. */
  addresses(): readonly string[];
  /** Its addresses on the networks of containers. A connection that the engine relays comes from one of them. */
  innerAddresses(): readonly string[];
  /** Number of processors that programs can use. */
  cores(): number;
  /** Total memory that programs can use, in bytes. */
  memoryBytes(): Promise<number>;
  /** The file system of a path or, while that does not exist, of its nearest existing parent. */
  space(path: string): Promise<DiskSpace>;
  /** The sockets that listen on these ports, without those of this process; `undefined` if that cannot be seen. */
  listeners(ports: readonly number[]): Promise<readonly Listener[] | undefined>;
  /** Names in a directory; none where there is no such directory. */
  entries(directory: string): Promise<readonly string[]>;
  /** The error code if the caller can neither write in a directory nor create it; `undefined` if that is possible. */
  obstacle(directory: string): Promise<string | undefined>;
  /** A file's text, or `undefined` where there is none. */
  readFile(path: string): Promise<string | undefined>;
  hasProgram(name: string): Promise<boolean>;
  isRoot(): boolean;
  /** Installs the offered packages, on Debian and its derivatives. Only this and `systemctl` change the host. */
  install(offer: Offer, tools: InstallTools): Promise<void>;
}

export interface DiskSpace {
  /** The path that was asked about, or its nearest existing parent, with symbolic links resolved. */
  readonly path: string;
  /** Identifies the file system. */
  readonly device: number;
  /** What is free for programs that are not root. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** How many files there can be, and how many more; both 0 if the file system has no fixed number. */
  readonly inodes: number;
  readonly freeInodes: number;
}

/** Memory limits of this whole host (cgroups v2 and v1). A rented container has less than the hardware's memory. */
const memoryLimits = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

const programPaths = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Interfaces by which containers and virtual machines, not other hosts, reach this one. */
const innerInterface = /^(docker|br-|veth|virbr|cni|lxcbr)/;

/** @param environment of this program; child processes get a part of it */
export function machineWith(environment: Readonly<Record<string, string | undefined>>): Machine {
  return {
    ...thisMachine,
    ...systemdWith(environment),
    install: (offer, tools) => install(offer, { ...tools, environment }),
  };
}

const thisMachine: Omit<Machine, 'install' | keyof Systemd> = {
  architecture,
  addresses: () => addressesOf((name) => !innerInterface.test(name)),
  innerAddresses: () => addressesOf((name) => innerInterface.test(name)),
  cores: availableParallelism,
  async memoryBytes() {
    const limits = await Promise.all(memoryLimits.map((path) => readForeign(path)));
    // Where there is no limit, the file says `max`.
    return Math.min(totalmem(), ...limits.map(Number).filter((limit) => limit > 0));
  },
  async space(path) {
    const there = await nearestExisting(path);
    const [{ dev }, { bavail, blocks, bsize, files, ffree }] = await Promise.all([
      stat(there),
      statfs(there),
    ]);
    return {
      path: await realpath(there),
      device: dev,
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      inodes: files,
      freeInodes: ffree,
    };
  },
  listeners: findListeners,
  entries: namesIn,
  async obstacle(directory) {
    const there = await nearestExisting(directory);
    if (!(await stat(there)).isDirectory()) {
      return 'ENOTDIR';
    }
    return access(there, constants.W_OK | constants.X_OK).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
  },
  readFile: readForeign,
  async hasProgram(name) {
    const found = await Promise.all(programPaths.map((path) => exists(join(path, name))));
    return found.includes(true);
  },
  isRoot: () => userInfo().uid === 0,
};

function addressesOf(isMeant: (name: string) => boolean): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => isMeant(name))
    .flatMap(([, entries]) => entries ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
}

async function nearestExisting(path: string): Promise<string> {
  return (await exists(path)) || path === dirname(path) ? path : nearestExisting(dirname(path));
}
