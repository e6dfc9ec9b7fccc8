import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { run } from '../command.ts';
import type { Say } from '../progress.ts';
import { aptAvailable, availableVersion, installPackages, unpackPackages } from './apt.ts';

/** The oldest Compose that reads the files we render. */
const oldest = { major: 2, minor: 20 };

/** Sees to it that `docker compose` is there, in a version that serves. */
export async function ensureCompose(say: Say): Promise<void> {
  const found = await composeVersion();
  if (found !== undefined && isRecent(found)) return say(`Compose ${found} is here`);
  if (!(await aptAvailable())) {
    throw new Error(
      `Compose ${oldest.major}.${oldest.minor} or newer is needed as a plugin of docker: https://docs.docker.com/compose/install/`,
    );
  }
  const packaged = process.getuid?.() === 0 ? await distributionPackage() : undefined;
  if (packaged !== undefined) {
    say(`installing the package ${packaged}`);
    await installPackages([packaged]);
  } else {
    say("no recent Compose in this distribution: taking the one of Debian's unstable suite, for this user");
    await installForUser();
  }
  const version = await composeVersion();
  if (version === undefined || !isRecent(version))
    throw new Error(`docker compose does not work: ${version ?? 'no answer'}`);
  say(`Compose ${version} is installed`);
}

async function composeVersion(): Promise<string | undefined> {
  const version = await run('docker', ['compose', 'version', '--short']).catch(() => undefined);
  return version?.trim();
}

/** Whether a version, `2.40.3` or as a package has it, is one that serves. */
export function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^v|^\d+:/, '')
    .split('.')
    .map(Number.parseFloat);
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}

/** The package of this machine's distribution that has a Compose that serves. */
async function distributionPackage(): Promise<string | undefined> {
  for (const name of ['docker-compose-v2', 'docker-compose-plugin', 'docker-compose']) {
    const version = await availableVersion(name);
    if (version !== undefined && isRecent(version)) return name;
  }
  return undefined;
}

async function installForUser(): Promise<void> {
  const tree = await cached('compose-plugin', { suite: 'sid' }, (directory) =>
    unpackPackages('sid', ['docker-compose'], directory),
  );
  const plugins = join(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'cli-plugins');
  await mkdir(plugins, { recursive: true });
  await copyFile(
    join(tree, 'usr/libexec/docker/cli-plugins/docker-compose'),
    join(plugins, 'docker-compose'),
  );
  await chmod(join(plugins, 'docker-compose'), 0o755);
}
