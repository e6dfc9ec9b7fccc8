import { join } from 'node:path';
import { execa } from 'execa';
import { run } from './command.ts';

/** The checkout that this file is part of. */
export const projectRoot = join(import.meta.dirname, '../..');

/** Compiles the product into `dist`, as `npm run build` does. */
export async function buildProduct(): Promise<void> {
  const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', join(projectRoot, 'tsconfig.build.json')], {
    timeoutSeconds: 300,
  });
}

/**
 * Runs the built product with this process's own terminal.
 * @throws when it fails; it has then said why itself
 */
export async function runProduct(args: readonly string[]): Promise<void> {
  const bin = join(projectRoot, 'bin/matrix-deploy.js');
  const { exitCode } = await execa(process.execPath, [bin, ...args], { stdio: 'inherit', reject: false });
  if (exitCode !== 0) throw new Error(`matrix-deploy ${args[0]} ended with exit code ${exitCode}`);
}
