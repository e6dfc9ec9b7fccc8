import { beforeAll, describe, expect, it } from 'vitest';
import type { RepositoryError } from '../../src/backup/failure.ts';
import type { Progress, SaveSource } from '../../src/backup/repository.ts';
import { openRestic } from '../../src/backup/restic.ts';
import { type ResticKey, repositoryOwner } from '../../src/backup/restic-job.ts';
import { connectEngine } from '../../src/docker/dockerode-engine.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { Secret } from '../../src/secrets/secret.ts';
import { attachLab } from '../lab/attach.ts';

const image = testedImage('restic');
const postgres = testedImage('postgres');
const lab = await attachLab();
const host = await lab.host('alpha', { images: [image, postgres] });
const beside = { binary: '/srv/restic', scratch: '/srv' };
const [media, dumper] = [repositoryOwner, { uid: 999, gid: 999 }];

interface Options {
  readonly path?: string;
  readonly project?: string;
  readonly key?: ResticKey;
  readonly signal?: AbortSignal;
}

async function open({ path = '/srv/backups/one', project = 'alpha', key, signal }: Options = {}) {
  const engine = await connectEngine({ socketPath: await host.socket(), namedBy: undefined }, { signal });
  return openRestic({
    engine,
    project,
    image,
    place: { kind: 'local', path },
    owner: repositoryOwner,
    key: key ?? { file: '/srv/backup.key' },
  });
}

const directory: SaveSource = { kind: 'directory', path: '/srv/media', at: '/media', exclude: ['cache*'] };

function command(script: string): SaveSource {
  const job = { ...beside, image: postgres, environment: {}, mounts: [], tmpfs: [] };
  return { kind: 'command', name: 'synapse.dump', command: ['sh', '-c', script], job };
}

const failure = (name: string): Partial<RepositoryError> => ({ code: `backup.repository.${name}` });
const sh = (script: string) => host.run(['sh', '-euc', script], { timeoutSeconds: 120 });
const running = () => sh('docker ps --quiet');

/** Waits in the host until a one-off container runs, and kills it there, as a power cut would. */
const killWhenLocked = (path: string) =>
  sh(`until [ -n "$(ls ${path}/locks 2>/dev/null)" ]; do sleep 0.1; done; docker kill $(docker ps --quiet)`);

beforeAll(async () => {
  await sh(`
    printf first-key >/srv/backup.key; printf other-key >/srv/other.key; chmod 0444 /srv/*.key
    mkdir /srv/backups
    mkdir -p /srv/media/a '/srv/media/cache*' /srv/media/cached
    head -c 3000000 /dev/urandom >/srv/media/a/file; echo no >'/srv/media/cache*/no'; echo yes >/srv/media/cached/yes
    chown -R 991:991 /srv/media; chmod 0700 /srv/media
    docker cp $(docker create ${image}):/usr/bin/restic /srv/restic`);
});

describe('a repository', () => {
  it('must be there only when it was created, and be created once', async () => {
    const one = await open();
    expect(await one.exists()).toBe(false);
    await one.create();
    expect(await one.exists()).toBe(true);
    await expect(one.create()).rejects.toMatchObject(failure('exists'));
  });

  it.each([
    ['before its group could use it', 'chmod -R go-rwx .'],
    ['before it was whole', 'rm -rf config'],
  ])('must be created to its end after a run was killed %s', async (_, undo) => {
    const path = '/srv/backups/killed';
    await (await open({ path })).create();
    await sh(`cd ${path} && ${undo}`);
    const killed = await open({ path });
    expect(await killed.exists()).toBe(false);
    await killed.create();
    await killed.save({ tags: ['a'], user: dumper, source: command('echo hello') });
    await killed.check('all');
    await sh(`rm -r ${path}`);
  });

  it('must not be created over content whose file config is lost', async () => {
    const path = '/srv/backups/lost';
    const lost = await open({ path });
    await lost.create();
    await lost.save({ tags: ['a'], user: media, source: directory });
    await sh(`rm ${path}/config`);
    await expect(lost.create()).rejects.toThrow();
    expect(await sh(`ls ${path}/keys`)).not.toBe('');
  });

  it('must keep what two users save, and give it back', async () => {
    const one = await open();
    const heard: Progress[] = [];
    const saved = await one.save(
      { tags: ['set=1', 'part=media'], user: media, source: directory },
      (progress) => heard.push(progress),
    );
    expect(saved).toMatchObject({ bytes: 3_000_004, files: 2 });
    expect(saved.added).toBeGreaterThan(3_000_000);
    expect(heard.every(({ totalBytes }) => totalBytes <= 3_000_004)).toBe(true);
    const script = 'echo told >&2; head -c 2000000 /dev/zero';
    const dump = await one.save({ tags: ['set=1', 'part=db'], user: dumper, source: command(script) });
    expect(dump).toMatchObject({ bytes: 2_000_000, files: 1, said: ['told'] });
    const content = '{"format": 1}\n';
    const source = { kind: 'bytes', name: 'manifest.json', content } as const;
    const { snapshot } = await one.save({ tags: ['set=2'], user: media, source });
    expect(await one.read(snapshot, '/manifest.json')).toBe(content.trim());
    expect((await one.snapshots(['set=1'])).map(({ id }) => id)).toEqual([saved.snapshot, dump.snapshot]);
    expect((await one.snapshots()).map(({ tags }) => tags[0])).toEqual(['set=1', 'set=1', 'set=2']);

    await sh('mkdir /srv/back && chown 991:991 /srv/back');
    await one.restore({ snapshot: saved.snapshot, path: '/media', target: '/srv/back', user: media });
    await sh(
      "cd /srv/back && diff a/file /srv/media/a/file && diff cached/yes /srv/media/cached/yes && ! [ -e 'cache*' ]",
    );
    expect(await sh('find /srv/back ! -user 991')).toBe('');
    expect((await one.list(saved.snapshot)).find(({ path }) => path === '/media')).toEqual({
      ...{ path: '/media', type: 'dir', size: 0, owner: media, mode: 0o700 },
    });
  });

  it('must save much, in the memory that it has', async () => {
    const one = await open();
    const source = command('head -c 400000000 /dev/urandom');
    const { bytes, snapshot } = await one.save({ tags: ['big'], user: dumper, source });
    expect(bytes).toBe(400_000_000);
    await one.check('all');
    await sh('mkdir /srv/big && chown 999:999 /srv/big');
    await one.restore({ snapshot, path: '/', target: '/srv/big', user: dumper });
    expect(await sh('stat -c %s /srv/big/synapse.dump')).toBe('400000000');
    await one.forget([snapshot]);
    await one.prune();
    expect(await one.storedBytes()).toBeLessThan(10_000_000);
    await sh('rm -r /srv/big');
  });

  it('must feed a program with a file, and tell how that ended', async () => {
    const one = await open();
    const [, dump] = await one.snapshots(['set=1']);
    const job = { ...beside, image: postgres, environment: {}, mounts: [], tmpfs: [] };
    const feed = (...argv: string[]) =>
      one.feed({ snapshot: dump?.id ?? '', path: '/synapse.dump', command: argv, user: dumper, job });
    expect(await feed('wc', '-c')).toEqual({ exitCode: 0, output: '2000000\n' });
    expect(await feed('sh', '-c', "echo 'it''s'; exit 5")).toEqual({ exitCode: 5, output: 'its\n' });
    await expect(
      one.feed({ snapshot: dump?.id ?? '', path: '/no', command: ['cat'], user: dumper, job }),
    ).rejects.toMatchObject({ details: [expect.stringContaining('not found')] });
  });

  it('must have no snapshot of a program that failed', async () => {
    const one = await open();
    const source = command('head -c 50000000 /dev/zero; echo broken >&2; exit 3');
    const saving = one.save({ tags: ['fails'], user: dumper, source });
    await expect(saving).rejects.toMatchObject({ ...failure('source'), details: ['broken'] });
    expect(await one.snapshots(['fails'])).toEqual([]);
  });

  it('must have no snapshot where not everything could be read', async () => {
    const one = await open();
    const secret = '/srv/media/a/secret';
    await sh(`echo x >${secret}; chmod 0 ${secret}`);
    const saving = one.save({ tags: ['part'], user: media, source: directory });
    await expect(saving).rejects.toMatchObject({
      ...failure('unreadable'),
      details: expect.arrayContaining([expect.stringContaining('/media/a/secret')]),
    });
    expect(await one.snapshots(['part'])).toEqual([]);
    await sh(`rm -f ${secret}`);
  });

  it('must have other keys added, and be opened by none else', async () => {
    const one = await open();
    const typed = new Secret('typed words');
    expect(await one.opensWith(typed)).toBe(false);
    await one.addKey(typed, 'recovery');
    expect(await one.opensWith(typed)).toBe(true);
    const other = await open({ key: { file: '/srv/other.key' } });
    await expect(other.snapshots()).rejects.toMatchObject(failure('key'));
    const byTyped = await open({ key: { typed } });
    expect((await byTyped.snapshots(['set=2'])).length).toBe(1);
    const keys = await one.keys();
    const added = keys.find(({ name }) => name === 'recovery');
    expect(keys.find(({ current }) => current)?.name).not.toBe('recovery');
    await one.removeKey(added?.id ?? '');
    expect(await one.opensWith(typed)).toBe(false);
  });

  it('must lose the locks of killed runs, and only if they are ours', async () => {
    const path = '/srv/backups/one';
    const one = await open();
    for (const project of ['alpha', 'beta']) {
      const saver = await open({ project });
      const saving = saver.save({ tags: ['killed'], user: dumper, source: command('cat /dev/zero') });
      const [killed] = await Promise.allSettled([saving, killWhenLocked(path)]);
      expect(killed).toMatchObject({ reason: failure('killed') });
      await expect(one.prune()).rejects.toMatchObject(failure('locked'));
      if (project === 'alpha') {
        await sh(`install -o 991 -g 991 -m 0440 /dev/null ${path}/data/00/half-tmp-1`);
        expect(await one.unlockOurs()).toBe(1);
        expect(await sh(`find ${path} -name '*-tmp-*'`)).toBe('');
        await one.prune();
        expect(await one.unlockOurs()).toBe(0);
      }
    }
    await expect(one.unlockOurs()).rejects.toMatchObject({
      ...failure('locked'),
      details: [expect.stringContaining('beta')],
    });
    expect(await (await open({ project: 'beta' })).unlockOurs()).toBe(1);
    expect(await one.snapshots(['killed'])).toEqual([]);
  });

  it('must have no snapshot, and no container, after an interrupt', async () => {
    const interrupt = new AbortController();
    const one = await open({ signal: interrupt.signal });
    const source = command('cat /dev/urandom');
    const saving = one.save({ tags: ['interrupted'], user: dumper, source }, () => interrupt.abort());
    await expect(saving).rejects.toMatchObject({ exitCode: 130 });
    expect(await running()).toBe('');
    const after = await open();
    expect(await after.snapshots(['interrupted'])).toEqual([]);
    await after.unlockOurs();
  });

  it('must be as it was when its disk was full, and work again when that is not', async () => {
    const path = '/srv/small/repository';
    await sh('mkdir /srv/small && mount -t tmpfs -o size=30m none /srv/small');
    const small = await open({ path });
    await small.create();
    await small.save({ tags: ['before'], user: media, source: directory });
    const much = command('head -c 60000000 /dev/urandom');
    await expect(small.save({ tags: ['much'], user: dumper, source: much })).rejects.toMatchObject(
      failure('full'),
    );
    await sh('mount -o remount,size=200m /srv/small');
    await small.unlockOurs();
    expect((await small.snapshots()).map(({ tags }) => tags)).toEqual([['before']]);
    await small.save({ tags: ['much'], user: dumper, source: much });
    await small.prune();
    await small.check('all');
  });

  it('must be found damaged by reading all of it back', async () => {
    const one = await open();
    // What an interrupted run has left belongs to no snapshot, and is not read; nor is what a killed one has half written.
    await one.prune();
    await one.check('all');
    await sh(`
      cd /srv/backups/one/data; pack=$(ls -S */* | grep -v tmp | head -n 1); chmod u+w $pack
      at=$(($(stat -c %s $pack) / 2)); old=$(od -An -tu1 -j $at -N 1 $pack)
      printf "\\\\$(printf %03o $((old ^ 1)))" | dd of=$pack bs=1 seek=$at conv=notrunc status=none`);
    await one.check('none');
    await expect(one.check('all')).rejects.toMatchObject(failure('damaged'));
  });

  it('must be missed where its directory is not there, or is empty', async () => {
    await sh('mkdir /srv/backups/empty');
    for (const name of ['empty', 'nowhere']) {
      const none = await open({ path: `/srv/backups/${name}` });
      expect(await none.exists()).toBe(false);
      await expect(none.snapshots()).rejects.toMatchObject(failure('missing'));
    }
  });
});
