import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { issueAuthority } from '../../src/secrets/certificates.ts';
import { newPrivateKey } from '../../src/secrets/private-key.ts';
import { runCommand } from '../fakes/command-line.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { key } from '../fakes/screen.ts';
import { fakeTerminal } from '../fakes/terminal.ts';
import { fakeWorld } from '../fakes/world.ts';

/** A host on which nothing is set up yet. */
async function newHost(files: Record<string, string> = {}) {
  const workingDirectory = await temporaryDirectory();
  const directory = join(workingDirectory, 'matrix');
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(workingDirectory, name), text);
  }
  return {
    directory,
    path: (name: string) => join(workingDirectory, name),
    run: (argv: string, options: Partial<Parameters<typeof runCommand>[2]> = {}) =>
      runCommand(fakeWorld(), [...argv.split(' '), '--dir', 'matrix'], { workingDirectory, ...options }),
    settings: async () => parse(await readFile(join(directory, 'matrix.yaml'), 'utf8')),
    isUntouched: async () => !(await readdir(workingDirectory)).includes('matrix'),
  };
}

/** Writes matrix.yaml only, so that it can be read. */
const written = 'init --yes --no-start';

describe('init without a terminal', () => {
  test('must name everything that is missing at once, each with its flag and its key', async () => {
    const { run, isUntouched } = await newHost();
    const { exitCode, stdout, stderr } = await run('init --email me@example.org');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n').slice(1)).toEqual([
      'error missing answers (no terminal, cannot prompt)',
      '  server name: --server-name <name>, or server_name in the file of --answers',
      '    There is no server without a name: it is a part of every user ID.',
      '  delegation: --delegation <way>, or delegation in the file of --answers',
      '  host: --host <name>, or host in the file of --answers',
      '  certificates: --challenge <way>, or challenge in the file of --answers',
      '  admin: --admin <name>, or admin in the file of --answers',
      '  start now: --start or --no-start, or start in the file of --answers',
      'With --yes, those that have a default take it.',
      '',
    ]);
    expect(await isUntouched()).toBe(true);
  });

  test('must need nothing but the server name with --yes', async () => {
    const { run, settings } = await newHost();
    const { exitCode, stderr } = await run(written);
    expect({ exitCode, stderr: stderr.split('\n')[2] }).toEqual({
      exitCode: 2,
      stderr: '  server name: --server-name <name>, or server_name in the file of --answers',
    });
    expect(await run(`${written} --server-name example.org`)).toMatchObject({ exitCode: 0 });
    expect(await settings()).toEqual({
      version: 1,
      server_name: 'example.org',
      host: 'matrix.example.org',
      delegation: 'well-known',
      synapse: { registration: 'closed', overrides: {} },
      mail: { host: null },
      traefik: {
        edge: { kind: 'own' },
        certificates: { issuer: 'acme' },
        publish: { address: 'all', https: 443, http: 80, ipv6_network: false },
      },
    });
  });

  test('must take the name of the machine where that is a domain', async () => {
    const { run, settings } = await newHost();
    await run(written, { machineNames: ['matrix', 'matrix.example.org'] });
    expect(await settings()).toMatchObject({ server_name: 'example.org', host: 'matrix.example.org' });
  });

  test('must need no --yes where every answer is given', async () => {
    const answers = 'server_name: a.org\ndelegation: none\nchallenge: http\nadmin: alice\nstart: false\n';
    const { run, settings } = await newHost({ 'a.yaml': answers });
    const { exitCode, stdout } = await run('init --answers a.yaml --json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ started: false, userId: '@alice:a.org' });
    expect(await settings()).toMatchObject({ server_name: 'a.org', host: 'a.org', delegation: 'none' });
  });

  test('must put a flag before the file, and the file before the default', async () => {
    const { run, settings } = await newHost({
      'a.yaml': 'server_name: a.org\nhost: chat.a.org\nemail: me@a.org\n',
    });
    expect(await run(`${written} --answers a.yaml --host m.a.org`)).toMatchObject({ exitCode: 0 });
    expect(await settings()).toMatchObject({
      server_name: 'a.org',
      host: 'm.a.org',
      traefik: { certificates: { email: 'me@a.org' } },
    });
  });
});

describe('init on a terminal of a host where no Docker answers', () => {
  const connectEngine = async () => {
    throw Object.assign(new Error('connect ENOENT /run/docker.sock'), { code: 'ENOENT' });
  };

  test('must say so before the first question, and how to get it', async () => {
    const { run, isUntouched } = await newHost();
    const { stdin, stderr, screen, see } = fakeTerminal();
    expect(await run('init', { connectEngine, ports: { stdin, stderr } })).toMatchObject({ exitCode: 4 });
    await see('the Docker engine is installed, but does not run');
    expect(screen.text).not.toContain('1 of about');
    expect(await isUntouched()).toBe(true);
  });

  test('must ask all the same where that check is skipped', async () => {
    const { run } = await newHost();
    const { stdin, stderr, see, type } = fakeTerminal();
    const running = run('init --skip-check engine', { connectEngine, ports: { stdin, stderr } });
    await see('1 of about');
    type(key.interrupt);
    expect(await running).toMatchObject({ exitCode: 130 });
  });
});

describe('a record in the DNS that proves the names, from the start', () => {
  const flags =
    '--challenge dns-update --dns-server 192.0.2.53 --dns-key k. --dns-secret-file key --skip-check challenge';

  test('must be in matrix.yaml, and the key in secrets/ alone', async () => {
    const { run, settings, path, directory } = await newHost({ key: 'Z2VoZWlt\n' });
    await chmod(path('key'), 0o600);
    const { exitCode, stdout, stderr } = await run(`${written} --server-name a.org ${flags}`);
    expect(exitCode, stderr).toBe(0);
    expect((await settings()).traefik.certificates).toMatchObject({
      challenge: 'dns',
      dns: { by: 'update', server: '192.0.2.53', key: 'k.', secret: { from_secret: 'dns_update' } },
    });
    expect(await readFile(join(directory, 'secrets/operator/dns_update'), 'utf8')).toBe('Z2VoZWlt');
    expect(stdout + stderr).not.toContain('Z2VoZWlt');
  });

  test('must be refused with a key that is not there, and nothing be written', async () => {
    const { run, isUntouched } = await newHost();
    expect(await run(`${written} --server-name a.org ${flags}`)).toMatchObject({ exitCode: 2 });
    expect(await isUntouched()).toBe(true);
  });
});

describe('mail that is set up from the start', () => {
  const told =
    'server_name: a.org\nmail_host: mail.a.org\nmail_user: m\nmail_sender: m@a.org\nmail_password_file: given\n';

  test('must be in matrix.yaml, and its password in secrets/ alone', async () => {
    const { run, settings, path, directory } = await newHost({ 'a.yaml': told, given: 'geheim-1\n' });
    await chmod(path('given'), 0o600);
    const { exitCode, stdout, stderr } = await run(`${written} --answers a.yaml`);
    expect(exitCode, stderr).toBe(0);
    expect(await settings()).toMatchObject({
      mail: {
        host: 'mail.a.org',
        user: 'm',
        password: { from_secret: 'mail_password' },
        sender: 'm@a.org',
      },
    });
    expect(await readFile(join(directory, 'secrets/operator/mail_password'), 'utf8')).toBe('geheim-1');
    expect(stdout + stderr).not.toContain('geheim');
  });

  test('must be refused as a whole where something of it is missing', async () => {
    const { run, isUntouched } = await newHost();
    const { exitCode, stderr } = await run(`${written} --server-name a.org --mail-host localhost`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('  --mail-host is localhost');
    expect(stderr).toContain('  --mail-sender is missing');
    expect(await isUntouched()).toBe(true);
  });
});

test('all that is wrong in an answers file must be told, with lines', async () => {
  const answers = 'sever_name: a.org\nhost: a\nstart: perhaps\n';
  const { run, isUntouched } = await newHost({ 'a.yaml': answers });
  const { exitCode, stderr } = await run(`${written} --answers a.yaml`);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('  a.yaml:3: start must be true or false, not "perhaps"\n');
  expect(stderr).toContain('  a.yaml:1: sever_name is not a setting: did you mean server_name?\n');
  expect(await isUntouched()).toBe(true);
});

test('what the schema cannot see in an answers file must be told too', async () => {
  const { run } = await newHost({ 'a.yaml': 'server_name: localhost\ndelegation: none\nhost: a.org\n' });
  const { exitCode, stderr } = await run(`${written} --answers a.yaml`);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('  a.yaml:1: server_name is a name that no CA issues certificates for');
  expect(stderr).toContain('  a.yaml:2: delegation does not go with the host a.org\n');
});

test('all that is wrong with flags must be told at once', async () => {
  const { run, isUntouched } = await newHost();
  const flags = '--server-name HTTPS://Example.org/ --admin Alice --email me --acme-directory http://ca';
  const { exitCode, stderr } = await run(`${written} ${flags}`);
  expect(exitCode).toBe(2);
  expect(stderr.split('\n').slice(2, 6)).toEqual([
    '  --server-name must be a DNS name in lower case, without scheme, port or path, such as example.org: did you mean example.org?',
    '  --email must be an email address, or none',
    '  --admin must be small letters, digits and . _ = / + -, without @ and server name, such as admin: did you mean alice?',
    '  --acme-directory must be a URL that begins with https://',
  ]);
  expect(await isUntouched()).toBe(true);
});

describe('where there is a matrix.yaml already', () => {
  test('another server name must be refused, and another host be said to be in vain', async () => {
    const { run, settings } = await newHost();
    await run(`${written} --server-name example.org`);
    const refused = await run(`${written} --server-name example.com`);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--server-name says example.com, but the server here is example.org'),
    });
    const { exitCode, stderr } = await run(`${written} --host m.example.org`);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('--host m.example.org is not what matrix.yaml says (matrix.example.org)');
    expect(await settings()).toMatchObject({ host: 'matrix.example.org' });
  });
});

test('the admin who was named once must be the one that is made later', async () => {
  const { run } = await newHost();
  await run(`${written} --server-name example.org --admin alice`);
  const { stdout } = await run('init --yes --no-start --json');
  expect(JSON.parse(stdout)).toMatchObject({ userId: '@alice:example.org' });
});

describe('the password', () => {
  const named = `${written} --server-name a.org --password-file`;

  test('must be refused from a file that others can read', async () => {
    const { run, path, isUntouched } = await newHost({ secret: 'correct horse\n' });
    await chmod(path('.'), 0o755);
    await chmod(path('secret'), 0o640);
    const { exitCode, stderr } = await run(`${named} secret`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`chmod 600 ${path('secret')}`);
    expect(stderr).not.toContain('horse');
    expect(await isUntouched()).toBe(true);
    await chmod(path('secret'), 0o600);
    expect(await run(`${named} secret`)).toMatchObject({ exitCode: 0 });
  });

  test('must be the first line of the standard input with -', async () => {
    const { run, isUntouched } = await newHost();
    expect(await run(`${named} -`, { input: '\nsecond' })).toMatchObject({ exitCode: 2 });
    expect(await isUntouched()).toBe(true);
    expect(await run(`${named} -`, { input: 'first\nsecond' })).toMatchObject({ exitCode: 0 });
  });

  test('that is to be asked for needs a terminal', async () => {
    const { run } = await newHost();
    const result = await run(`${written} --server-name a.org --ask-password`);
    expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--password-file') });
  });
});

describe('a private CA', () => {
  const flags = '--server-name a.org --acme-directory https://ca.a.org/dir --acme-roots ca.pem';

  test('must come into matrix.yaml, and its roots beside it', async () => {
    const { run, settings, directory } = await newHost({
      'ca.pem': await issueAuthority('A private CA', newPrivateKey(), new Date()),
    });
    expect(await run(`${written} ${flags}`)).toMatchObject({ exitCode: 0 });
    expect((await settings()).traefik.certificates).toEqual({
      issuer: 'acme',
      directory: 'https://ca.a.org/dir',
      roots: 'roots.pem',
    });
    expect((await stat(join(directory, 'roots.pem'))).size).toBeGreaterThan(100);
  });

  test('must be refused with its private key, which would be copied to where anybody may read it', async () => {
    const key = newPrivateKey();
    const certificate = await issueAuthority('A private CA', key, new Date());
    const { run, directory } = await newHost({
      'ca.pem': `${certificate}${key}`,
    });
    expect(await run(`${written} ${flags}`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('private key'),
    });
    expect(existsSync(join(directory, 'roots.pem'))).toBe(false);
  });

  test('must be refused without roots that can be read', async () => {
    const { run, isUntouched } = await newHost();
    expect(await run(`${written} ${flags}`)).toMatchObject({ exitCode: 2 });
    expect(await isUntouched()).toBe(true);
  });
});
