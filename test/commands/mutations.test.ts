import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ExitCode } from '../../src/errors.ts';
import { type CommandResult, runCommand } from '../fakes/command-line.ts';
import { localConfigText, publicConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { installedHost, newHost } from '../fakes/host.ts';
import { aliasBomb, mutants } from '../fakes/mutations.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

/** What a failed run has printed; with it in the environment, the same files are made again. */
const seed = Number(process.env.MUTATION_SEED ?? Date.now() % 2 ** 31);

/** No localpart, no word of YAML, and in no message of ours. */
const secret = 'Hunter2!Qx';

/** Everything below a directory, as text: to see whether anything has changed. */
async function contentsOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')])),
  );
}

/** What no run may end with, whatever it was given. */
function misbehaviour({ exitCode, stdout, stderr }: CommandResult, milliseconds: number): string[] {
  const said = stdout + stderr;
  return [
    Object.values(ExitCode).includes(exitCode) ? '' : `exit code ${exitCode}`,
    /This is a bug|^ +at .*[:(]/m.test(said) ? 'a stack trace' : '',
    said.includes(secret) || said.includes('Hunter2') ? 'a secret' : '',
    milliseconds > 10_000 ? `${milliseconds} ms` : '',
    said.length > 20_000 ? `${said.length} characters` : '',
  ].filter((one) => one !== '');
}

/** Runs a command for each file; what one of them does wrong is told with that file. */
async function expectWellBehaved(
  files: readonly Buffer[],
  run: (file: Buffer) => Promise<{ result: CommandResult; wrote: boolean }>,
): Promise<Set<ExitCode>> {
  const codes = new Set<ExitCode>();
  for (const file of files) {
    const begun = performance.now();
    const { result, wrote } = await run(file);
    const wrong = [
      ...misbehaviour(result, performance.now() - begun),
      ...(wrote ? ['something written'] : []),
    ];
    const head = (text: string) => text.slice(0, 1500);
    const evidence =
      wrong.length === 0 ? [] : [file.toString('latin1'), result.stdout, result.stderr].map(head);
    expect({ wrong, evidence }).toEqual({ wrong: [], evidence: [] });
    codes.add(result.exitCode);
  }
  return codes;
}

const overrides = `
synapse:
  registration: token
  overrides:
    report_stats: true
    turn_uris: ["turn:turn.example.org"]
    retention: { enabled: true, purge_jobs: [{ interval: 12h }] }
    modules:
      - module: a.Module
        config: { limit: 3, mode: strict }
`;
const withSecret = `${publicConfigText}${overrides}    turn_shared_secret: ${secret}\n    email:\n      smtp_pass: ${secret}\n`;

describe(`of mutated files (MUTATION_SEED=${seed})`, () => {
  test('500 of matrix.yaml must each be planned or explained, and nothing written', async () => {
    const { directory, world, run } = await newHost();
    const files = mutants(
      [
        localConfigText,
        localConfigText + overrides.replace('synapse:\n', ''),
        publicConfigText + overrides,
        withSecret,
      ],
      500,
      seed,
    );
    const codes = await expectWellBehaved(files, async (file) => {
      await writeFile(join(directory, 'matrix.yaml'), file);
      const before = await contentsOf(directory);
      const result = await run('plan');
      const after = await contentsOf(directory);
      return { result, wrote: JSON.stringify(after) !== JSON.stringify(before) || world.log.length > 0 };
    });
    expect(codes).toContain(ExitCode.configuration);
    expect(codes.size).toBeGreaterThan(1);
  });

  test('300 of a CSV file must each make users or be explained', async () => {
    const { directory, world, run } = await installedHost();
    const path = join(directory, 'users.csv');
    const rows = `bob,${secret},no,Bob B.,b@example.org\ncarol,"${secret}, too",yes,"C. ""C""",\ndave,,,,\n`;
    const header = 'name,password,admin,display_name,email\n';
    const originals = [header + rows, rows, (header + rows).replaceAll(',', ';')];
    const codes = await expectWellBehaved(mutants(originals, 300, seed), async (file) => {
      await writeFile(path, file, { mode: 0o600 });
      const before = [await contentsOf(directory), [...world.users.keys()]];
      const result = await run('add-user --from users.csv --exists-ok');
      const after = [await contentsOf(directory), [...world.users.keys()]];
      const isRefused = result.exitCode === ExitCode.usage;
      return { result, wrote: isRefused && JSON.stringify(after) !== JSON.stringify(before) };
    });
    expect(codes).toContain(ExitCode.usage);
    expect(codes).toContain(ExitCode.success);
  });

  test('200 of an answers file must each be taken or explained', async () => {
    const { world } = await newHost();
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'password'), `${secret}\n`, { mode: 0o600 });
    const shared = 'admin: ann\nstart: false\npassword_file: password\nskip_checks: [disk]\n';
    const originals = [
      `server_name: "localhost"\nlocal: true\n${shared}`,
      `server_name: example.org\nhost: matrix.example.org\ndelegation: well-known\nemail: "none"\n${shared}`,
    ];
    let count = 0;
    const codes = await expectWellBehaved(mutants(originals, 200, seed), async (file) => {
      const deployment = join(directory, `deployment-${count++}`);
      await mkdir(deployment);
      await writeFile(join(directory, 'answers.yaml'), file);
      const argv = ['init', '--yes', '--answers', 'answers.yaml', '--dir', deployment, '--no-start'];
      const result = await runCommand(world, argv, { workingDirectory: directory });
      const isRefused = result.exitCode === ExitCode.usage || result.exitCode === ExitCode.configuration;
      return { result, wrote: isRefused && (await readdir(deployment)).length > 0 };
    });
    expect(codes).toContain(ExitCode.success);
    expect(codes).toContain(ExitCode.configuration);
  });
});

const keys = (indent: string) =>
  Array.from({ length: 100_000 }, (_, index) => `${indent}k${index}: 1`).join('\n');

describe('a matrix.yaml that is there to be endless', () => {
  test.each([
    ['100,000 settings', `${publicConfigText}${keys('')}`],
    ['100,000 options', `${publicConfigText}synapse:\n  overrides:\n${keys('    ')}`],
    [
      'as many options as are read',
      `${publicConfigText}synapse:\n  overrides:\n${keys('    ').slice(0, 250_000)}`,
    ],
    ['as many settings as are read', `${publicConfigText}${keys('').slice(0, 250_000)}`],
    ['a line of a million characters', `${publicConfigText}x: ${'y'.repeat(1_000_000)}`],
    ['a name of 100,000 characters', `${publicConfigText}${'y'.repeat(100_000)}: 1`],
    ['lists in lists', `${publicConfigText}x: ${'['.repeat(100_000)}`],
    ['maps in maps', `${publicConfigText}x: ${'{a: '.repeat(20_000)}`],
    ['aliases of aliases', `${publicConfigText}${aliasBomb}`],
    ['the same setting', `${publicConfigText}${'host: a.example.org\n'.repeat(10_000)}`],
  ])('must be refused in a few lines, and soon: %s', async (_title, text) => {
    const { run, write } = await newHost();
    await write('matrix.yaml', text);
    const before = process.cpuUsage();
    const { exitCode, stderr } = await run('plan');
    const { user, system } = process.cpuUsage(before);
    expect(exitCode).toBe(ExitCode.configuration);
    expect(stderr.split('\n').length).toBeLessThan(150);
    expect(stderr.length).toBeLessThan(20_000);
    // Of a processor's time: others may be at work beside it.
    expect((user + system) / 1e6).toBeLessThan(4);
  });
});
