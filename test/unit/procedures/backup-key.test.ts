import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RepositoryError } from '../../../src/backup/failure.ts';
import type { Repository } from '../../../src/backup/repository.ts';
import { exists } from '../../../src/host/files.ts';
import { type OpenTarget, prepareTarget, targetsOf } from '../../../src/procedures/backup/target.ts';
import { recordTarget } from '../../../src/state/backups.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { localConfigText } from '../../fakes/configurations.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const config = parseConfig(`${localConfigText}
backup:
  targets:
    disk: { kind: local, path: backups }
    nas: { kind: rest, url: "https://nas.example.org/matrix" }
`);

/** A deployment without a key for backups, and its targets, whose repositories answer so when they are opened. */
async function withoutKey(opened: () => Promise<boolean>) {
  const directory = await temporaryDirectory();
  const created: string[] = [];
  const target = (name: string) => {
    const [named] = targetsOf({ directory, config }, name);
    const repository = { exists: opened, create: async () => void created.push(name) };
    return { ...named, repository: repository as Partial<Repository> } as OpenTarget;
  };
  const deployment = {
    directory,
    config,
    random: (bytes: number) => new Uint8Array(bytes),
    clock: fakeClock(),
  };
  return {
    ...{ directory, created, target },
    hasKey: () => exists(join(directory, 'secrets/backup.key')),
    prepare: (name: string) => prepareTarget(deployment, target(name)),
  };
}

const isLost = expect.objectContaining({ code: 'backup.key' });
const set = { id: '20261128-194501-3fa9', state: 'verified', stateAt: '2026-11-28T19:45:01Z' } as const;

describe('a lost key of the backups must be refused, and no other be in its place, where', () => {
  test.each(['disk', 'nas'])('backups in another target are recorded: %s', async (name) => {
    const { directory, target, prepare, hasKey, created } = await withoutKey(async () => false);
    const sets = [{ ...set, bytes: 1, added: 1, seconds: 1 }];
    await recordTarget(directory, target(name === 'disk' ? 'nas' : 'disk'), (known) => ({ ...known, sets }));
    await expect(prepare(name)).rejects.toThrow(isLost);
    expect(await hasKey()).toBe(false);
    expect(created).toEqual([]);
  });

  test('the record is lost too, and backups are in the directory', async () => {
    const { directory, prepare, hasKey } = await withoutKey(async () => true);
    await mkdir(join(directory, 'backups/data'), { recursive: true });
    await expect(prepare('disk')).rejects.toThrow(isLost);
    expect(await hasKey()).toBe(false);
  });

  test('the record is lost too, and another machine has backups', async () => {
    const { prepare, hasKey } = await withoutKey(() =>
      Promise.reject(new RepositoryError('key', 'opening the repository')),
    );
    await expect(prepare('nas')).rejects.toThrow(isLost);
    expect(await hasKey()).toBe(false);
  });
});

test('a key must be made for the first backup, and stay for all that follow', async () => {
  const { directory, prepare, created } = await withoutKey(async () => false);
  expect(await prepare('nas')).toBe(false);
  const key = await readFile(join(directory, 'secrets/backup.key'), 'utf8');
  await prepare('disk');
  expect(await readFile(join(directory, 'secrets/backup.key'), 'utf8')).toBe(key);
  expect(created).toEqual(['nas', 'disk']);
});
