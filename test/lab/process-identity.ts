import { readFile } from 'node:fs/promises';

/** Identifies a process permanently: its ID alone is reused some day. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in ticks since the machine did. */
  startedAt: string;
}

/** @returns undefined when there is no such process, or only its remains */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, which may hold anything; state and start time are fields 3 and 22.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, startedAt] = [fields[0], fields[19]];
  return startedAt === undefined || state === 'Z' ? undefined : { pid, startedAt };
}

export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(pid))?.startedAt === startedAt;
}
