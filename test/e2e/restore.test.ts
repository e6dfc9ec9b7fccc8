import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRestic } from '../../src/backup/restic.ts';
import { repositoryOwner } from '../../src/backup/restic-job.ts';
import { connectEngine } from '../../src/docker/dockerode-engine.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { run } from '../lab/command.ts';
import { type Client, localClient, logInAsAdmin } from './support/client.ts';
import { deaths, runWhile } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { fillDisk, freeDisk } from './support/disk.ts';
import { stackImages } from './support/stack-images.ts';
import { keepTalking, type Said } from './support/talk.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const alpha = await lab.host('alpha', { images });
const beta = await lab.host('beta', { images, diskBytes: 40e9 });
const lost = new Deployment(alpha);
const restored = new Deployment(beta);
const text = 'media '.repeat(50_000);
const digest = (content: string) => createHash('sha256').update(content).digest('hex');

interface Before {
  /** Those by which a backup is judged. */
  readonly files: Readonly<Record<string, string>>;
  readonly set: string;
  /** When it was there, and no later one. */
  readonly at: string;
  readonly password: string;
  readonly key: string;
  readonly signingKey: string;
  readonly serverKey: object;
  readonly token: string;
  readonly since: string;
  readonly room: string;
  readonly media: string;
  /** Where people talk while the backup runs, what was acknowledged, and between which times it ran. */
  readonly busy: string;
  readonly said: readonly Said[];
  readonly ran: readonly [from: number, until: number];
}
let before: Before;

const tokenOf = async (client: Client, password: string): Promise<string> =>
  (
    await client.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'admin' },
      password,
    })
  ).body.access_token;

const sync = async (client: Client, since = '') =>
  (await client.call('GET', `/_matrix/client/v3/sync?timeout=0${since && `&since=${since}`}`)).body;

/** What tells a server from another, without the times in it. */
const serverKeyOf = async (client: Client) =>
  (await client.call('GET', '/_matrix/key/v2/server')).body.verify_keys;

const download = async (client: Client, uri: string) =>
  digest(await client.curl([], `/_matrix/client/v1/media/download/${uri.replace('mxc://', '')}`));

/** Copies the directory with the backups, as one carries a disk. */
async function carry(target: string): Promise<void> {
  const [from, to] = await Promise.all([alpha, beta].map(async (host) => `/proc/${await host.pid()}/root`));
  await run('cp', ['-a', `${from}/srv/matrix/backups`, `${to}${target}`]);
}

const restore = (...argv: string[]) =>
  restored.cli('restore', '--from', '/srv/disk', '--key-file', '/root/key', ...argv);

beforeAll(async () => {
  await lost.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', lost.serverName);
  const often = { per_second: 1000, burst_count: 1000 };
  await lost.edit({ synapse: { overrides: { rc_message: often } } });
  await lost.init();
  const password = await lost.readFile('secrets/admin_password');
  const client = await localClient(lost);
  const token = await tokenOf(client, password);
  const admin = client.as(token);
  await lost.exits(0, 'add-user', 'bob', '--generate-password');
  const room = await admin.createRoom({ name: 'old' });
  for (const number of [1, 2, 3]) await admin.say(room, `old ${number}`);
  const { body } = await admin.call('POST', '/_matrix/media/v3/upload?filename=x.txt', { text });
  const media: string = body.content_uri;
  const busy = await admin.createRoom({ name: 'busy' });
  const stopTalking = await keepTalking(admin, busy);
  const from = Date.now();
  const { backups } = await lost.ask<{ backups: [{ set: string }] }>('backup');
  const [{ set }] = backups;
  const until = Date.now();
  const said = await stopTalking();
  // Its token is then ahead of all that is restored.
  for (let number = 0; number < 20; number++) await admin.say(room, `lost ${number}`);
  before = {
    ...{ set, password, token, room, media, busy, said },
    ran: [from, until],
    at: new Date(until).toISOString(),
    since: (await sync(admin)).next_batch,
    files: Object.fromEntries(
      await Promise.all(
        ['matrix.yaml', 'state/images.json', 'secrets/signing.key'].map(
          async (path) => [path, await lost.readFile(path)] as const,
        ),
      ),
    ),
    key: await lost.readFile('secrets/backup.key'),
    signingKey: await lost.readFile('secrets/signing.key'),
    serverKey: await serverKeyOf(client),
  };
  await carry('/srv/disk');
  await lost.exits(0, 'destroy', '--delete-data', '--confirm', lost.serverName);
  await beta.writeFile('/root/key', before.key);
  await beta.run(['chmod', '600', '/root/key']);
});

interface Forgery {
  /** Added to the archive of the small files. */
  readonly entry?: Partial<Header> & { name: string };
  /** In the place of the media: what a script leaves in /m. */
  readonly media?: string;
  readonly manifest?: (text: string) => string;
}

/** Makes a set of the one that there is, as somebody would who has the key. @returns its name */
async function forge({ entry, media, manifest = (text) => text }: Forgery): Promise<string> {
  await beta.run([
    'sh',
    '-c',
    'rm -rf /srv/forged && cp -a /srv/disk /srv/forged && install -m 0444 /root/key /srv/forge.key',
  ]);
  const engine = await connectEngine({ socketPath: await beta.socket(), namedBy: undefined });
  const repository = openRestic({
    ...{ engine, project: 'forged', image: testedImage('restic'), owner: repositoryOwner },
    place: { kind: 'local', path: '/srv/forged' },
    key: { file: '/srv/forge.key' },
  });
  const set = '20990101-000000-0000';
  const save = (part: string, name: string, content: string | Uint8Array) =>
    repository.save({
      tags: [`set=${set}`, `part=${part}`],
      user: repositoryOwner,
      source: { kind: 'bytes', name, content },
    });
  const archive = pack();
  for (const [name, content] of Object.entries(before.files)) archive.entry({ name }, content);
  if (entry !== undefined) archive.entry(entry, entry.type === undefined ? 'evil' : '');
  archive.finalize();
  const { snapshot } = await save(
    'deployment',
    'deployment.tar',
    await buffer(archive as unknown as NodeJS.ReadableStream),
  );
  const [good] = await repository.snapshots([`set=${before.set}`, 'part=manifest']);
  const text = await repository.read(good?.id ?? '', '/manifest.json');
  const { parts, ...rest } = JSON.parse(text);
  const stored: Record<string, string> = { files: snapshot };
  if (media !== undefined) {
    await beta.run(['sh', '-c', `rm -rf /srv/m && mkdir /srv/m && cd /srv/m && ${media}`]);
    const saved = await repository.save({
      tags: [`set=${set}`, 'part=data-synapse'],
      user: repositoryOwner,
      source: { kind: 'directory', path: '/srv/m', at: '/data-synapse' },
    });
    stored['data-synapse'] = saved.snapshot;
    stored.database = (await save('database-synapse', 'synapse.dump', 'no dump')).snapshot;
  }
  const forged = parts.map((part: { name: string; kind: string; snapshot: string }) => ({
    ...part,
    snapshot: stored[part.kind] ?? stored[part.name] ?? part.snapshot,
  }));
  await save(
    'manifest',
    'manifest.json',
    manifest(JSON.stringify({ ...rest, set, parts: forged }, undefined, 2)),
  );
  return set;
}

/** Nothing but what is of the run itself. */
const left = async () =>
  (
    await beta.run([
      'sh',
      '-c',
      'find /srv/matrix -mindepth 1 ! -name last-run.log ! -name state 2>/dev/null || true',
    ])
  ).trim();

/** The commands of a section of docs/backup.md, as somebody types them. */
async function commandsOf(section: string): Promise<string> {
  const text = await readFile(new URL('../../docs/backup.md', import.meta.url), 'utf8');
  const [, below = ''] = text.split(`# ${section}\n`);
  const [own = ''] = below.split(/^#+ /m);
  return [...own.matchAll(/^```sh\n(.*?)^```/gms)].map(([, commands]) => commands).join('');
}

describe('a backup', () => {
  it('must be restored by hand, with nothing but restic and Postgres, as the documentation says', async () => {
    const commands = (await commandsOf('Without this program')).replaceAll('=SET,', `=${before.set},`);
    await beta.writeFile('/srv/by-hand/commands.sh', commands);
    await beta.run(['cp', '/root/key', '/srv/by-hand/key.txt']);
    await beta.run([
      'sh',
      '-c',
      `docker cp $(docker create ${testedImage('restic')}):/usr/bin/restic /srv/by-hand/restic`,
    ]);
    await beta.run(['chown', '-R', '999:991', '/srv/by-hand']);
    const script = `set -eu; cd /work; export HOME=/work PATH=/work:$PATH
      initdb -D /work/pg --auth-local=trust >/dev/null; pg_ctl -D /work/pg -w -o '-k /tmp -c listen_addresses=' start >/dev/null
      export PGHOST=/tmp; mkdir deployment; sh -eu commands.sh >&2
      psql -U postgres -d synapse -Atc 'SELECT count(*) FROM users'
      psql -U postgres -d synapse -Atc 'SELECT count(*) FROM local_media_repository'
      find media/data-synapse/media_store/local_content -type f | wc -l
      cat deployment/secrets/signing.key`;
    const mounts = [
      '--volume=/srv/by-hand:/work',
      '--volume=/srv/disk:/mnt/disk/matrix:ro',
      '--user=999:991',
    ];
    const container = [
      'docker',
      'run',
      '--rm',
      '--network=none',
      ...mounts,
      '--entrypoint=sh',
      testedImage('postgres'),
    ];
    const said = await beta.run([...container, '-c', script], { timeoutSeconds: 180 });
    const [users, rows, files, ...key] = said.split('\n');
    expect([users, ...key]).toEqual(['2', before.signingKey.trim()]);
    expect(Number(rows)).toBeGreaterThan(1);
    // What was uploaded after the database was saved is here, too.
    expect(Number(files)).toBeGreaterThanOrEqual(Number(rows));
  });
});

describe('restore on a host without the server', () => {
  it.each([
    [
      'a wrong key',
      async () => beta.run(['sh', '-c', 'echo wrong >/root/wrong; chmod 600 /root/wrong']),
      ['--key-file', '/root/wrong'],
    ],
    ['no such set', async () => '', ['20200101-000000-0000']],
    ['a point in time before the first backup', async () => '', ['--at', '2020-01-01 00:00']],
    ['no such directory', async () => '', ['--from', '/srv/nowhere']],
  ])('must refuse %s, and write nothing', async (_, prepare, argv) => {
    await prepare();
    const { exitCode, stderr } = await restore(...argv);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).not.toContain(before.key);
    expect(await left()).toBe('');
  });

  it.each<[string, string, Forgery]>([
    ['files outside of the directory', 'restore.archive', { entry: { name: '../../evil' } }],
    ['a link', 'restore.archive', { entry: { name: 'secrets/evil', type: 'symlink', linkname: '/etc' } }],
    [
      'the files of another server',
      'restore.identity',
      { manifest: (all) => all.replace('"serverName": "localhost"', '"serverName": "other.localhost"') },
    ],
    [
      'another signing key',
      'restore.identity',
      { manifest: (all) => all.replace(/"signing.key": "/, '$&x') },
    ],
    [
      'a newer format',
      'backup.manifest.newer',
      { manifest: (all) => all.replace('"format": 1', '"format": 2') },
    ],
    [
      'media that lead elsewhere',
      'restore.links',
      { media: 'mkdir media_store && ln -s /etc media_store/local_content' },
    ],
    ['an absolute path', 'restore.archive', { entry: { name: '/evil' } }],
    ['a newer version', 'backup.newer', { manifest: (all) => all.replace(/"version": "/, '$&9') }],
    [
      'more than the disk can hold',
      'preflight.space',
      { manifest: (all) => all.replaceAll(/"bytes": \d+/g, '"bytes": 900000000000000') },
    ],
    ['half a manifest', 'backup.manifest.invalid', { manifest: (all) => all.slice(0, all.length / 2) }],
  ])('must refuse a backup with %s, and write nothing', async (_, code, forgery) => {
    const set = await forge(forgery);
    const { exitCode, stderr } = await restore('--from', '/srv/forged', '--json', '--quiet', set);
    expect(exitCode).toBeGreaterThan(0);
    expect(JSON.parse(stderr).error.code).toBe(code);
    expect(await left()).toBe('');
    expect(await beta.run(['sh', '-c', 'ls -d /srv/evil /evil /srv/matrix/evil 2>/dev/null || true'])).toBe(
      '',
    );
  });

  it('must refuse a directory that is not empty', async () => {
    await beta.run(['sh', '-c', 'mkdir -p /srv/matrix && touch /srv/matrix/mine']);
    const { exitCode, stderr } = await restore();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('mine');
    await beta.run(['rm', '-r', '/srv/matrix']);
  });

  it.each([
    'state/restore/files',
    'state/restore/deployment/data/synapse',
    'state/restore/deployment/data/postgres',
  ])('must put nothing into its place when it is killed once there is %s, and begin again', async (path) => {
    const command = restored.command('restore', '--from', '/srv/disk', '--key-file', '/root/key');
    const script = '"$@" & pid=$!; until [ -e "$0" ]; do sleep 0.05; done; kill -9 $pid; wait $pid || true';
    await beta.run(['sh', '-c', script, restored.path(path), ...command], { timeoutSeconds: 120 });
    expect(await beta.run(['ls', '/srv/matrix'])).toBe('state');
  });

  it.each([
    ['files are restored', /\brestore&.*:\/data-synapse/, 0],
    ['the database is made', /pg_ctl stop/, 20_000],
  ])(
    'must tell of a disk that is full before %s, and put nothing into its place',
    async (_, before, kilobytesLeft) => {
      const argv = ['restore', '--from', '/srv/disk', '--key-file', '/root/key'];
      const filling = { before, happen: () => fillDisk(beta, kilobytesLeft) };
      const { exitCode, stderr } = await runWhile(restored, argv, filling);
      await freeDisk(beta);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 9,
        stderr: expect.stringMatching(/no space left|disk is full/i),
      });
      expect(await beta.run(['ls', '/srv/matrix'])).toBe('state');
    },
  );

  it('must bring the same server back as it was at a point in time, from the directory of the backups and a key', async () => {
    // That directory has a later one, too.
    const { exitCode, stdout, stderr } = await restore('--json', '--from', '/srv/forged', '--at', before.at);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    const answer = JSON.parse(stdout);
    expect(answer.set).toBe(before.set);
    expect(answer.rows.synapse).toMatchObject({ users: 2 });
    expect(answer.missing).toEqual([]);
    expect(await restored.readFile('secrets/signing.key')).toBe(before.signingKey);
    expect(await serverKeyOf(await localClient(restored))).toEqual(before.serverKey);
    expect((await beta.run(['ls', '/srv/matrix/state'])).split('\n')).not.toContain('restore');
  });

  it('must let in who had a password or a session, with the same rooms and media', async () => {
    const client = await localClient(restored);
    expect(await (await logInAsAdmin(restored)).isLoggedIn()).toBe(true);
    const session = client.as(before.token);
    expect(await session.isLoggedIn()).toBe(true);
    expect(await session.read(before.room)).toEqual(['old 3', 'old 2', 'old 1']);
    expect(await download(session, before.media)).toBe(digest(JSON.stringify({ text })));
  });

  it('must have all that was acknowledged before the backup began, and the file of each message in it', async () => {
    const { busy, said, ran, token } = before;
    const [from, until] = ran;
    const during = said.filter(({ at }) => at > from && at < until);
    expect(during.length).toBeGreaterThan(5);
    const session = (await localClient(restored)).as(token);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(busy)}/messages?dir=f&limit=1000`;
    const { chunk } = (await session.call('GET', path)).body;
    const messages: { body: string; url?: string }[] = chunk
      .filter(({ type }: { type: string }) => type === 'm.room.message')
      .map(({ content }: { content: object }) => content);
    const texts = messages.map(({ body }) => body);
    // Whole up to a moment, in order, and that moment is not before the backup began.
    expect(texts).toEqual(said.slice(0, texts.length).map(({ text }) => text));
    expect(texts.length).toBeGreaterThanOrEqual(said.filter(({ at }) => at <= from).length);
    const withFiles = messages.filter(({ url }) => url !== undefined);
    expect(withFiles.length).toBeGreaterThan(0);
    for (const { body, url = '' } of withFiles) {
      expect(await download(session, url)).toBe(digest(JSON.stringify({ text: body })));
    }
  });

  it('must give every new message to a client that was ahead of the backup', async () => {
    const session = (await localClient(restored)).as(before.token);
    for (const number of [1, 2, 3, 4]) await session.say(before.room, `new ${number}`);
    const { rooms } = await sync(session, before.since);
    const events = rooms.join[before.room].timeline.events.map(
      ({ content }: { content: { body: string } }) => content.body,
    );
    expect(events).toEqual(['new 1', 'new 2', 'new 3', 'new 4']);
  });

  it('must leave nothing to do, and be backed up on', async () => {
    await restored.exits(0, 'plan', '--exit-code');
    await restored.exits(0, 'backup');
  });

  it('must be backed up beside the backups of the server that was lost', async () => {
    await restored.edit({ backup: { targets: { disk: { kind: 'local', path: '/srv/disk' } } } });
    await restored.exits(0, 'backup');
    expect(await restored.ask('backup', 'list')).toMatchObject({
      sets: expect.arrayContaining([expect.objectContaining({ state: 'verified' })]),
    });
  });

  it('must refuse a deployment', async () => {
    const { exitCode, stderr } = await restore();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is a deployment already');
  });
});

describe('restore that dies while it puts everything into its place', () => {
  it('must be no deployment before the end, and be finished by the same command', async () => {
    await restored.exits(0, 'destroy', '--delete-data', '--confirm', restored.serverName);
    await beta.run(['rm', '-rf', '/srv/matrix']);
    const argv = ['restore', '--from', '/srv/disk', '--key-file', '/root/key'];
    const among =
      /^rename \/srv\/matrix\/(data|secrets|matrix\.yaml|state\/(images\.json|restore\/complete|first-run))$/;
    const survived: string[] = [];
    for await (const effect of deaths(restored, argv, { among })) {
      survived.push(effect.trim());
      expect(await beta.run(['ls', '/srv/matrix'])).not.toContain('matrix.yaml');
    }
    expect(survived).toHaveLength(6);
    expect(survived.at(-1)).toBe('rename /srv/matrix/matrix.yaml');
    expect(await restored.readFile('secrets/signing.key')).toBe(before.signingKey);
    expect(await (await localClient(restored)).as(before.token).isLoggedIn()).toBe(true);
    await restored.exits(0, 'plan', '--exit-code');
  });
});
