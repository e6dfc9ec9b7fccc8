import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../cache.ts';
import { waitUntil } from '../command.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../process-identity.ts';

const recordPath = (): string => join(cacheDir(), 'dockerd.json');
const logPath = (): string => join(cacheDir(), 'dockerd.log');

/** Starts dockerd, which goes on when this process ends, and waits for its first answer. */
export async function startDaemon(answers: () => Promise<boolean>): Promise<void> {
  await mkdir(cacheDir(), { recursive: true });
  const log = await open(logPath(), 'w');
  const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  daemon.on('error', () => {});
  daemon.unref();
  const identity = daemon.pid === undefined ? undefined : await identifyProcess(daemon.pid);
  if (identity === undefined) throw new Error('dockerd could not be started');
  await writeFile(recordPath(), JSON.stringify(identity));
  await waitUntil('an answer of dockerd', answers, { seconds: 60, everyMilliseconds: 200 }).catch(
    async (error) => {
      throw new Error(
        `${error.message}\n${(await readFile(logPath(), 'utf8')).split('\n').slice(-15).join('\n')}`,
      );
    },
  );
}

/**
 * Stops the dockerd that `startDaemon` started, in order; leaves any other alone.
 * @returns whether there was one
 */
export async function stopDaemon(): Promise<boolean> {
  const text = await readFile(recordPath(), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const daemon = JSON.parse(text) as ProcessIdentity;
  const ran = await isRunning(daemon);
  if (ran) {
    process.kill(daemon.pid, 'SIGTERM');
    await waitUntil('the end of dockerd', async () => !(await isRunning(daemon)), {
      seconds: 60,
      everyMilliseconds: 100,
    });
  }
  await rm(recordPath());
  await rm(logPath(), { force: true });
  return ran;
}
