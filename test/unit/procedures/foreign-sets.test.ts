import { describe, expect, it } from 'vitest';
import type { Repository } from '../../../src/backup/repository.ts';
import { tagsOf } from '../../../src/backup/set.ts';
import { refuseForeignSets } from '../../../src/procedures/backup/identity.ts';
import { readContents } from '../../../src/procedures/backup/listing.ts';
import type { OpenTarget } from '../../../src/procedures/backup/target.ts';
import { readSource } from '../../../src/procedures/restore/source.ts';
import { readBackupRecord } from '../../../src/state/backups.ts';
import { writeIdentity } from '../../../src/state/identity.ts';
import { writeRestoredFrom } from '../../../src/state/restored-from.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

interface Made {
  readonly set: string;
  readonly serverName?: string;
  readonly deployment: string;
  /** Whether its manifest is cut off. */
  readonly isDamaged?: true;
}

/** A repository with nothing but the manifests of these sets. */
function repositoryOf(sets: readonly Made[]): Pick<Repository, 'snapshots' | 'read'> {
  const at = '2026-11-30T04:00:00.000Z';
  const text = ({ set, serverName = localConfig.server_name, deployment }: Made) =>
    JSON.stringify({
      ...{ format: 1, set, startedAt: at, finishedAt: at, version: '0.1.0', serverName, deployment },
      ...{ identities: {}, images: {}, parts: [], databases: [], skipped: [], checks: [] },
    });
  return {
    snapshots: async (tags = []) =>
      sets
        .map(({ set }) => ({
          id: set,
          time: at,
          tags: tagsOf(set, 'manifest'),
          hostname: '',
          paths: [],
          bytes: 0,
        }))
        .filter((one) => tags.every((tag) => one.tags.includes(tag))),
    async read(snapshot) {
      const made = sets.find(({ set }) => set === snapshot) as Made;
      return made.isDamaged ? text(made).slice(0, 100) : text(made);
    },
  };
}

const [older, newer] = ['20261129-040000-aaaa', '20261130-040000-bbbb'] as const;

async function refused(made: readonly Made[], restoredFrom: readonly string[]): Promise<string | undefined> {
  const directory = await temporaryDirectory();
  const record = { serverName: localConfig.server_name, things: {}, predecessors: {} };
  await writeIdentity(directory, { ...record, deployment: 'bb' });
  if (restoredFrom.length > 0) await writeRestoredFrom(directory, restoredFrom);
  const target = { name: 'disk', path: '/mnt', repository: repositoryOf(made) } as OpenTarget;
  return refuseForeignSets({ directory, config: localConfig }, target).then(
    () => undefined,
    ({ code }) => code,
  );
}

describe('a target of backups', () => {
  it.each<[string, string | undefined, Made[], string[]]>([
    ['its own backups', undefined, [{ set: newer, deployment: 'bb' }], []],
    [
      'those of the deployment that it was restored from',
      undefined,
      [{ set: newer, deployment: 'aa' }],
      ['aa'],
    ],
    ['those of another deployment', 'backup.foreign', [{ set: newer, deployment: 'aa' }], []],
    [
      'those of a deployment that was restored from it, and has taken its place',
      'backup.foreign',
      [
        { set: older, deployment: 'bb' },
        { set: newer, deployment: 'cc' },
      ],
      ['aa'],
    ],
    [
      'those of another server',
      'backup.foreign',
      [{ set: newer, serverName: 'other.org', deployment: 'aa' }],
      ['aa'],
    ],
    [
      'those of another deployment, of which the newest cannot be read',
      'backup.foreign',
      [
        { set: older, deployment: 'aa' },
        { set: newer, deployment: 'bb', isDamaged: true },
      ],
      [],
    ],
    [
      'its own backups, of which the newest cannot be read',
      undefined,
      [
        { set: older, deployment: 'bb' },
        { set: newer, deployment: 'bb', isDamaged: true },
      ],
      [],
    ],
  ])('with %s must be refused by: %s', async (_, code, made, restoredFrom) => {
    expect(await refused(made, restoredFrom)).toBe(code);
  });
});

it('an older backup that is restored must name the deployment that has made the newest one, too', async () => {
  const made = [
    { set: older, deployment: 'aa' },
    { set: newer, deployment: 'cc' },
  ];
  const place = { repository: repositoryOf(made) as Repository, image: 'restic', place: '/mnt' };
  expect(await (await readSource(place, { set: older })).deployments()).toEqual(['aa', 'cc']);
  expect(await (await readSource(place, { set: newer })).deployments()).toEqual(['cc']);
});

it('a backup whose manifest cannot be read must be listed as damaged, beside the others', async () => {
  const made: Made[] = [
    { set: older, deployment: 'bb' },
    { set: newer, deployment: 'bb', isDamaged: true },
  ];
  const target = { name: 'disk', path: '/mnt', repository: repositoryOf(made) } as OpenTarget;
  const { sets } = await readContents(target, await readBackupRecord(await temporaryDirectory()));
  expect(sets).toMatchObject([
    { id: older, state: 'verified' },
    { id: newer, state: 'damaged' },
  ]);
});
