import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { installedHost, newHost } from '../fakes/host.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** An installed server whose operator sets secrets and puts files into its directory. */
async function serverWith(overrides: object = {}) {
  return operated(await installedHost(), overrides);
}

/** A matrix.yaml of which no server was made yet. */
async function configurationWith(overrides: object = {}) {
  return operated(await newHost(), overrides);
}

async function operated(host: Awaited<ReturnType<typeof newHost>>, overrides: object) {
  const { directory, run, read, configure } = host;
  const override = (wanted: object) => configure('  overrides: {}', `  overrides: ${JSON.stringify(wanted)}`);
  await override(overrides);
  const write = async (path: string, text: string | Uint8Array, mode = 0o600) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
    await chmod(join(directory, path), mode);
  };
  const set = async (name: string, value: string) => {
    await write('given', value);
    const result = await run(`secrets set ${name} --file given`);
    expect(result).toMatchObject({ exitCode: 0 });
    return result;
  };
  const plan = async () => JSON.parse((await run('plan --json')).stdout).changes as Change[];
  const apply = async () => {
    const result = await run('apply');
    expect(result.stderr).not.toContain('failed');
    expect(result.exitCode).toBe(0);
  };
  /** What Synapse's container sees at a path, through the mounts of docker-compose.yml. */
  const seen = async (target: string) => {
    const { volumes } = parse(await read('docker-compose.yml')).services.synapse;
    const mount = volumes.findLast((one: Mount) => target.startsWith(`${one.target}/`)) as Mount | undefined;
    return mount && read(mount.source + target.slice(mount.target.length)).catch(() => undefined);
  };
  const bundles = () => readdir(join(directory, 'secrets/bundles')).catch(() => []);
  return { ...host, override, write, set, plan, apply, seen, bundles };
}

interface Change {
  readonly kind: string;
  readonly resource: string;
  readonly cause: string;
}

interface Mount {
  readonly source: string;
  readonly target: string;
}

const mail = {
  email: { smtp_host: 'mail.example', smtp_pass: { from_secret: 'smtp_pass' }, notif_from: 'a@b.example' },
};

describe('secrets set', () => {
  test('must keep the value where only its owner can read it, and say how to go on', async () => {
    const { set, directory, read } = await configurationWith();
    const { stdout, stderr } = await set('smtp_pass', 'hunter2-hunter2\n');
    expect(stdout).toContain('{ from_secret: smtp_pass }');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(await read('secrets/operator/smtp_pass')).toBe('hunter2-hunter2');
    expect((await stat(join(directory, 'secrets/operator/smtp_pass'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'secrets/operator'))).mode & 0o777).toBe(0o700);
  });

  test('must take the standard input, and a file by either name of the flag', async () => {
    const { run, write, read } = await configurationWith();
    await write('key.pem', 'first\nsecond\n');
    await run('secrets set a --file -', { input: '\uFEFFpäss\r\n' });
    await run('secrets set b --from-file key.pem');
    expect(await read('secrets/operator/a')).toBe('päss');
    expect(await read('secrets/operator/b')).toBe('first\nsecond');
  });

  test.each<[string, string | Uint8Array]>([
    ['is empty', ''],
    ['is nothing but a line break', '\n'],
    ['ends with a space', 'hunter2 \n'],
    ['has a null character', 'hun\0ter2'],
    ['is in Latin-1', Buffer.from('hunterä', 'latin1')],
    ['is too long', 'hunter2'.repeat(10_000)],
  ])('must refuse a value that %s, and show none of it', async (_, value) => {
    const { run, write, directory } = await configurationWith();
    await write('given', value);
    const { exitCode, stdout, stderr } = await run('secrets set smtp_pass --file given');
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain('hunter');
    expect(await readdir(directory)).not.toContain('secrets');
  });

  test.each([
    ['that others can read', 'given', 0o644],
    ['that is a directory', '.', 0o600],
    ['that is not there', 'none', 0o600],
  ])('must refuse a file %s', async (_, name, mode) => {
    const { run, write, directory } = await configurationWith();
    await chmod(directory, 0o755);
    await write('given', 'hunter2', mode);
    expect(await run(`secrets set smtp_pass --file ${name}`)).toMatchObject({ exitCode: 2 });
  });

  test.each(['../signing.key', 'signing.key', 'a/b', '.', '-', 'a'.repeat(65), 'ä'])(
    'must refuse the name %s',
    async (name) => {
      const { run, write, read } = await configurationWith();
      await write('given', 'hunter2');
      await write('secrets/signing.key', 'the key');
      expect(await run(`secrets set --file given -- ${name}`)).toMatchObject({ exitCode: 2 });
      expect(await read('secrets/signing.key')).toBe('the key');
    },
  );

  test('must ask for nothing without a terminal, and name the flag', async () => {
    const { run } = await configurationWith();
    const { exitCode, stderr } = await run('secrets set smtp_pass');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('--file') });
  });

  test('must work while matrix.yaml is refused for the secret in it', async () => {
    const { run, override, set } = await configurationWith();
    await override({ email: { smtp_pass: 'hunter2' } });
    const { exitCode, stderr } = await run('plan');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: expect.stringContaining('`matrix-deploy secrets set smtp_pass`'),
    });
    expect(stderr).not.toContain('hunter2');
    await set('smtp_pass', 'other');
  });

  test('must refuse a directory without a deployment', async () => {
    const { run, directory } = await configurationWith();
    await rm(join(directory, 'matrix.yaml'));
    expect(await run('secrets set a --file -', { input: 'b' })).toMatchObject({ exitCode: 3 });
  });
});

describe('a secret that matrix.yaml names', () => {
  test('must be asked for where nobody has set it, and change nothing until then', async () => {
    const { run, bundles } = await serverWith(mail);
    for (const command of ['plan', 'apply']) {
      const { exitCode, stderr } = await run(command);
      expect(exitCode).toBe(3);
      expect(stderr).toContain('synapse.overrides.email.smtp_pass');
      expect(stderr).toContain('`matrix-deploy secrets set smtp_pass`');
    }
    expect(await bundles()).toEqual([]);
  });

  test('must reach Synapse in a second configuration file, and stand in no other', async () => {
    const { set, apply, seen, read, plan } = await serverWith(mail);
    await set('smtp_pass', 'hunter2"\\#: no');
    await apply();
    expect(parse((await seen('/run/secrets/given/homeserver.yaml')) ?? '')).toEqual({
      email: { ...mail.email, smtp_pass: 'hunter2"\\#: no' },
    });
    expect(parse(await read('synapse/homeserver.yaml'))).not.toHaveProperty('email');
    expect(await read('docker-compose.yml')).not.toContain('hunter2');
    expect(await plan()).toEqual([]);
  });

  test('must reach Synapse by the path of a file where it takes one', async () => {
    const overrides = {
      turn_shared_secret: { from_secret: 'turn' },
      oidc_providers: [{ idp_id: 'a', client_secret: { from_secret: 'oidc' } }],
    };
    const { set, apply, seen, read } = await serverWith(overrides);
    await set('turn', 'turn-value');
    await set('oidc', 'oidc-value');
    await apply();
    expect(parse(await read('synapse/homeserver.yaml'))).toMatchObject({
      turn_shared_secret_path: '/run/secrets/given/turn',
      oidc_providers: [{ idp_id: 'a', client_secret_path: '/run/secrets/given/oidc' }],
    });
    expect(await seen('/run/secrets/given/turn')).toBe('turn-value');
    expect(await seen('/run/secrets/given/oidc')).toBe('oidc-value');
    expect(await seen('/run/secrets/given/homeserver.yaml')).toBeUndefined();
  });

  test('must be the cause of a recreation by its name when it changes, and the old value must be gone', async () => {
    const { set, apply, plan, seen, directory, world } = await serverWith(mail);
    await set('smtp_pass', 'first-value');
    await apply();
    await set('smtp_pass', 'second-value');
    expect(await plan()).toContainEqual(
      expect.objectContaining({ kind: 'start-service', cause: 'secret smtp_pass changed' }),
    );
    world.log.length = 0;
    await apply();
    expect(world.log.filter((line) => line.startsWith('create'))).toEqual(['create synapse']);
    expect(await seen('/run/secrets/given/homeserver.yaml')).toContain('second-value');
    expect(await textsBelow(directory)).not.toContain('first-value');
  });

  test('must leave no trace when nothing names it any more and it is removed', async () => {
    const { set, apply, run, override, directory, bundles } = await serverWith(mail);
    await set('smtp_pass', 'first-value');
    await apply();
    expect(await run('secrets remove smtp_pass')).toMatchObject({ exitCode: 1 });
    await override({});
    await apply();
    expect(await run('secrets remove smtp_pass')).toMatchObject({ exitCode: 0 });
    expect(await textsBelow(directory)).not.toContain('first-value');
    expect(await bundles()).toEqual([]);
    expect(await run('secrets remove smtp_pass')).toMatchObject({ exitCode: 1 });
  });

  test('must not be guessed from a label, a name or a state file: two servers with one secret have no digest in common', async () => {
    const digests = await Promise.all(
      [1, 2].map(async () => {
        const { set, apply, bundles } = await serverWith(mail);
        await set('smtp_pass', 'the same');
        await apply();
        return bundles();
      }),
    );
    expect(digests.map((names) => names.length)).toEqual([1, 1]);
    expect(digests[0]).not.toEqual(digests[1]);
  });

  test('must not be shown when Synapse quotes it', async () => {
    const { set, run, world } = await serverWith(mail);
    await set('smtp_pass', 'hunter2-hunter2');
    world.refusal = () => "Error in configuration at 'email': 'hunter2-hunter2' is not of type 'object'";
    const { exitCode, stdout, stderr } = await run('apply');
    expect(exitCode).toBe(3);
    expect(stderr).toContain("'[secret]' is not of type");
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('must be the one from before again when Synapse does not start with the new one', async () => {
    const { set, apply, run, seen, world, override } = await serverWith(mail);
    await set('smtp_pass', 'first-value');
    await apply();
    await set('smtp_pass', 'second-value');
    await override({ ...mail, admin_contact: 'mailto:nobody@b.example' });
    world.crash = (homeserver) => (homeserver.includes('nobody@b.example') ? 'no' : undefined);
    expect(await run('apply')).toMatchObject({ exitCode: 5 });
    expect(await seen('/run/secrets/given/homeserver.yaml')).toContain('first-value');
  });
});

test('several bundles must be replaced side by side', async () => {
  const { set, write, apply, bundles, plan } = await serverWith(mail);
  await set('smtp_pass', 'first-value');
  await write('synapse/extra/a.html', 'old');
  await apply();
  await set('smtp_pass', 'second-value');
  await write('synapse/extra/a.html', 'new');
  await apply();
  expect((await bundles()).map((name) => name.split('-')[0]).sort()).toEqual([
    'synapse_extra',
    'synapse_secrets',
  ]);
  expect(await plan()).toEqual([]);
});

describe('secrets list', () => {
  test('must say what is used where, what is not set, and no value', async () => {
    const { set, run } = await serverWith(mail);
    await set('unused', 'hunter2');
    const { secrets } = JSON.parse((await run('secrets list --json')).stdout);
    expect(secrets).toContainEqual({
      name: 'smtp_pass',
      kind: 'given',
      usedBy: ['synapse.overrides.email.smtp_pass'],
    });
    expect(secrets).toContainEqual(expect.objectContaining({ name: 'unused', kind: 'given', usedBy: [] }));
    expect(secrets).toContainEqual(
      expect.objectContaining({ name: 'signing.key', kind: 'generated', usedBy: ['synapse'] }),
    );
    const { stdout } = await run('secrets list');
    expect(stdout).toMatch(/smtp_pass +you +not set/);
    expect(stdout).toContain('`matrix-deploy secrets set smtp_pass`');
    expect(stdout + JSON.stringify(secrets)).not.toContain('hunter2');
  });
});

describe('secrets remove', () => {
  test('must refuse a generated secret', async () => {
    const { run, read } = await serverWith();
    expect(await run('secrets remove form_secret')).toMatchObject({ exitCode: 1 });
    expect(await read('secrets/form_secret')).not.toBe('');
  });
});

describe('the files in synapse/extra', () => {
  test('must be seen by Synapse whatever their modes are, and by nobody else', async () => {
    const { write, apply, seen, directory, plan } = await serverWith();
    await write('synapse/extra/templates/mail.html', '<p>', 0o600);
    await apply();
    expect(await seen('/conf/extra/templates/mail.html')).toBe('<p>');
    expect((await stat(join(directory, 'synapse/extra'))).mode & 0o777).toBe(0o700);
    expect(await plan()).toEqual([]);
    await chmod(join(directory, 'synapse/extra'), 0o777);
    expect(await plan()).toMatchObject([{ kind: 'repair-access', resource: 'synapse/extra' }]);
    await apply();
    expect((await stat(join(directory, 'synapse/extra'))).mode & 0o777).toBe(0o700);
  });

  test.each<[string, (server: Server) => Promise<unknown>, string]>([
    ['is changed', ({ write }) => write('synapse/extra/a.html', 'new'), 'synapse/extra/a.html changed'],
    ['is new', ({ write }) => write('synapse/extra/b.html', 'new'), 'synapse/extra/b.html is new'],
    [
      'is gone',
      ({ directory }) => rm(join(directory, 'synapse/extra/c.html')),
      'synapse/extra/c.html is gone',
    ],
  ])('must recreate Synapse when one %s, and be named as the cause', async (_, change, cause) => {
    const server = await serverWith();
    await server.write('synapse/extra/a.html', 'old');
    await server.write('synapse/extra/c.html', 'old');
    await server.apply();
    await change(server);
    expect(await server.plan()).toContainEqual(expect.objectContaining({ kind: 'start-service', cause }));
    await server.apply();
    expect(await server.plan()).toEqual([]);
    expect(await server.bundles()).toHaveLength(1);
  });

  const registration = 'id: a\nas_token: b\nhs_token: c\nsender_localpart: d\nurl: null\nnamespaces: {}\n';

  test.each<[string, object]>([
    ['templates', { templates: { custom_template_directory: '/conf/extra/templates/' } }],
    ['bridge.yaml', { app_service_config_files: ['/conf/extra/bridge.yaml'] }],
  ])('must be there where a setting names them: %s', async (path, overrides) => {
    const { run, write, apply } = await serverWith(overrides);
    const { exitCode, stderr } = await run('apply');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: expect.stringContaining(`synapse/extra/${path}`),
    });
    await write(`synapse/extra/${path.includes('.') ? path : `${path}/mail.html`}`, registration);
    await apply();
  });

  test('must not be shown: they may hold the tokens of an application service', async () => {
    const { write, run, world } = await serverWith();
    await write('synapse/extra/bridge.yaml', 'id: irc\nas_token: hunter2-hunter2\n');
    world.refusal = () => 'Cannot reuse as_token across application services: hunter2-hunter2';
    const said = await Promise.all([run('plan'), run('plan --json'), run('apply')]);
    expect(JSON.stringify(said)).not.toContain('hunter2');
    expect(said[2]).toMatchObject({ exitCode: 3 });
  });

  test.each<[string, (root: string) => Promise<unknown>, string]>([
    [
      'a link out of it',
      (root) => symlink('/etc/hostname', join(root, 'bad')),
      'bad is a link to /etc/hostname',
    ],
    ['a socket', (root) => listenOn(join(root, 'bad')), 'bad is neither a file nor a directory'],
    ['a link to nothing', (root) => symlink('none', join(root, 'bad')), 'bad is gone, or a link to nothing'],
    ['a link to itself', (root) => symlink('bad', join(root, 'bad')), 'bad is a link to itself'],
    ['too much', (root) => writeFile(join(root, 'bad'), Buffer.alloc(40 * 2 ** 20)), 'it is too large'],
  ])('must be refused by name where there is %s', async (_, spoil, why) => {
    const { write, run, directory, bundles } = await serverWith();
    await write('synapse/extra/good.html', '');
    await spoil(join(directory, 'synapse/extra'));
    const { exitCode, stderr } = await run('apply');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: expect.stringContaining(`synapse/extra: ${why}`),
    });
    expect(await bundles()).toEqual([]);
  });

  test('must be restored where somebody changed the copy by hand, and only when asked to', async () => {
    const { write, apply, run, bundles, seen } = await serverWith();
    await write('synapse/extra/a.html', 'mine');
    await apply();
    await write(`secrets/bundles/${(await bundles())[0]}/a.html`, 'theirs', 0o644);
    expect(await run('apply')).toMatchObject({ exitCode: 1 });
    expect(await run('apply --overwrite-edits')).toMatchObject({ exitCode: 0 });
    expect(await seen('/conf/extra/a.html')).toBe('mine');
    expect(await run('plan')).toMatchObject({ stdout: 'no changes\n' });
  });
});

async function listenOn(path: string): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

type Server = Awaited<ReturnType<typeof serverWith>>;

/** All that stands in a deployment but for what the operator gives. */
async function textsBelow(directory: string): Promise<string> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files
      .filter((entry) => entry.isFile() && entry.name !== 'given')
      .map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  );
  return texts.join('\n');
}

describe('secrets rotate', () => {
  const token = 'secrets/registration_shared_secret';

  test('must put another one in its place and restart who reads it, and show neither', async () => {
    const { run, read, world, plan } = await serverWith();
    const before = await read(token);
    const { exitCode, stdout, stderr } = await run('secrets rotate registration_shared_secret --yes');
    expect(exitCode, stderr).toBe(0);
    const after = await read(token);
    expect(after).not.toBe(before);
    for (const secret of [before, after]) expect(stdout + stderr).not.toContain(secret);
    expect(world.log.join('\n')).toMatch(/create synapse/);
    expect(await plan()).toEqual([]);
  });

  test('must publish the signing key from before, and record the one that came', async () => {
    const { run, read, plan } = await serverWith();
    const [, version] = (await read('secrets/signing.key')).split(' ');
    expect(await run('secrets rotate signing.key --yes')).toMatchObject({ exitCode: 0 });
    const [, next] = (await read('secrets/signing.key')).split(' ');
    expect(next).not.toBe(version);
    const { old_signing_keys } = parse(await read('synapse/homeserver.yaml'));
    expect(Object.keys(old_signing_keys)).toEqual([`ed25519:${version}`]);
    for (const copy of ['state/identity.json', 'data/identity.json']) {
      expect(JSON.parse(await read(copy)).things['secrets/signing.key']).toContain(`ed25519:${next} `);
    }
    expect(await plan()).toEqual([]);
  });

  test('must only say what it would do, when it is asked to', async () => {
    const { run, read } = await serverWith();
    const before = await read(token);
    const { stdout } = await run('secrets rotate registration_shared_secret --dry-run');
    expect(stdout).toContain('Sessions go on');
    expect(stdout).toMatch(/~ secrets\/registration_shared_secret +rotated/);
    expect(await read(token)).toBe(before);
    expect((await run('apply')).stdout).toBe('no changes\n');
  });

  test.each([
    ['without a terminal to ask on', 'registration_shared_secret', 2, '--yes'],
    ["for a secret of the operator's", 'smtp_pass --yes', 1, 'secrets set smtp_pass'],
    ['for what is not there', 'none --yes', 1, 'secrets list'],
    ["for the first admin's password", 'admin_password --yes', 1, 'users set-password'],
    ['for the key of the backups', 'backup.key --yes', 1, 'backup.targets'],
    ['for the ssh key of the backups', 'backup_ssh.key --yes', 1, 'backup check-target'],
  ])('must be refused %s', async (_title, argv, code, way) => {
    const { run, set, read, write } = await serverWith();
    await set('smtp_pass', 'hunter2-hunter2');
    for (const name of ['backup.key', 'backup_ssh.key']) await write(`secrets/${name}`, 'secret', 0o600);
    const before = await read(token);
    const { exitCode, stderr } = await run(`secrets rotate ${argv}`);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(way);
    expect(await read(token)).toBe(before);
    expect(await read('secrets/operator/smtp_pass')).toBe('hunter2-hunter2');
  });

  test.each(['secrets rotate pepper --yes', 'secrets set pepper --file given'])(
    'must be refused for what every password is hashed with: %s',
    async (argv) => {
      const { run, set, write, read } = await configurationWith({
        password_config: { pepper: { from_secret: 'pepper' } },
      });
      await set('pepper', 'the first');
      await write('given', 'the second');
      const { exitCode, stderr } = await run(argv);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('must never change');
      expect(await read('secrets/operator/pepper')).toBe('the first');
    },
  );

  test('must be refused before the server has served', async () => {
    const { run } = await configurationWith();
    expect(await run('secrets rotate form_secret --yes')).toMatchObject({ exitCode: 4 });
  });
});
