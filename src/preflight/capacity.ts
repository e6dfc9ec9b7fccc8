import { failed, type Judgement, passed, warning } from '../host/judgement.ts';
import type { DiskSpace } from '../host/machine.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/**
 * Memory in bytes. An idle stack takes 0.2 GiB and the engine 0.1 GiB; Synapse grows with the rooms that its users
 * are in. A host that is rented as 1 GB reports a little less, since the kernel reserves some.
 */
const memory = { least: 600 * mebibyte, comfortable: 900 * mebibyte };

/** Disk in bytes: for an image while it is pulled and unpacked, for a new deployment, and for its first growth. */
const disk = { image: 0.5 * gibibyte, deployment: 0.5 * gibibyte, growth: 2 * gibibyte };

const shapes = ['x86_64', 'amd64', 'aarch64', 'arm64'];

export function judgeArchitecture(architecture: string): Judgement {
  return shapes.includes(architecture)
    ? passed(architecture)
    : failed(
        `this host's processor, or its system, is ${architecture}`,
        'Take a host with a 64-bit Intel, AMD or ARM processor, and a 64-bit system on it.',
      );
}

export function judgeMemory(bytes: number): Judgement {
  const seen = `this host has ${Math.round(bytes / mebibyte)} MiB of memory`;
  const remedy = 'Take a host with at least 1 GB of memory.';
  if (bytes < memory.least) {
    return failed(seen, remedy);
  }
  return bytes < memory.comfortable ? warning(`${seen}, which is scarce`, remedy) : passed(seen);
}

/** Space that something will take at a path. */
export interface DiskNeed {
  readonly what: string;
  readonly path: string;
  readonly bytes: number;
  readonly space: DiskSpace;
}

/** @returns bytes that a new deployment takes, and bytes that images take which are still to be pulled */
export function diskNeeds(missingImages: number): { deployment: number; images: number } {
  return { deployment: disk.deployment, images: missingImages * disk.image };
}

/** Gives one judgement for each file system: needs on the same one are added up. */
export function judgeDisk(needs: readonly DiskNeed[]): Judgement[] {
  const devices = new Set(needs.map(({ space }) => space.device));
  return [...devices].map((device) => judgeFileSystem(needs.filter(({ space }) => space.device === device)));
}

function judgeFileSystem(needs: readonly DiskNeed[]): Judgement {
  const places = needs.map(({ path, what }) => `${path} (${what})`).join(' and ');
  const free = Math.min(...needs.map(({ space }) => space.freeBytes));
  const wanted = needs.reduce((sum, { bytes }) => sum + bytes, 0);
  const seen = `${inGibibytes(free)} free for ${places}`;
  const remedy = 'Free some with `docker system prune --all`, or take a larger disk.';
  if (free < wanted) {
    return failed(`only ${seen}, which needs ${inGibibytes(wanted)}`, remedy);
  }
  return free < wanted + disk.growth
    ? warning(`only ${seen}: media and the database will grow`, remedy)
    : passed(seen);
}

function inGibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
