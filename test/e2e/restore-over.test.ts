import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { deaths, runWhile } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { fillDisk, freeDisk } from './support/disk.ts';
import { forgeSet } from './support/forged-set.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const host = await lab.host('alpha', { images, names: ['alpha.test', 'matrix.alpha.test'], diskBytes: 40e9 });
const deployment = new Deployment(host, { serverName: 'alpha.test' });
const digest = (content: string) => createHash('sha256').update(content).digest('hex');

interface Answer {
  readonly set: string;
  readonly downtimeSeconds: number;
  readonly rows: { readonly synapse: Readonly<Record<string, number>> };
  readonly lost: { readonly synapse: Readonly<Record<string, number>> };
  readonly isPending: boolean;
}

let admin: Client;
let room: string;
let since: string;
let orders: number;
/** What is in the backup, and what came later. */
let old: { set: string; media: string };
let later: { media: string };

const upload = async (text: string): Promise<string> =>
  (await admin.call('POST', '/_matrix/media/v3/upload?filename=x.txt', { text })).body.content_uri;

const isServed = async (uri: string, text: string) =>
  digest(await admin.curl([], `/_matrix/client/v1/media/download/${uri.replace('mxc://', '')}`)) ===
  digest(JSON.stringify({ text }));

async function psql(sql: string, database = 'synapse'): Promise<string> {
  const { Id } = await deployment.container('postgres');
  const command = ['docker', 'exec', Id, 'psql', '-qAtX', '-U', 'postgres', '-d', database, '-c', sql];
  return (await host.run(command)).trim();
}

const backUp = async () => (await deployment.ask<{ backups: [{ set: string }] }>('backup')).backups[0].set;

/** What a restore may leave: databases and directories beside those in use. */
const leftovers = async () => {
  const databases = await psql(
    "select datname from pg_database where not datistemplate and datname not in ('postgres', 'synapse')",
    'postgres',
  );
  const find =
    "find data state -maxdepth 1 '(' -name pending-restore.json -o -name reserve -o -type d '(' -name '*restore*' -o -name '*.*' ')' ')'";
  const directories = await deployment.run(['sh', '-c', find]);
  return [databases, directories].join('\n').trim();
};

/** Which of the two serves, with the certificates of before: `undefined` for what is neither. */
const serving = async () => {
  expect(await lab.acme.orders()).toBe(orders);
  const texts = (await admin.read(room)).join();
  const hasLater = await isServed(later.media, 'later');
  if (!(await isServed(old.media, 'old'))) return undefined;
  if (texts === 'old' && !hasLater) return 'restored';
  return texts === 'later,old' && hasLater ? 'before' : undefined;
};

beforeAll(async () => {
  await deployment.exits(0, ...initPublicly(deployment));
  orders = await lab.acme.orders();
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom();
  await admin.say(room, 'old');
  const media = await upload('old');
  old = { media, set: await backUp() };
  await admin.say(room, 'later');
  const key = { 'signed_curve25519:AAAAAA': { key: 'x', signatures: {} } };
  await admin.call('POST', '/_matrix/client/v3/keys/upload', { one_time_keys: key });
  since = (await admin.call('GET', '/_matrix/client/v3/sync?timeout=0')).body.next_batch;
  later = { media: await upload('later') };
});

/** A set that is newer than any, with a manifest of ours. */
const forge = (change: (manifest: string) => string) =>
  forgeSet(deployment, { like: old.set, set: '20990101-000000-0000', change });

it('the only verified backup must not be deleted', async () => {
  const { code } = await deployment.fails(9, 'backup', 'forget', old.set, '--confirm', old.set);
  expect(code).toBe('backup.last');
  expect(await deployment.ask('backup', 'list')).toMatchObject({ sets: [{ id: old.set }] });
});

it.each<[string, (manifest: string) => string]>([
  ['another name', (all) => all.replace('"serverName": "', '$&other.')],
  ['the same name', (all) => all.replace(/"deployment": "./, '$&x')],
])('no backup must be made among those of another server of %s', async (_, change) => {
  await deployment.run(['cp', '--archive', 'state', '/root/state']);
  const { forget } = await forge(change);
  const { code } = await deployment.fails(9, 'backup');
  await forget();
  expect(code).toBe('backup.foreign');
  // Status reports the failure until a backup succeeds, and a newer backup would be the one that is restored below.
  await deployment.exits(8, 'status');
  await deployment.run(['sh', '-c', 'rm -r state && mv /root/state .']);
  expect(await deployment.ask('backup', 'list')).toMatchObject({ sets: [{ id: old.set }] });
});

describe('restore over a server that runs', () => {
  it.each<[string, string, (manifest: string) => string]>([
    ['of another server', 'restore.foreign', (all) => all.replace('"alpha.test"', '"other.test"')],
    ['with another signing key', 'restore.key', (all) => all.replace(/"signing.key": "/, '$&x')],
    ['of a newer version', 'backup.newer', (all) => all.replace(/"version": "/, '$&9')],
    ['with half a manifest', 'backup.manifest.invalid', (all) => all.slice(0, all.length / 2)],
    [
      'larger than the disk',
      'preflight.space',
      (all) => all.replaceAll(/"bytes": \d+/g, '"bytes": 900000000000000'),
    ],
  ])('must refuse a set %s, and change nothing', async (_, code, change) => {
    const { set, forget } = await forge(change);
    const { exitCode, stderr } = await deployment.cli('restore', set, '--yes', '--json', '--quiet');
    await forget();
    expect(exitCode).toBeGreaterThan(0);
    expect(JSON.parse(stderr).error.code).toBe(code);
    expect(await leftovers()).toBe('');
  });

  it('must refuse backups that the host has another key for', async () => {
    const own = await deployment.readFile('secrets/backup.key');
    await deployment.writeFile('secrets/backup.key', 'another');
    const { code } = await deployment.fails(9, 'restore', '--yes');
    await deployment.writeFile('secrets/backup.key', own);
    expect(code).toBe('backup.repository.key');
    expect(await leftovers()).toBe('');
  });

  it('must refuse a point in time before the first backup, and name that one', async () => {
    const { code, details } = await deployment.fails(9, 'restore', '--at', '2020-01-01 00:00', '--yes');
    expect(code).toBe('backup.point');
    expect(details.join()).toContain(old.set);
    expect(await leftovers()).toBe('');
  });

  it('must ask before it does anything', async () => {
    const { stderr } = await deployment.exits(2, 'restore');
    expect(stderr).toContain('--yes');
    expect(await leftovers()).toBe('');
  });

  it('must be begun again after it was killed while it put things together', async () => {
    const command = deployment.command('restore', '--yes');
    const script = '"$@" & pid=$!; until [ -e "$0" ]; do sleep 0.05; done; kill -9 $pid; wait $pid || true';
    const beside = deployment.path(`data/synapse.restored-${old.set}`);
    await host.run(['sh', '-c', script, beside, ...command], { timeoutSeconds: 120 });
    expect(await serving()).toBe('before');
    await deployment.exits(0, 'plan', '--exit-code');
    await deployment.exits(0, 'restore', '--undo', '--yes');
    expect(await leftovers()).toBe('');
  });

  it('must tell of a disk that gets full, and remove what was put together', async () => {
    const before = /\bdump&.*synapse\.dump/;
    const happen = () => fillDisk(host, 5000);
    const { stderr } = await runWhile(deployment, ['restore', '--yes'], { before, happen });
    expect(await leftovers()).toBe('');
    await freeDisk(host);
    expect(stderr).toMatch(/restoring the database failed[\s\S]*No space left on device/);
    expect(await serving()).toBe('before');
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must tell of a disk that is full when the two change places, and be undone when there is room', async () => {
    const { exitCode, stderr } = await runWhile(deployment, ['restore', '--yes'], {
      before: /\/stop/,
      happen: () => fillDisk(host),
    });
    await freeDisk(host);
    expect(exitCode).toBe(9);
    expect(stderr).toMatch(/(is full|no space left)[\s\S]*`matrix-deploy restore --undo`/i);
    await deployment.exits(0, 'restore', '--undo', '--yes');
    expect(await serving()).toBe('before');
    expect(await leftovers()).toBe('');
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must put the backup of a point in time into the place of what serves, and tell what is lost', async () => {
    const point = new Date().toISOString();
    const { forget } = await forge((all) => all);
    const answer = await deployment.ask<Answer>('restore', '--at', point, '--yes');
    await forget();
    expect(answer).toMatchObject({ set: old.set, isPending: true });
    expect(answer.lost.synapse.events).toBeGreaterThan(0);
    expect(answer.downtimeSeconds).toBeLessThan(60);
    expect(await serving()).toBe('restored');
    expect(await psql('select count(*) from e2e_one_time_keys_json')).toBe('0');
  });

  it('must give every new message to a client that was ahead of the backup', async () => {
    for (const number of [1, 2, 3]) await admin.say(room, `new ${number}`);
    const { rooms } = (await admin.call('GET', `/_matrix/client/v3/sync?timeout=0&since=${since}`)).body;
    const texts = rooms.join[room].timeline.events.map(
      ({ content }: { content: { body: string } }) => content.body,
    );
    expect(texts).toEqual(['new 1', 'new 2', 'new 3']);
  });

  it('must leave nothing for apply to do, and be told by status', async () => {
    await deployment.exits(0, 'plan', '--exit-code');
    await deployment.exits(0, 'apply');
    const { findings, healthy } = await deployment.ask<{ healthy: boolean; findings: object[] }>('status');
    expect(healthy).toBe(true);
    expect(findings).toContainEqual(expect.objectContaining({ about: 'restore', verdict: 'warning' }));
  });

  it('must refuse a second restore while the first is not finished', async () => {
    await deployment.exits(2, 'restore', '--yes');
    await deployment.exits(0, 'plan', '--exit-code');
  });
});

/** What is done while the two change places. */
const changing = /\/stop|^rename .*(data\/synapse|identity\.json)|compose/;

/** Runs a command until it succeeds; it dies before each of these effects in turn, and nobody may take the half for a whole. */
async function dyingBefore(among: RegExp, ...argv: string[]): Promise<string[]> {
  const survived: string[] = [];
  for await (const effect of deaths(deployment, argv, { among })) {
    survived.push(effect);
    const { exitCode, stderr } = await deployment.cli('plan');
    expect([0, 4], `${effect}: ${stderr}`).toContain(exitCode);
  }
  return survived;
}

describe('restore that dies while the two change places', () => {
  it('must go back, whatever it died before', async () => {
    const survived = await dyingBefore(
      new RegExp(`${changing.source}|pending-restore|DELETE /containers/ID`),
      ...['restore', '--undo', '--yes'],
    );
    expect(survived.length).toBeGreaterThan(6);
    expect(await serving()).toBe('before');
    expect(await leftovers()).toBe('');
    await deployment.exits(0, 'plan', '--exit-code');
    await deployment.exits(0, 'status');
  });

  it('must go on, whatever it died before, and let nothing else start meanwhile', async () => {
    const survived = await dyingBefore(changing, 'restore', '--yes');
    expect(survived.length).toBeGreaterThan(4);
    expect(await serving()).toBe('restored');
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must delete what served before, whatever it died before, and leave nothing', async () => {
    await dyingBefore(/pending-restore|psql|containers\/create/, 'restore', '--finish', '--yes');
    expect(await serving()).toBe('restored');
    expect(await leftovers()).toBe('');
    await deployment.exits(2, 'restore', '--undo', '--yes');
    await deployment.exits(0, 'plan', '--exit-code');
    await deployment.exits(0, 'status');
  });
});

describe('restore of what does not work here', () => {
  it('must refuse a database that this release cannot read, or does not start with', async () => {
    await psql(
      "update schema_compat_version set compat_version = 999; insert into stream_positions values ('events', 'x', 900000000)",
    );
    const set = await backUp();
    await psql(
      "update schema_compat_version set compat_version = 84; delete from stream_positions where instance_name = 'x'",
    );
    const { code, details } = await deployment.fails(9, 'restore', set, '--yes');
    expect(code).toBe('restore.unfit');
    expect(details).toHaveLength(2);
    expect(await leftovers()).toBe('');
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must bring back what served before, by itself, where Synapse does not start', async () => {
    // It then takes the database for an empty one.
    await psql('alter table schema_version rename to hidden');
    const set = await backUp();
    await psql('alter table hidden rename to schema_version');
    await admin.say(room, 'last');
    const { code } = await deployment.fails(9, 'restore', set, '--yes');
    expect(code).toBe('restore.unhealthy');
    expect((await admin.read(room))[0]).toBe('last');
    await deployment.exits(0, 'plan', '--exit-code');
    expect(await leftovers()).toBe('');
  });
});
