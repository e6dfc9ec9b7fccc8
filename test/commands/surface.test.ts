import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../fakes/command-line.ts';
import { localConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { untouchable } from '../fakes/untouchable.ts';

/** Runs in a directory of its own, and tells what stands in it afterwards. */
async function run(argv: string, files: Record<string, string> = {}, isTTY = false) {
  const workingDirectory = await temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(workingDirectory, name), text);
  }
  const words = argv.split(' ').filter((word) => word !== '');
  const result = await runCommand(untouchable, words, { workingDirectory, isTTY });
  return { ...result, left: await readdir(workingDirectory) };
}

const valid = { 'matrix.yaml': localConfigText };
const commands = [
  'init',
  'plan',
  'apply',
  'status',
  'verify',
  'check',
  'dns',
  'delegation',
  'add-user',
  'invite',
  'users',
  'tokens',
  'rooms',
  'secrets',
  'certificates',
  'restore',
  'upgrade',
  'rollback',
  'history',
  'releases',
  'components',
  'destroy',
  'completion',
];

describe('help', () => {
  test.each([
    '--help',
    '-h',
    'help',
    ...commands.flatMap((name) => [`${name} --help`, `help ${name}`]),
    'init --local --yes --help',
    '--help apply',
    'users list --help',
    'help users list',
    'users help list',
    'apply --overwrite-edits -h',
    'destroy --delete-data --confirm localhost --yes --help',
  ])('%s must answer on stdout, end with 0 and do nothing', async (argv) => {
    const { exitCode, stdout, stderr, left } = await run(argv, valid);
    expect({ exitCode, stderr, left }).toEqual({ exitCode: 0, stderr: '', left: ['matrix.yaml'] });
    expect(stdout).toContain('Usage: matrix-deploy');
  });

  test('must name every command', async () => {
    const { stdout } = await run('--help');
    expect(commands.filter((name) => !stdout.includes(`\n  ${name} `))).toEqual([]);
  });
});

test.each(['--version', '-V'])('%s must answer with a version', async (argv) => {
  expect(await run(argv)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

describe('a command line that cannot be understood', () => {
  test.each([
    ['aply', 2, '(Did you mean apply?)'],
    ...['update', 'update --help', 'update -h', '--help update', 'help update', '--json update -h'].map(
      (line): [string, number, string] => [line, 2, "unknown command 'update'"],
    ),
    ['upgrade --finish', 2, 'there is no upgrade to finish'],
    ['upgrade --finish --synapse 1.163.2', 2, 'cannot be used with option'],
    ['help aply', 2, '(Did you mean apply?)'],
    ['aply --help', 2, '(Did you mean apply?)'],
    ['users foo --help', 2, "unknown command 'foo'\nSee `matrix-deploy users --help`."],
    ['help users shwo', 2, '(Did you mean show?)'],
    ['users help shwo', 2, '(Did you mean show?)'],
    ['rooms lst -h', 2, '(Did you mean list?)'],
    ['apply --overwrite-edit', 2, '(Did you mean --overwrite-edits?)'],
    ['apply --no-such-thing', 2, "unknown option '--no-such-thing'"],
    ['apply too much', 2, 'too many arguments'],
    ['plan --dir', 2, "option '--dir <directory>' argument missing"],
    ['init', 2, 'Add --yes.'],
    ['init --local --server-name other.localhost', 2, 'but the server here is localhost'],
    [
      'init --delegation dns',
      2,
      '--delegation must be well-known or elsewhere or srv or port-8448 or none, not "dns"',
    ],
    ['restore --dir other', 2, 'the location of the backups is missing'],
    ['restore --finish', 2, 'no restore is pending here'],
    ['restore --undo', 2, 'no restore is pending here'],
    ['restore --undo --finish', 2, "cannot be used with option '--undo'"],
    ['restore --from x', 2, 'is a deployment already'],
    ['backup --wait soon', 2, 'soon is not a valid time'],
    ['backup schedule --at noon', 2, 'cron does not know such times'],
    ['backup schedule --at %h', 2, 'is not a valid time for a schedule'],
    ['backup schedule --at 04:15 --remove', 2, 'exclude each other'],
    ['init --start --no-star', 2, 'Did you mean --no-start?'],
    ['releases update', 2, "'--from <address>' not specified"],
    ['check https://example.org/', 2, 'Did you mean example.org?'],
    ['check not-a/name.', 2, 'is no server name'],
    ['delegation --for iis', 2, 'Allowed choices are nginx, apache, caddy, traefik, static'],
    ['delegation --for nginx', 2, 'no other site can answer for it'],
    ['delegation --for nginx --watch', 2, 'cannot be used with option'],
    ['', 2, 'a command is missing\nSee `matrix-deploy --help`.'],
  ])('%j must end with %i and say %j', async (argv, exitCode, text) => {
    const result = await run(argv, valid);
    expect(result).toMatchObject({ exitCode, stdout: '', left: ['matrix.yaml'] });
    expect(result.stderr).toContain(text);
  });
});

describe('without a valid matrix.yaml', () => {
  test.each([
    'plan',
    'apply',
    'apply --dry-run',
    'upgrade',
    'upgrade --dry-run',
    'rollback',
    'history',
    'status',
    'check',
    'delegation',
    'destroy --yes',
    'destroy --delete-data --confirm x',
  ])('%s must end with 3 and do nothing', async (argv) => {
    expect(await run(`${argv} --dir .`)).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('there is no matrix.yaml in'),
      left: [],
    });
    expect(await run(argv, { 'matrix.yaml': 'version: 2' })).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('matrix.yaml:1: version must be 1, not 2'),
      left: ['matrix.yaml'],
    });
  });

  test('a failure must be one JSON object on stderr with --json, and stdout be empty', async () => {
    const { stdout, stderr } = await run('plan --json --quiet --dir .');
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({
      schemaVersion: 1,
      error: { code: 'config.missing', exitCode: 3 },
    });
  });
});

describe('without a terminal nothing must be asked: the error must name the flag', () => {
  test.each([
    ['destroy', '--yes'],
    ['destroy --delete-data', '--confirm localhost'],
    ['destroy --delete-data --yes', '--confirm localhost'],
  ])('%s wants %s', async (argv, flag) => {
    const result = await run(argv, valid);
    expect(result).toMatchObject({ exitCode: 2, stdout: '', left: ['matrix.yaml'] });
    expect(result.stderr).toContain(`Add ${flag}.`);
  });
});

test('destroy --delete-data with the name of another server must end with 2 and delete nothing', async () => {
  const result = await run('destroy --delete-data --yes --confirm example.org', valid);
  expect(result).toMatchObject({ exitCode: 2, stdout: '', left: ['matrix.yaml'] });
  expect(result.stderr).toContain('--confirm says example.org, but the server here is localhost');
});

test('--quiet must print only the result and errors', async () => {
  const { stderr } = await run('plan --quiet --dir .');
  expect(stderr.split('\n')[0]).toMatch(/^error there is no matrix\.yaml/);
});

describe('colour', () => {
  const failing = { 'matrix.yaml': 'version: 2' };
  test('must be in a failure on a terminal, and nowhere with --no-color', async () => {
    expect((await run('plan', failing, true)).stderr).toContain('\u001b[31merror');
    expect((await run('plan --no-color', failing, true)).stderr).not.toContain('\u001b');
    expect((await run('plan', failing)).stderr).not.toContain('\u001b');
  });
});
