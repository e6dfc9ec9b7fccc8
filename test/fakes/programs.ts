import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine, ExecResult, MountedJob } from '../../src/docker/engine.ts';
import type { FakeWorld } from './world.ts';

/** What a program that succeeds leaves. */
export const succeeded = (stdout = ''): ExecResult => ({ exitCode: 0, stdout, stderr: '' });

/** The programs that the containers of the three services have, by the first word of their command. */
export function fakePrograms(world: FakeWorld): FakeWorld['programs'] {
  const psql = (input = ''): ExecResult => {
    if (input.includes('FROM "events"')) {
      return succeeded(
        [...world.homeserver.rooms.rooms].map(([id, { events }]) => `${events} ${id}\n`).join(''),
      );
    }
    for (const [, name = ''] of input.matchAll(/CREATE DATABASE "(.+?)"/g)) {
      world.databases.add(name);
    }
    for (const [, role = '', verifier = ''] of input.matchAll(/ROLE "(.+?)" LOGIN PASSWORD '(.+?)'/g)) {
      world.verifiers.set(role, verifier);
    }
    const lines = [...world.databases].map(
      (name) => `database ${name}\t7/${name.length}\t${world.verifiers.get(name)}\n`,
    );
    return succeeded(lines.join(''));
  };
  const noSpace: ExecResult = { exitCode: 3, stdout: '', stderr: 'ERROR: No space left on device\n' };
  return {
    psql: (input = '') => (world.isDiskFull && input.includes('CREATE TABLE') ? noSpace : psql(input)),
    sh: () => (world.isDiskFull ? noSpace : succeeded()),
  };
}

/** What a one-off container does, by its command. */
export function fakeJob(world: FakeWorld, job: MountedJob): Promise<{ exitCode: number; output: string }> {
  if (job.entrypoint.includes('--fill')) return fill(world, job);
  return job.entrypoint[0] === 'initdb' ? initialise(job) : check(world, job);
}

async function check({ refusal }: FakeWorld, { mounts }: MountedJob) {
  const source = mounts.find(({ target }) => target === '/conf')?.source ?? '';
  const refused = refusal(await readFile(join(source, 'homeserver.yaml'), 'utf8'));
  return refused === undefined ? { exitCode: 0, output: '' } : { exitCode: 1, output: refused };
}

export const makeDirectories: Engine['makeDirectories'] = async ({ parent, directories }) => {
  for (const { path, mode } of directories) {
    await mkdir(join(parent, path), { mode });
  }
};

async function initialise({ mounts, made, ...job }: MountedJob) {
  if (made !== undefined) {
    await makeDirectories({ ...job, ...made });
  }
  await writeFile(join(mounts[0]?.source ?? '', 'PG_VERSION'), '17\n');
  return { exitCode: 0, output: '' };
}

/** As the job that writes byte code does. */
async function fill({ cacheFailure }: FakeWorld, { mounts, environment }: MountedJob) {
  if (cacheFailure !== undefined) {
    return { exitCode: 1, output: cacheFailure };
  }
  const place = mounts.find(({ target }) => target === '/pyc')?.source ?? '';
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'index'), `${environment.CACHE_KEY}\ndigest\n`);
  return { exitCode: 0, output: '' };
}
