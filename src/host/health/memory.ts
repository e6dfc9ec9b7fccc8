import { type Judgement, warning } from '../judgement.ts';

export interface HostMemory {
  readonly totalBytes: number;
  /** What programs can still get, without swapping. */
  readonly availableBytes: number;
  /**
   * Share of the last minute, in percent, in which every program waited for memory (PSI's `full avg60`); `undefined`
   * where the kernel does not tell.
   */
  readonly stalledPercent: number | undefined;
}

const scarceShare = 0.05;
const stalledPercent = 10;

/**
 * @param memInfo text of /proc/meminfo (proc_meminfo(5))
 * @param pressure text of /proc/pressure/memory (Linux, accounting/psi), where there is one
 */
export function parseMemory(memInfo: string, pressure: string | undefined): HostMemory | undefined {
  const kibibytes = (key: string) => Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(memInfo)?.[1]);
  const [total, available] = [kibibytes('MemTotal'), kibibytes('MemAvailable')];
  const stalled = /^full .*avg60=([\d.]+)/m.exec(pressure ?? '')?.[1];
  return Number.isNaN(total + available)
    ? undefined
    : {
        totalBytes: total * 1024,
        availableBytes: available * 1024,
        stalledPercent: stalled === undefined ? undefined : Number(stalled),
      };
}

const remedy =
  'See what uses it with `docker stats`, and what else runs on this host; or take a host with more.';

/** What is wrong with the memory of a host, or soon will be. */
export function judgeMemory({
  totalBytes,
  availableBytes,
  stalledPercent: stalled,
}: HostMemory): Judgement[] {
  if (stalled !== undefined && stalled >= stalledPercent) {
    return [warning(`programs waited for memory ${Math.round(stalled)} % of the last minute`, remedy)];
  }
  if (availableBytes < scarceShare * totalBytes) {
    const left = Math.floor(availableBytes / 2 ** 20);
    return [warning(`this host has only ${left} MiB of memory left`, remedy)];
  }
  return [];
}
