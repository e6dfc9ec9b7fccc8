import { readForeign } from './files.ts';

/** Identifies a process among all processes, earlier and later ones included. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started: a later one may have the same number. */
  readonly processStart: string;
  readonly boot: string;
}

export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  return { pid, processStart: (await processStart(pid)) ?? '', boot: await bootId() };
}

export async function isAlive({ pid, processStart: start, boot }: ProcessIdentity): Promise<boolean> {
  return boot === (await bootId()) && start === (await processStart(pid));
}

/** A process's start, in clock ticks since boot (proc(5), field 22 of stat): `undefined` for one that is not there. */
async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readForeign(`/proc/${pid}/stat`).catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function bootId(): Promise<string> {
  return ((await readForeign('/proc/sys/kernel/random/boot_id').catch(() => '')) ?? '').trim();
}
