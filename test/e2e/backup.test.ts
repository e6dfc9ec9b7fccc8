import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { logInAsAdmin } from './support/client.ts';
import { deaths } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { forgeSet } from './support/forged-set.ts';
import { stackImages } from './support/stack-images.ts';
import { partsOfSets, restic as stockRestic } from './support/stock-restic.ts';
import { Terminal } from './support/terminal.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: [...new Set([...stackImages, testedImage('restic')])] });
const deployment = new Deployment(host);
const terminal = await Terminal.open(host);
afterAll(() => terminal.close());

interface Listed {
  sets: { id: string; state: string }[];
}
interface Shown {
  manifest: {
    parts: { name: string; snapshot: string; path: string }[];
    databases: { name: string; rows: Record<string, number> }[];
  };
}
interface Made {
  backups: { set: string; bytes: number; added: number }[];
}

/** Of the file that was uploaded. */
let digest = '';

beforeAll(async () => {
  await deployment.init();
  const admin = await logInAsAdmin(deployment);
  const room = await admin.createRoom();
  await admin.say(room, 'before the backup');
  // What no compression makes small.
  await host.run(['sh', '-c', 'head -c 300000 /dev/urandom >/root/picture']);
  digest = (await host.run(['sha256sum', '/root/picture'])).slice(0, 64);
  await admin.curl(['--data-binary', '@/root/picture'], '/_matrix/media/v3/upload?filename=picture');
});

const list = async () => (await deployment.ask<Listed>('backup', 'list')).sets;

const restic = (script: string) => stockRestic(deployment, script);

const psql = (sql: string) => deployment.query(sql);

describe('backup without any configuration', () => {
  let made: Made;
  beforeAll(async () => {
    made = await deployment.ask<Made>('backup');
  });

  it('must be listed as verified, and leave the server healthy', async () => {
    expect(await list()).toMatchObject([{ id: made.backups[0]?.set, state: 'verified' }]);
    await deployment.exits(0, 'status');
    expect(await deployment.ask('plan')).toMatchObject({ changes: [] });
  });

  it('must add little the second time', async () => {
    const again = await deployment.ask<Made>('backup');
    expect(again.backups[0]?.added).toBeLessThan(300_000);
    expect(made.backups[0]?.added).toBeGreaterThan(300_000);
  });

  it('must hold, for stock restic, the files and as many rows as the database has', async () => {
    const { manifest } = await deployment.ask<Shown>('backup', 'show');
    for (const [table, rows] of Object.entries(manifest.databases[0]?.rows ?? {})) {
      expect(`${table} ${rows}`).toBe(`${table} ${await psql(`select count(*) from ${table}`)}`);
    }
    const part = (name: string) => manifest.parts.find((one) => one.name === name);
    const [files, media] = [part('deployment'), part('data-synapse')];
    expect(await restic(`restic dump --no-lock ${files?.snapshot} /deployment.tar | tar -t`)).toContain(
      'secrets/signing.key',
    );
    const digests = await restic(
      `restic dump --no-lock ${media?.snapshot} / | (mkdir -p /tmp/m && cd /tmp/m && tar -x && find . -path '*local_content*' -type f -exec sha256sum {} +)`,
    );
    expect(digests).toContain(digest);
  });
});

/** Holds what a transaction has locked until somebody waits for a lock of this kind. */
const untilWaited = (mode: string) =>
  `do $$ begin while not exists (select from pg_locks where not granted and mode = '${mode}') loop perform pg_sleep(0.05); end loop; end $$`;

describe('a backup while the homeserver changes its tables', () => {
  it.each([
    [
      'drops one that was just listed',
      ['drop table dropped_soon', untilWaited('AccessShareLock')],
      ['select 1'],
    ],
    [
      'changes one that was just counted, so that both wait for each other',
      ['lock table schema_version in access exclusive mode', untilWaited('AccessExclusiveLock')],
      [untilWaited('AccessShareLock'), 'lock table users in access exclusive mode'],
    ],
  ])('must be made, where it %s', async (_, first, second) => {
    await psql('set role synapse; create table dropped_soon ()');
    const transaction = (statements: string[]) => psql(['begin', ...statements, 'commit'].join(';'));
    const [{ backups }] = await Promise.all([
      deployment.ask<Made>('backup'),
      transaction(first),
      transaction(second),
    ]);
    await psql('drop table if exists dropped_soon');
    expect((await list()).at(-1)).toMatchObject({ id: backups[0]?.set, state: 'verified' });
    expect(await deployment.readFile('state/last-run.log')).toContain('started again');
  });
});

describe('a backup that fails', () => {
  const sql = (text: string) => () => psql(text);
  const shell = (script: string) => () => deployment.run(['sh', '-c', script]);

  it.each([
    [
      'since the dump may not read a table',
      sql('alter table presence_stream owner to postgres'),
      sql('alter table presence_stream owner to synapse'),
      /dumping the database synapse[\s\S]*pg_dump: error: .*permission denied for table presence_stream/,
    ],
    [
      'since the dump ends half-way',
      sql('alter table presence_stream enable row level security, force row level security'),
      sql('alter table presence_stream disable row level security, no force row level security'),
      /dumping the database synapse[\s\S]*pg_dump: error: .*row-level security/,
    ],
    [
      'since its target may not be written to any more',
      shell('chmod a-w backups/snapshots'),
      shell('chmod ug+w backups/snapshots'),
      /dumping the database synapse[\s\S]*the rights that it has/,
    ],
    [
      'since a media file is not what the database says',
      sql("update local_media_repository set sha256 = repeat('0', 64)"),
      sql('update local_media_repository set sha256 = null'),
      /verifying the backup/,
    ],
  ])('%s must end with 9, name the stage, and leave the others', async (_, breakIt, fixIt, stage) => {
    const before = await list();
    await breakIt();
    const { stderr } = await deployment.exits(9, 'backup');
    await fixIt();
    expect(stderr).toMatch(stage);
    expect(await list()).toEqual(before);
    await deployment.exits(8, 'status');
  });

  it('with another key must end with 9, and change nothing', async () => {
    const before = await list();
    const own = await deployment.readFile('secrets/backup.key');
    await deployment.writeFile('secrets/backup.key', 'another');
    await deployment.exits(9, 'backup');
    await deployment.writeFile('secrets/backup.key', own);
    expect(await list()).toEqual(before);
  });
});

/** Where a backup dies: once with each of what it can leave behind. */
const stepsOfBackup = new RegExp(
  [
    /part=data-synapse/,
    /--tag=part=manifest&/,
    /rename .*state\/backups\.json/,
    // With more than one ID, it would be another effect in each run.
    /Entrypoint=forget&Entrypoint=ID&Env/,
    /Entrypoint=prune&/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

describe('a backup that is killed', () => {
  it('must leave nothing that the next one, and prune, cannot remove', async () => {
    const before = await list();
    const wholeParts = (await partsOfSets(deployment))[before.at(-1)?.id ?? ''];
    const running = host.exec(deployment.command('backup'));
    const isAtWork = async () =>
      (await host.run(['docker', 'ps', '--no-trunc'])).includes('--stdin-from-command');
    await waitUntil('a dump', isAtWork, { seconds: 60 });
    await host.exec(['pkill', '-KILL', '-f', 'matrix-deploy.cjs backup']);
    expect((await running).exitCode).not.toBe(0);
    expect(await list()).toEqual(before);
    const unattended = ['backup', '--wait', '1m'];
    const survived: string[] = [];
    for await (const effect of deaths(deployment, unattended, { among: stepsOfBackup })) {
      survived.push(effect);
      const parts = await partsOfSets(deployment);
      const found = (await list()).map(({ id }) => parts[id]);
      expect(new Set(found), effect).toEqual(new Set([wholeParts]));
    }
    expect(survived).toHaveLength(5);
    await deployment.exits(0, 'backup', 'prune');
    expect(Object.keys(await partsOfSets(deployment)).sort()).toEqual((await list()).map(({ id }) => id));
    await deployment.exits(0, 'status');
  });
});

describe('backups that are removed', () => {
  const forged = ['20200101-000000-0000', '20210101-000000-0000'] as const;
  beforeAll(async () => {
    const like = (await list()).at(-1)?.id ?? '';
    for (const set of forged) await forgeSet(deployment, { like, set });
  });

  it('by somebody else, in part only, must be found damaged by verify', async () => {
    // It has no part that its manifest names.
    await deployment.exits(8, 'backup', 'verify', forged[0]);
    expect((await list())[0]).toMatchObject({ id: forged[0], state: 'damaged' });
  });

  it('one by one, must be gone from the list and the repository, and be the only ones that are', async () => {
    const [id] = forged;
    const [listed, { [id]: parts, ...others }] = [await list(), await partsOfSets(deployment)];
    expect(parts).toBeGreaterThan(1);
    await deployment.exits(2, 'backup', 'forget', id, '--confirm', 'another');
    expect(await list()).toEqual(listed);
    await deployment.exits(0, 'backup', 'forget', id, '--confirm', id);
    expect(await partsOfSets(deployment)).toEqual(others);
    expect(await list()).toEqual(listed.slice(1));
  });

  it('by a prune that dies before any of its steps, must never be listed without their parts, nor leave any', async () => {
    const [before, whole] = [await partsOfSets(deployment), (await list()).at(-1)];
    // As a backup leaves it that is killed before it has told what it has stored.
    const stray = `backups/data/00/${'0'.repeat(64)}`;
    await deployment.run(['sh', '-c', `cp -p "$(find backups/data -type f | head -n 1)" ${stray}`]);
    await deployment.edit({ backup: { keep: { daily: 1, weekly: 0, monthly: 0 } } });
    const survived: string[] = [];
    const among = /containers\/create.*\b(forget|prune)\b|state\/backups\.json/;
    for await (const effect of deaths(deployment, ['backup', 'prune'], { among })) {
      survived.push(effect);
      const now = await partsOfSets(deployment);
      for (const { id } of await list()) expect(now[id], effect).toBe(before[id]);
    }
    expect(survived.length).toBeGreaterThan(3);
    expect(await list()).toEqual([whole]);
    expect(Object.keys(await partsOfSets(deployment))).toEqual([whole?.id]);
    expect(await host.exists(deployment.path(stray))).toBe(false);
  });
});

describe('a recovery key', () => {
  /** Has one made and types it. @returns what was shown */
  async function make(...flags: string[]): Promise<string> {
    terminal.type(`clear; ${deployment.command('backup', 'recovery-key', ...flags).join(' ')}\r`);
    await terminal.screen.see('Type it:', 60);
    const [shown = ''] = /\w{6}-\w{6}-\w{6}-\w{6}/.exec(terminal.screen.text) ?? [];
    terminal.type(shown, key.enter);
    await terminal.screen.see('opens the backups', 60);
    expect(terminal.screen.text).not.toContain(shown);
    return shown;
  }

  const opens = async (typed: string) =>
    (
      await restic(`echo ${typed} >/tmp/typed; restic --no-lock -p /tmp/typed snapshots || echo refused`)
    ).includes('part=manifest');

  it('must open the repository once it was typed, and no more once there is another one', async () => {
    const first = await make();
    expect(await opens(first)).toBe(true);
    const second = await make('--new');
    expect([await opens(first), await opens(second)]).toEqual([false, true]);
    expect((await deployment.exits(0, 'status')).stdout).not.toContain('recovery key');
  });

  it('must be missed by verify when its file is damaged, which says nothing of the backup', async () => {
    // Restic tries the keys in the order of their names: one is damaged that comes before the host's own.
    const damage = `cd backups/keys; f=$(ls -t | head -n 1); chmod u+w "$f"; echo >>"$f"; echo >${'0'.repeat(64)}`;
    await deployment.run(['sh', '-c', damage]);
    expect(await deployment.exits(8, 'backup', 'verify')).toMatchObject({
      stdout: expect.stringContaining('is verified'),
    });
    expect((await deployment.exits(0, 'status')).stdout).toContain('no recovery key');
  });
});

describe('a repository with one flipped bit', () => {
  it('must be found out by verify, and take no further backup', async () => {
    const flip =
      'f=$(find backups/data -type f | head -1); b=$(od -An -tu1 -j50 -N1 "$f"); chmod u+w "$f"; printf "\\\\$(printf %o $((b ^ 1)))" | dd of="$f" bs=1 seek=50 conv=notrunc status=none';
    await deployment.run(['sh', '-c', flip]);
    await deployment.exits(8, 'backup', 'verify');
    expect((await list()).at(-1)).toMatchObject({ state: 'damaged' });
    await deployment.exits(9, 'backup');
  });
});

describe('destroy --delete-data', () => {
  it('must keep the backups and the key that opens them', async () => {
    const own = await deployment.readFile('secrets/backup.key');
    const { stdout } = await deployment.exits(0, 'destroy', '--delete-data', '--confirm', 'localhost');
    expect(stdout).toContain(deployment.path('backups'));
    expect(await host.run(['ls', deployment.directory])).toBe('backups\nsecrets');
    expect(await deployment.run(['cat', 'secrets/backup.key'])).toBe(own);
    expect(await host.run(['ls', deployment.path('secrets')])).toBe('backup.key');
  });
});
