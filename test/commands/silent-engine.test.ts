import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli.ts';
import { connectEngine } from '../../src/docker/dockerode-engine.ts';
import { engineSocket } from '../../src/docker/engine-socket.ts';
import { commandContext, runCommand } from '../fakes/command-line.ts';
import { localConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { engineAt, unhelpful } from '../fakes/engine-socket.ts';
import { fakeWorld } from '../fakes/world.ts';

/** Every command that talks to the engine, by its name. */
const asking: Readonly<Record<string, string>> = {
  init: '--local --yes',
  plan: '',
  apply: '',
  'add-user': 'bob --generate-password',
  invite: 'group.yaml',
  'users list': '',
  'users show': 'bob',
  'users set-password': 'bob --generate-password',
  'users promote': 'bob',
  'users demote': 'bob',
  'users lock': 'bob',
  'users unlock': 'bob',
  'users log-out': 'bob',
  'users devices': 'bob',
  'users export': 'bob --to out',
  'users deactivate': 'bob --confirm bob',
  'users revoke-tool-session': '',
  'tokens create': '',
  'tokens list': '',
  'tokens revoke': 'abc',
  'rooms list': '',
  'rooms show': '!a:localhost',
  'rooms create': '--public --name Lobby --alias lobby',
  'rooms block': '!a:localhost',
  'rooms unblock': '!a:localhost',
  'rooms delete': '!a:localhost --confirm !a:localhost',
  'secrets rotate': 'signing.key --yes',
  'mail test': 'bob@example.org',
  backup: '',
  'backup list': '',
  'backup show': '',
  'backup verify': '',
  'backup prune': '',
  'backup forget': '20261128-041500-3fa9 --confirm 20261128-041500-3fa9',
  'backup recovery-key': '',
  'backup check-target': '',
  restore: '--dir new --from backups --key-file key.txt',
  drill: '',
  move: 'root@beta --yes',
  upgrade: '--dry-run',
  rollback: '--yes',
  destroy: '--yes',
};
/** Those that ask nothing of it; a local server has no outside to verify, and no records. */
const others = [
  'backup schedule',
  'status',
  'verify',
  'check',
  'dns',
  'delegation',
  'edge snippet',
  'certificates reload',
  'certificates watch',
  'certificates share-root',
  'completion',
  'complete',
  'components',
  'releases show',
  'releases update',
  'history',
  'secrets set',
  'secrets list',
  'secrets remove',
];

/** Runs a command on an engine whose deadlines are a fraction of the usual ones. */
async function run(
  line: string,
  socketPath: string,
  interrupt = new AbortController().signal,
  patience = 0.005,
) {
  const workingDirectory = await temporaryDirectory();
  if (!line.startsWith('init')) {
    const withMail = localConfigText.replace('mail:\n', 'mail:\n  sender: "matrix@example.org"\n');
    const config = withMail.replace('host: null', 'host: "mail.example.org"');
    await writeFile(join(workingDirectory, 'matrix.yaml'), config);
  }
  await writeFile(join(workingDirectory, 'key.txt'), 'key', { mode: 0o600 });
  await writeFile(join(workingDirectory, 'group.yaml'), 'name: A\nalias: a\nrooms: [{name: B, alias: b}]\n');
  const endpoint = { socketPath, namedBy: undefined };
  const bounds = { signal: interrupt, patience, unanswered: {} };
  return runCommand(fakeWorld(), line.split(' ').filter(Boolean), {
    workingDirectory,
    interrupt,
    ports: {
      connectEngine: () => connectEngine(endpoint, bounds),
      openEngineReads: async () => engineSocket(endpoint, bounds),
      patience,
    },
  });
}

test('every command of the program must be here, and no other', async () => {
  const { context } = commandContext(fakeWorld(), { workingDirectory: '/' });
  const names = (command: Command, path: string): string[] =>
    command.commands.flatMap((one) => {
      const name = `${path}${one.name()}`;
      if (one.commands.length === 0) return [name];
      // It makes one where no subcommand is named.
      return [...(name === 'backup' ? [name] : []), ...names(one, `${name} `)];
    });
  const known = [...Object.keys(asking), ...others];
  expect(names(await createProgram([], context), '').sort()).toEqual(known.sort());
});

describe.each(Object.entries(asking))('%s', (name, flags) => {
  test.each(Object.entries(unhelpful))(
    'must end with 4 on an engine that %s',
    async (_, listener) => {
      const { exitCode, stdout, stderr } = await run(`${name} ${flags}`, await engineAt(listener));
      expect(stderr).toMatch(/Docker (engine )?does not answer/);
      expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    },
    60_000,
  );
});

describe('status', () => {
  test.each(Object.entries(unhelpful))(
    'must tell what it can on an engine that %s',
    async (_, listener) => {
      const { exitCode, stdout } = await run('status', await engineAt(listener));
      expect(stdout).toContain('Docker does not answer');
      expect(exitCode).toBe(8);
    },
    60_000,
  );
});

test.each(['init --local --yes', 'apply'])(
  '%s must wait for a silent engine once, not for each of its questions',
  async (line) => {
    const begun = performance.now();
    await run(line, await engineAt(() => {}), undefined, 0.1);
    // 3 s for the first question, 0.3 s for each of the others.
    expect(performance.now() - begun).toBeLessThan(5_500);
  },
);

test.each(['status', 'plan', 'apply'])(
  '%s must end soon when it is interrupted while the engine is silent',
  async (command) => {
    const interrupt = new AbortController();
    const socket = await engineAt(() => interrupt.abort());
    expect(await run(command, socket, interrupt.signal)).toMatchObject({ exitCode: 130 });
  },
);
