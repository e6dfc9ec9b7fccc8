import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
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
