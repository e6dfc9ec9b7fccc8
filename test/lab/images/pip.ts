import { run } from '../command.ts';
import { installPackages } from '../engine/apt.ts';
import { architecture } from './archive.ts';
import { pythonVersion } from './python.ts';

const machine: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64' };

// The C libraries that a wheel may ask for on Debian 13, whose own is 2.41.
const platforms = ['manylinux2014', 'manylinux_2_17', 'manylinux_2_28', 'manylinux_2_34', 'manylinux_2_39'];

/**
 * Installs wheels, and all that they depend on, into a directory, for the images' Python whatever Python runs pip.
 * Nothing is compiled to byte code. Asks the index that this machine's own pip is set up for.
 * @param options.wheels a directory of wheels that the index does not have
 */
export async function installWheels(
  requirements: readonly string[],
  target: string,
  { dependencies = true, wheels = '' } = {},
): Promise<void> {
  const options = [
    ...platforms.map((platform) => `--platform=${platform}_${machine[architecture()]}`),
    `--python-version=${pythonVersion}`,
    '--implementation=cp',
    '--only-binary=:all:',
    '--no-compile',
    '--root-user-action=ignore',
    ...(dependencies ? [] : ['--no-deps']),
    ...(wheels === '' ? [] : [`--find-links=${wheels}`]),
  ];
  await pip('install', [...options, `--target=${target}`, ...requirements]);
}

/** Makes wheels of projects that publish their source only, and have no compiled part. */
export async function buildWheels(requirements: readonly string[], target: string): Promise<void> {
  await pip('wheel', ['--no-deps', `--wheel-dir=${target}`, ...requirements]);
}

async function pip(command: string, args: readonly string[]): Promise<void> {
  await run(await pythonWithPip(), ['-m', 'pip', command, '--quiet', ...args], { timeoutSeconds: 900 });
}

async function pythonWithPip(): Promise<string> {
  const works = await run('python3', ['-m', 'pip', '--version']).catch(() => undefined);
  if (works === undefined) await installPackages(['python3-pip']);
  return works === undefined ? '/usr/bin/python3' : 'python3';
}
