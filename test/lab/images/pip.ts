import { run } from '../command.ts';
import { installPackages } from '../engine/apt.ts';
import { architecture } from './archive.ts';

const machine: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64' };

/** Debian 12's. */
export const pythonVersion = '3.11';

// The C libraries that a wheel may ask for on Debian 12, whose own is 2.36.
const platforms = ['manylinux2014', 'manylinux_2_17', 'manylinux_2_28', 'manylinux_2_34'];

/**
 * Installs wheels, and all that they depend on, into a directory, for Debian 12's Python whatever Python runs pip.
 * Asks the index that this machine's own pip is set up for.
 */
export async function installWheels(
  requirements: readonly string[],
  target: string,
  { dependencies = true } = {},
): Promise<void> {
  const options = [
    ...platforms.map((platform) => `--platform=${platform}_${machine[architecture()]}`),
    `--python-version=${pythonVersion}`,
    '--implementation=cp',
    '--only-binary=:all:',
    '--no-compile',
    '--quiet',
    '--root-user-action=ignore',
    ...(dependencies ? [] : ['--no-deps']),
  ];
  await run(
    await pythonWithPip(),
    ['-m', 'pip', 'install', ...options, `--target=${target}`, ...requirements],
    {
      timeoutSeconds: 900,
    },
  );
}

async function pythonWithPip(): Promise<string> {
  const works = await run('python3', ['-m', 'pip', '--version']).catch(() => undefined);
  if (works === undefined) await installPackages(['python3-pip']);
  return works === undefined ? '/usr/bin/python3' : 'python3';
}
