import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../e2e/support/deployment.ts';
import { fillDisk, freeDisk } from '../e2e/support/disk.ts';
import type { Host } from '../lab/host.ts';
import type { Attempt, Fault } from './script.ts';

/** Where the backups of a tortured host are: a file system of their own. */
export const targetOfBackups = '/srv/target';

/** How a command ended to which something happened; `null` for one that was killed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly said: string;
}

/** A command that takes longer hangs. */
const patienceSeconds = 300;

/**
 * Runs a command of matrix-deploy, lets something happen to it, waits for its end, and makes the host as it was before:
 * the engine runs, the disk has room.
 *
 * @throws when the command does not end
 */
export async function attack(
  deployment: Deployment,
  argv: readonly string[],
  { fault, afterMilliseconds }: Attempt,
): Promise<Ended> {
  const { host } = deployment;
  const run = await host.spawn(deployment.command(...argv));
  let said = '';
  run.stdout.resume();
  run.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(run, 'close');
  await Promise.race([sleep(afterMilliseconds), ended]);
  try {
    await inflict(deployment, fault, run);
    const timer = new AbortController();
    const late = sleep(patienceSeconds * 1000, 'late', { signal: timer.signal });
    if ((await Promise.race([ended, late])) === 'late') {
      await host.signal(run, 'SIGKILL');
      throw new Error(`${argv.join(' ')} did not end within ${patienceSeconds} s`);
    }
    timer.abort();
    await late.catch(() => {});
    return { exitCode: run.exitCode, said };
  } finally {
    await repair(host, fault);
  }
}

async function inflict(deployment: Deployment, fault: Fault, run: ChildProcess): Promise<void> {
  const { host } = deployment;
  switch (fault.kind) {
    case 'command':
      if (run.exitCode === null) await host.signal(run, 'SIGKILL').catch(ignoreEnded);
      return;
    case 'container':
      return strike(deployment, fault);
    case 'engine':
      return host.killEngine();
    case 'disk':
      return fillDisk(host, fault.kilobytesLeft);
    case 'target':
      return fillDisk(host, fault.kilobytesLeft, targetOfBackups);
  }
}

/** Where the service has no container at the moment, nothing happens. */
async function strike(
  { host, directory }: Deployment,
  { service, how }: Extract<Fault, { kind: 'container' }>,
): Promise<void> {
  const labels = [
    `label=com.docker.compose.project.working_dir=${directory}`,
    `label=com.docker.compose.service=${service}`,
  ].flatMap((label) => ['--filter', label]);
  const id = await host.run(['docker', 'ps', '--all', '--quiet', ...labels]);
  if (id === '') return;
  // Another may have removed or stopped it meanwhile.
  if (how === 'remove') await host.exec(['docker', 'rm', '--force', id]);
  if (how === 'stop') await host.exec(['docker', 'stop', '--time', '0', id]);
  if (how === 'crash') {
    const { stdout } = await host.exec(['docker', 'inspect', '--format', '{{.State.Pid}}', id]);
    if (Number(stdout) > 0) await host.exec(['kill', '-9', stdout.trim()]);
  }
}

async function repair(host: Host, fault: Fault): Promise<void> {
  if (fault.kind === 'engine') await host.startEngine();
  if (fault.kind === 'disk') await freeDisk(host);
  if (fault.kind === 'target') await freeDisk(host, targetOfBackups);
}

/** The way in to a process is gone together with it. */
function ignoreEnded(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
}
