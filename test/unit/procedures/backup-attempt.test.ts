import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { components } from '../../../src/components/components.ts';
import { localConfigValues } from '../../../src/config/create.ts';
import { BackupError, CancelledError, ConfigError, LockError } from '../../../src/errors.ts';
import { attemptBackups } from '../../../src/procedures/backup/attempt.ts';
import { judgeBackups, readBackups } from '../../../src/procedures/status/backups.ts';
import { createConfigText } from '../../../src/render/new-config.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { readBackupAttempt, writeBackupAttempt } from '../../../src/state/backup-attempt.ts';
import { writeGivenSecret } from '../../../src/state/given-secrets.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';
import { httpServer } from '../../fakes/http-server.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

/** A web server that remembers what it was asked for. */
async function listener(answer: { status?: number; silent?: boolean } = {}) {
  const heard: string[] = [];
  const port = await httpServer(({ url = '' }, response) => {
    heard.push(url);
    if (!answer.silent) response.writeHead(answer.status ?? 200).end('OK');
  });
  return { heard, url: `http://127.0.0.1:${port}/t0ken?x=1` };
}

/** A deployment directory with this section `backup`. */
async function deploymentWith(backup: object) {
  const directory = await temporaryDirectory();
  const text = `${createConfigText(localConfigValues('localhost', 8443))}\nbackup: ${JSON.stringify(backup)}\n`;
  await writeFile(join(directory, 'matrix.yaml'), text);
  const notes: string[] = [];
  const context = {
    components: async () => components,
    ...{ clock: fakeClock(), processId: process.pid, patience: 1 },
    environment: { PATH: process.env.PATH, SECRET: 'of somebody' },
  };
  const config = parseConfig(text);
  return {
    directory,
    notes,
    attempt: (make: (begin: () => Promise<void>) => Promise<unknown>, isScheduled = true, patience = 1) =>
      attemptBackups(
        { ...context, patience },
        { directory, isScheduled, note: (text) => notes.push(text) },
        make,
      ),
    findings: async () =>
      judgeBackups(await readBackups(directory, config, new Date()), config.backup, new Date()).filter(
        ({ finding }) => !finding.includes('no verified backup'),
      ),
  };
}

const failing = async (begin: () => Promise<void>) => {
  await begin();
  throw new BackupError('copying data/synapse failed: no space', {
    code: 'x',
    stage: 'copying data/synapse',
  });
};
const interrupted = async (begin: () => Promise<void>) => {
  await begin();
  throw new CancelledError('interrupted', { code: 'cancelled' });
};
const locked = async () => {
  throw new LockError('root is running apply', { code: 'lock.held' });
};

describe('the ping', () => {
  test('must be given at the beginning and at the end', async () => {
    const { heard, url } = await listener();
    const { attempt } = await deploymentWith({ ping: url });
    await attempt((begin) => begin());
    expect(heard).toEqual(['/t0ken/start?x=1', '/t0ken?x=1']);
  });

  test('must be given of a backup that failed, and name a secret for its URL', async () => {
    const { heard, url } = await listener();
    const { attempt, directory } = await deploymentWith({ ping: { from_secret: 'heartbeat' } });
    await writeGivenSecret(directory, 'heartbeat', new Secret(`${url}\n`));
    await expect(attempt(failing)).rejects.toThrow('no space');
    expect(heard).toEqual(['/t0ken/start?x=1', '/t0ken/fail?x=1']);
  });

  test.each([
    ['refuses it', { status: 404 }, /status 404/],
    ['says nothing', { silent: true }, /no answer within/],
  ])('must fail no backup where the server %s, and be told without its URL', async (_, answer, why) => {
    const { url } = await listener(answer);
    const { attempt, notes, findings } = await deploymentWith({ ping: url });
    await expect(attempt((begin) => begin().then(() => 'made'), true, 0.01)).resolves.toBe('made');
    expect(notes.join()).toMatch(why);
    expect(notes.join()).not.toContain('t0ken');
    expect(await findings()).toMatchObject([{ verdict: 'warning' }, { verdict: 'warning' }]);
  });

  test('whose secret nobody has set must fail no backup', async () => {
    const { attempt, notes } = await deploymentWith({ ping: { from_secret: 'heartbeat' } });
    await attempt((begin) => begin());
    expect(notes.join()).toContain('the secret heartbeat is not set');
  });
});

describe('the command of on_failure', () => {
  const told = 'env >told';

  test.each<[string, string | string[]]>([
    ['a line', told],
    ['a list', ['/bin/sh', '-c', told]],
  ])('as %s must be told what failed, and nothing else', async (_, command) => {
    const directory = await temporaryDirectory();
    const line = (text: string) => `cd '${directory}' && ${text}`;
    const placed = typeof command === 'string' ? line(command) : [...command.slice(0, -1), line(told)];
    const deployment = await deploymentWith({ on_failure: placed });
    await expect(deployment.attempt(failing)).rejects.toThrow('no space');
    const environment = await readFile(join(directory, 'told'), 'utf8');
    expect(environment).toContain('MATRIX_DEPLOY_STAGE=copying data/synapse\n');
    expect(environment).toContain('MATRIX_DEPLOY_MESSAGE=copying data/synapse failed: no space\n');
    expect(environment).toContain('MATRIX_DEPLOY_SERVER_NAME=localhost\n');
    expect(environment).toContain(`MATRIX_DEPLOY_DIRECTORY=${deployment.directory}\n`);
    expect(environment).not.toContain('of somebody');
  });

  test.each([
    ['fails', 'echo no mail; exit 3', /ended with 3: no mail/],
    ['does not end', 'sleep 1000', /was ended/],
    ['is not there', ['/nowhere/mail'], /was not found/],
  ])('that %s must be told, and change nothing of the failure', async (_, command, said) => {
    const { attempt, notes } = await deploymentWith({ on_failure: command });
    await expect(attempt(failing, true, 0.005)).rejects.toThrow('no space');
    expect(notes.join()).toMatch(said);
  });
});

describe('the record of an attempt', () => {
  test.each<[string, typeof failing, RegExp]>([
    ['that failed', failing, /copying data\/synapse.*no space/],
    ['that found the server changed by another command', locked, /waiting for another command/],
    ['that was interrupted', interrupted, /was interrupted/],
  ])('%s must be a problem that status has', async (_, make, said) => {
    const { attempt, findings } = await deploymentWith({});
    await expect(attempt(make)).rejects.toThrow();
    expect(await findings()).toMatchObject([{ verdict: 'failed', finding: expect.stringMatching(said) }]);
    await attempt((begin) => begin());
    expect(await findings()).toEqual([]);
  });

  test('whose process is gone must be a problem; while it lives it is none', async () => {
    const { attempt, directory, findings } = await deploymentWith({});
    await attempt(async (begin) => {
      await begin();
      expect(await readBackupAttempt(directory)).toMatchObject({ isRunning: true });
      expect(await findings()).toEqual([]);
    });
    const attempted = await readBackupAttempt(directory);
    if (attempted === undefined) throw new Error('nothing is recorded');
    const { end: _, ...running } = attempted;
    await writeBackupAttempt(directory, {
      ...running,
      process: { ...running.process, processStart: '1' },
    });
    expect(await findings()).toMatchObject([{ finding: expect.stringContaining('did not finish') }]);
  });

  test('must not be written by somebody whom the lock or the configuration refuses', async () => {
    const { attempt, directory } = await deploymentWith({});
    await expect(attempt(locked, false)).rejects.toThrow(LockError);
    expect(await readBackupAttempt(directory)).toBeUndefined();
  });

  test('must be written, and told, where matrix.yaml is broken since it was applied', async () => {
    const { heard, url } = await listener();
    const { attempt, directory } = await deploymentWith({ ping: url });
    const text = await readFile(join(directory, 'matrix.yaml'), 'utf8');
    await attempt((begin) => begin());
    await writeFile(join(directory, 'state/applied.yaml'), text);
    await writeFile(join(directory, 'matrix.yaml'), '{');
    const broken = new ConfigError('matrix.yaml is wrong', { code: 'config.invalid' });
    await expect(attempt(() => Promise.reject(broken))).rejects.toThrow(broken);
    expect(heard.at(-1)).toBe('/t0ken/fail?x=1');
    expect(await readBackupAttempt(directory)).toMatchObject({ end: { stage: 'reading matrix.yaml' } });
  });
});

test('a directory of backups that others of this host may change must be told, and how to close it', async () => {
  const { directory, findings } = await deploymentWith({});
  const path = join(directory, 'backups');
  await mkdir(path);
  await chmod(path, 0o770);
  expect(await findings()).toEqual([]);
  await chmod(path, 0o777);
  expect(await findings()).toMatchObject([{ verdict: 'warning', remedy: expect.stringContaining(path) }]);
});
