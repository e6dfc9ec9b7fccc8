import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { waitUntil } from '../lab/command.ts';
import { type Login, type StorageKind, StorageServer } from '../lab/storage-servers.ts';
import { localClient, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const alpha = await lab.host('alpha', { images });
const beta = await lab.host('beta', { images });
const deployment = new Deployment(alpha);
const authority = await Authority.create('CA of the storage');
const login: Login = { user: 'alice', password: 'a password-0123456789' };
const others: Login = { user: 'alice', password: 'another-0123456789' };
const anotherKey = `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 12345678901234567890123456789012').toString('base64')}`;

/** How long a server may be silent, in parts of the usual. */
const impatient = ['env', 'MATRIX_DEPLOY_PATIENCE=0.1'];

interface Listed {
  sets: { id: string; target: string; state: string }[];
}

const list = async (target: string) =>
  (await deployment.ask<Listed>('backup', 'list', '--target', target)).sets;

/** What matrix.yaml says of a server. */
async function settingsOf(server: StorageServer): Promise<Record<string, unknown>> {
  const { kind, name, origin } = server;
  if (kind === 'sftp') {
    const at = { kind, host: name, user: 'keeper', path: '/srv/disk/matrix' };
    return { ...at, host_key: (await server.hostKey()).trim() };
  }
  const ca = 'storage-ca.pem';
  const password = { from_secret: 'storage_password' };
  return kind === 'rest'
    ? { kind, url: `${origin}/matrix`, user: login.user, password, ca }
    : {
        ...{ kind, endpoint: origin, bucket: 'bucket', prefix: 'matrix', region: 'us-east-1', ca },
        ...{ access_key: { from_secret: 'storage_user' }, secret_key: password },
      };
}

async function setSecret(name: string, value: string): Promise<void> {
  const command = deployment.command('secrets', 'set', name, '--file', '-');
  await alpha.run(command, { input: value });
}

/** A command that fails with this code. @returns what its error says, as JSON has it */
async function failure(code: number, ...argv: string[]): Promise<{ code: string; message: string }> {
  const { stderr } = await deployment.exits(code, ...argv, '--json', '--quiet');
  return JSON.parse(stderr).error;
}

beforeAll(async () => {
  await deployment.init();
  await deployment.writeFile('storage-ca.pem', authority.certificate.toString('pem'));
  await setSecret('storage_user', login.user);
  await setSecret('storage_password', login.password);
  const admin = await logInAsAdmin(deployment);
  const room = await admin.createRoom({ name: 'kept' });
  await admin.say(room, 'before the backup');
  // What no compression makes small.
  await alpha.run(['sh', '-c', 'head -c 20000000 /dev/urandom >/root/picture']);
  await admin.curl(['--data-binary', '@/root/picture'], '/_matrix/media/v3/upload?filename=picture');
});

describe.each<StorageKind>(['rest', 's3', 'sftp'])('a target of kind %s', (kind) => {
  let server: StorageServer;
  /** Whom it lets in, and whom after a change that nobody has told us of. */
  let [own, strange] = [login, others];
  const backup = (...argv: string[]) => ['backup', '--target', kind, ...argv];

  beforeAll(async () => {
    server = await StorageServer.rent(lab, kind, authority);
    await server.start(own);
    await deployment.edit({ backup: { targets: { [kind]: await settingsOf(server) } } });
    if (kind !== 'sftp') return;
    // It makes a key, which the server does not know yet.
    const { stderr } = await deployment.exits(9, 'backup', 'check-target');
    own = { user: 'keeper', password: /ssh-ed25519 \S+/.exec(stderr)?.[0] ?? '' };
    strange = { user: 'keeper', password: anotherKey };
    await server.start(own);
  });

  it('must prove itself by what is written, read and deleted there', async () => {
    const { targets } = await deployment.ask<{ targets: { canDelete: boolean }[] }>('backup', 'check-target');
    expect(targets).toMatchObject([{ target: kind, canDelete: true }]);
    expect(await list(kind)).toEqual([]);
  });

  it('must take a verified backup, and show no secret to who looks at the containers', async () => {
    const running = deployment.exits(0, 'backup');
    const seen: string[] = [];
    let isRunning = true;
    void running.finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      const { stdout } = await alpha.exec([
        'sh',
        '-c',
        'docker ps -q | xargs -r docker inspect; ps axww -o args',
      ]);
      seen.push(stdout);
    }
    expect(seen.join()).toContain('--stdin-from-command');
    expect(seen.join()).not.toContain(login.password);
    expect(seen.join()).not.toContain('PRIVATE KEY');
    const [only] = await list(kind);
    expect(only).toMatchObject({ target: kind, state: 'verified' });
    await running;
  });

  it.runIf(kind === 'rest')('must read a part of everything back, and with --full-verify all', async () => {
    const checksOf = async () => {
      const { manifest } = await deployment.ask<{ manifest: { checks: string[] } }>('backup', 'show');
      return manifest.checks[0];
    };
    expect(await checksOf()).toContain('part 1 of 30');
    await deployment.exits(0, 'backup', '--full-verify');
    expect(await checksOf()).not.toContain('part');
    await deployment.exits(0, 'backup', 'verify');
  });

  it('must give the server back on an empty host, from its address and the keys', async () => {
    const restored = new Deployment(beta, { directory: `/srv/${kind}` });
    await beta.writeFile('/root/ca.pem', authority.certificate.toString('pem'));
    await beta.writeFile('/root/key', await deployment.readFile('secrets/backup.key'), '0600');
    const addresses = {
      rest: `rest:${server.origin}/matrix`,
      s3: `s3:${server.origin}/bucket/matrix`,
      sftp: `sftp://keeper@${server.name}//srv/disk/matrix`,
    };
    await beta.writeFile(
      '/root/known_hosts',
      `${server.name} ${kind === 'sftp' ? await server.hostKey() : ''}\n`,
    );
    const flags = {
      rest: ['--ca', '/root/ca.pem'],
      s3: ['--ca', '/root/ca.pem', '--region', 'us-east-1'],
      sftp: ['--known-hosts', '/root/known_hosts'],
    };
    const restore = ['restore', '--from', addresses[kind], '--key-file', '/root/key', ...flags[kind]];
    const right =
      kind === 'sftp'
        ? await deployment.readFile('secrets/backup_ssh.key')
        : `${login.user}\n${login.password}\n`;
    const command = restored.command(...restore, '--credentials-file', '-');
    const given = (input: string) => beta.exec(command, { input, timeoutSeconds: 240 });
    expect((await given(right.replace(/[0-9]/g, '1'))).exitCode).not.toBe(0);
    expect(await given(right)).toMatchObject({ exitCode: 0 });
    expect(await (await logInAsAdmin(restored)).isLoggedIn()).toBe(true);
    const key = async (one: Deployment) =>
      (await (await localClient(one)).call('GET', '/_matrix/key/v2/server')).body.verify_keys;
    expect(await key(restored)).toEqual(await key(deployment));
    await restored.exits(0, 'destroy', '--delete-data', '--confirm', 'localhost');
  });

  describe('that fails', () => {
    it.each(
      [
        ['refuses the login', 'refused', () => server.start(strange), () => server.start(own)] as const,
        ['is full', 'full', () => server.leaveRoom(1), () => server.leaveRoom(200)] as const,
        ['does not answer', 'unreachable', () => server.stop(), () => server.start(own)] as const,
      ].slice(0, kind === 'rest' ? 3 : 1),
    )('since it %s must take no backup, and keep those that it has', async (_, why, breakIt, fixIt) => {
      const before = await list(kind);
      await alpha.run(['sh', '-c', 'head -c 5000000 /dev/urandom >/root/more']);
      const admin = await logInAsAdmin(deployment);
      await admin.curl(['--data-binary', '@/root/more'], '/_matrix/media/v3/upload?filename=more');
      await breakIt();
      const { exitCode, stderr } = await alpha.exec(
        [...impatient, ...deployment.command(...backup('--json', '--quiet'))],
        { timeoutSeconds: 120 },
      );
      await fixIt();
      expect({ exitCode, error: JSON.parse(stderr).error }).toMatchObject({
        exitCode: 9,
        error: { code: `backup.repository.${why}` },
      });
      expect(await list(kind)).toEqual(before);
      await deployment.exits(8, 'status');
    });

    it.runIf(kind === 'rest')(
      'since it vanishes half-way must take no backup, and the next one',
      async () => {
        const before = await list(kind);
        const running = alpha.exec([...impatient, ...deployment.command(...backup())], {
          timeoutSeconds: 120,
        });
        const isAtWork = async () =>
          (await alpha.run(['docker', 'ps', '--no-trunc'])).includes('--stdin-from-command');
        await waitUntil('a dump', isAtWork, { seconds: 60 });
        await server.stop();
        const { exitCode, stderr } = await running;
        expect({ exitCode, stderr }).toMatchObject({
          exitCode: 9,
          stderr: expect.stringMatching(/ failed: /),
        });
        await server.start(own);
        expect(await list(kind)).toEqual(before);
        await deployment.exits(0, ...backup());
        await deployment.exits(0, 'status');
      },
    );

    it.runIf(kind === 'rest')('must not keep another target from its backup', async () => {
      const targets = { [kind]: await settingsOf(server), disk: { kind: 'local', path: '/srv/disk' } };
      await deployment.edit({ backup: { targets } });
      await server.start(strange);
      const { message } = await failure(9, 'backup');
      expect(message).toContain(`target ${kind}`);
      await server.start(own);
      expect(await list('disk')).toMatchObject([{ state: 'verified' }]);
      await deployment.edit({ backup: { targets: { [kind]: await settingsOf(server) } } });
    });
  });

  it.runIf(kind === 'sftp')('with another host key must be sent nothing', async () => {
    await server.renewHostKey();
    await server.start(own);
    expect(await failure(9, ...backup())).toMatchObject({ code: 'backup.repository.host-key' });
  });

  it.runIf(kind === 'rest')(
    'that only grows must be told as such, and keep what backup.keep does not',
    async () => {
      await server.start(own, ['--append-only']);
      const { targets } = await deployment.ask<{ targets: { canDelete: boolean }[] }>(
        'backup',
        'check-target',
      );
      expect(targets).toMatchObject([{ canDelete: false }]);
      await deployment.edit({ backup: { keep: { daily: 1, weekly: 0, monthly: 0 } } });
      const before = await list(kind);
      const { stderr } = await deployment.exits(0, ...backup());
      expect(stderr).toContain('nothing can be deleted');
      expect((await list(kind)).slice(0, -1)).toEqual(before);
      expect(
        await failure(9, 'backup', 'forget', before[0]?.id ?? '', '--confirm', before[0]?.id ?? ''),
      ).toMatchObject({
        code: 'backup.repository.append-only',
      });
      await server.start(own);
      await deployment.exits(0, 'backup', 'prune');
      expect(await list(kind)).toHaveLength(1);
    },
  );
});
