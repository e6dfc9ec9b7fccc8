import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { run } from './command.ts';
import { withLock } from './lock.ts';

/** The checkout that this file is part of. */
export const projectRoot = join(import.meta.dirname, '../..');

/**
 * Builds the product into `dist`, unless that is newer than all that it is made of. Test files that need it run side by
 * side: one builds, and the others wait, since a program whose files are replaced cannot be started.
 */
export async function buildProduct(): Promise<void> {
  if (await isBuilt()) return;
  await withLock(`build ${projectRoot}`, async () => {
    if (await isBuilt()) return;
    await run('npm', ['run', '--silent', '--prefix', projectRoot, 'build'], { timeoutSeconds: 300 });
  });
}

/** The build writes this file last. */
async function isBuilt(): Promise<boolean> {
  return (await changedAt(join(projectRoot, 'dist/help.txt'))) > (await newestSource());
}

async function newestSource(): Promise<number> {
  const directories = ['src', 'packaging'];
  const sources = directories.map((directory) => readdir(join(projectRoot, directory), { recursive: true }));
  const paths = [
    ...(await Promise.all(sources)).flatMap((names, index) =>
      names.map((name) => join(directories[index] ?? '', name)),
    ),
    'tsconfig.json',
    'tsconfig.build.json',
    'esbuild.config.mjs',
    'package.json',
    'package-lock.json',
  ];
  return Math.max(...(await Promise.all(paths.map((path) => changedAt(join(projectRoot, path))))));
}

/** In milliseconds since 1970; 0 when there is no such file. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/**
 * Runs the built product with this process's own terminal.
 * @throws when it fails; it has then said why itself
 */
export async function runProduct(args: readonly string[]): Promise<void> {
  const bin = join(projectRoot, 'bin/matrix-deploy.cjs');
  const { exitCode } = await execa(process.execPath, [bin, ...args], { stdio: 'inherit', reject: false });
  if (exitCode !== 0) throw new Error(`matrix-deploy ${args[0]} ended with exit code ${exitCode}`);
}
