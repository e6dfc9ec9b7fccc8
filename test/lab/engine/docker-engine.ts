import { existsSync } from 'node:fs';
import { run } from '../command.ts';
import type { Say } from '../progress.ts';
import { aptAvailable, availableVersion, installPackages } from './apt.ts';
import { startDaemon } from './daemon.ts';
import { findProgram } from './program.ts';

/** Finds a Docker engine that answers, and its client; where there is none, installs and starts them. */
export async function ensureEngine(say: Say): Promise<void> {
  const found = await askEngine();
  if ('version' in found) return say(`Docker engine ${found.version} is here`);
  if (/permission denied/i.test(found.refusal)) {
    throw new Error('This user may not use the Docker engine: run as root, or join the group `docker`.');
  }
  const { DOCKER_HOST } = process.env;
  if (DOCKER_HOST) throw new Error(`DOCKER_HOST names an engine that does not answer: ${DOCKER_HOST}`);
  await install(say);
  if (!('version' in (await askEngine()))) await start(say);
  const started = await askEngine();
  if ('refusal' in started) throw new Error(`The Docker engine does not answer: ${started.refusal}`);
  say(`Docker engine ${started.version} runs`);
}

/** Asks through the client, so that DOCKER_HOST and contexts mean what they mean to every other command. */
async function askEngine(): Promise<{ version: string } | { refusal: string }> {
  try {
    return { version: (await run('docker', ['version', '--format', '{{.Server.Version}}'])).trim() };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

async function install(say: Say): Promise<void> {
  const packages: string[] = [];
  if (!(await findProgram('dockerd'))) packages.push('docker.io');
  // Some releases bring the client in a package of its own.
  if (!(await findProgram('docker')) && (await availableVersion('docker-cli'))) packages.push('docker-cli');
  if (packages.length === 0) return;
  if (!(await aptAvailable()) || process.getuid?.() !== 0) {
    throw new Error(
      'No Docker engine answers here. Install or start one (https://docs.docker.com/engine/install/), or run this as root on Debian or Ubuntu.',
    );
  }
  say(`installing the packages ${packages.join(', ')}`);
  await installPackages(packages);
}

async function start(say: Say): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('The Docker engine is installed but does not run: start it, or run this as root.');
  if (existsSync('/run/systemd/system')) {
    say('starting the service docker');
    await run('systemctl', ['start', 'docker'], { timeoutSeconds: 120 });
    return;
  }
  say('no systemd runs here: starting dockerd');
  await startDaemon(async () => 'version' in (await askEngine()));
}
