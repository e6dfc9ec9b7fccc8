import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { RegistryError } from '../../src/docker/registry.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { runCommand } from '../fakes/command-line.ts';
import { localConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { fakeWorld } from '../fakes/world.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

/** What `upgrade --check` says where registries have these tags; one with none does not tell. */
async function check(
  tags: Readonly<Record<string, readonly string[]>>,
  { synapse = testedImage('synapse'), locked = {} } = {},
) {
  const directory = await temporaryDirectory();
  const config = parseDocument(localConfigText);
  config.setIn(['synapse', 'image'], synapse);
  await writeFile(join(directory, 'matrix.yaml'), String(config));
  await mkdir(join(directory, 'state'));
  await writeFile(join(directory, 'state/images.json'), JSON.stringify(locked));
  const before = await readdir(directory, { recursive: true });
  const openRegistry = async (host: string) => ({
    repository: (name: string) => ({
      async tags() {
        const all = tags[`${host}/${name}`];
        if (all === undefined) throw new RegistryError(`${host} does not tell: ECONNREFUSED`);
        return [...all];
      },
      digest: async (tag: string) => (tags[`${host}/${name}`]?.includes(tag) ? digest('1') : undefined),
    }),
    close: () => {},
  });
  const result = await runCommand(fakeWorld(), ['upgrade', '--check', '--json', '--quiet'], {
    workingDirectory: directory,
    ports: { openRegistry },
  });
  expect(await readdir(directory, { recursive: true })).toEqual(before);
  return { ...result, answer: JSON.parse(result.stdout) };
}

const older = 'matrixdotorg/synapse:v1.160.0';
const hub = 'registry-1.docker.io';
const current = {
  [`${hub}/matrixdotorg/synapse`]: ['v1.163.2', 'v1.160.0'],
  [`${hub}/library/postgres`]: ['17', '17.1', 'latest'],
  [`${hub}/library/traefik`]: ['v3.7.15'],
};

test('where nothing is newer, it must end with 0', async () => {
  const { exitCode, answer } = await check(current);
  expect(exitCode).toBe(0);
  expect(answer).toMatchObject({ isDue: false, set: '2026.11' });
  expect(answer.parts).toHaveLength(3);
  expect(answer.parts).toEqual(answer.parts.map((part: object) => ({ ...part, newer: [], trouble: null })));
});

test('a newer version that was not tested must be named as such, and be nothing to upgrade to', async () => {
  const { exitCode, answer } = await check({
    ...current,
    [`${hub}/matrixdotorg/synapse`]: ['v1.163.2', 'v1.164.2'],
  });
  expect(exitCode).toBe(0);
  expect(answer.parts.find(({ part }: { part: string }) => part === 'synapse')).toMatchObject({
    tested: null,
    newer: [{ tag: 'v1.164.2', testedIn: null, denied: null }],
    digests: { 'v1.164.2': digest('1') },
  });
});

test('a tested version that is newer must end it with 6, and what it takes be said', async () => {
  const { exitCode, answer } = await check(current, { synapse: older });
  expect(exitCode).toBe(6);
  expect(answer.parts.find(({ part }: { part: string }) => part === 'synapse')).toMatchObject({
    tested: 'v1.163.2',
    services: ['synapse'],
    gates: expect.arrayContaining([expect.objectContaining({ id: 'synapse-1.162-room-version-12' })]),
    digests: { 'v1.163.2': digest('1') },
  });
});

test('it must say so where a tag leads to another image by now', async () => {
  const { answer } = await check(current, {
    locked: { [testedImage('postgres')]: digest('2'), [testedImage('traefik')]: digest('1') },
  });
  const rebuilt = answer.parts.map((part: { part: string; rebuilt: unknown }) => [part.part, part.rebuilt]);
  expect(Object.fromEntries(rebuilt)).toEqual({ synapse: null, postgres: true, traefik: false });
});

test('a registry that does not tell must end it with 1, unless something tested is newer anyway', async () => {
  const { [`${hub}/library/postgres`]: _, ...others } = current;
  const { exitCode, answer } = await check(others);
  expect(exitCode).toBe(1);
  expect(answer.parts.find(({ part }: { part: string }) => part === 'postgres')).toMatchObject({
    trouble: expect.stringContaining('ECONNREFUSED'),
  });
  expect(await check({}, { synapse: older })).toMatchObject({ exitCode: 6 });
});

test('an image of another name must be asked for at its own registry, and be left to its owner', async () => {
  const mirror = { 'mirror.example:5000/synapse': ['v1.160.0', 'v1.163.2'] };
  const { exitCode, answer } = await check(
    { ...current, ...mirror },
    { synapse: 'mirror.example:5000/synapse:v1.160.0' },
  );
  expect(exitCode).toBe(0);
  expect(answer.parts.find(({ part }: { part: string }) => part === 'synapse')).toMatchObject({
    tested: null,
    newer: [{ tag: 'v1.163.2', testedIn: '2026.11' }],
  });
});
