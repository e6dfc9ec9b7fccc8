import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProduct, projectRoot } from '../lab/product.ts';

beforeAll(buildProduct, 300_000);

async function program(...argv: string[]): Promise<string> {
  const bin = join(projectRoot, 'bin/matrix-deploy.cjs');
  const { stdout } = await execa(process.execPath, [bin, ...argv]);
  return stdout;
}

// Before the program is loaded, and after.
test.each([
  ['--help', 'help'],
  ['--version', '-V'],
])(
  '%s must answer what %s answers',
  async (early, late) => {
    expect(await program(early)).toBe(await program(late));
  },
  30_000,
);

describe('what is published', () => {
  let directory: string;
  const installed = () => join(directory, 'node_modules');

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'matrix-deploy-package-'));
    const pack = ['--import', 'tsx', 'packaging/pack.ts', directory];
    const { stdout } = await execa(process.execPath, pack, { cwd: projectRoot });
    await execa('npm', ['install', '--offline', '--prefix', directory, join(directory, stdout.trim())]);
  }, 120_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('must need no other package', async () => {
    const names = await readdir(installed());
    expect(names.filter((name) => !name.startsWith('.'))).toEqual(['matrix-deploy']);
  });

  test('must run without them, up to the schema of matrix.yaml and the templates', async () => {
    const bin = join(installed(), '.bin/matrix-deploy');
    const site = ['--dir', join(directory, 'site')];
    const init = ['init', '--local', '--yes', '--no-start', '--server-name', '192.0.2.1', ...site];
    const { exitCode, stderr } = await execa(bin, init, { reject: false });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('--server-name') });
  });

  test('must bring the licence of everything that is joined, and name it in its bill of materials', async () => {
    const dist = join(installed(), 'matrix-deploy/dist');
    const licences = await readFile(join(dist, 'LICENSES.txt'), 'utf8');
    const { components } = JSON.parse(await readFile(join(dist, 'sbom.cdx.json'), 'utf8'));
    const named = components.map(({ name, version }: Record<string, string>) => `${name} ${version}`);
    const licensed = [...licences.matchAll(/^(\S+ \d+\.\d+\.\d+\S*): [\w.-]+$/gm)].map(([, each]) => each);
    expect(licensed.sort()).toEqual(named.sort());
    expect(named).toContainEqual(expect.stringMatching(/^zod /));
    expect(named).not.toContainEqual(expect.stringMatching(/^ssh2 /));
  });
});
