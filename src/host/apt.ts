import { UserError } from '../errors.ts';

const deadlineSeconds = { update: 300, install: 900 };

/** Lines of apt and dpkg that tell how far they are. */
const progress = /^(Get:|Unpacking |Setting up )/;

/**
 * Installs packages of the distribution, as root would by hand. Nothing that is installed is removed for them.
 *
 * @param onProgress told what apt is doing, in its own words.
 * @throws UserError with apt's last words.
 */
export async function installPackages(
  packages: readonly string[],
  onProgress: (line: string) => void,
): Promise<void> {
  await aptGet(['update'], deadlineSeconds.update, onProgress);
  await aptGet(['install', '--yes', '--no-remove', ...packages], deadlineSeconds.install, onProgress);
}

async function aptGet(
  args: readonly [string, ...string[]],
  seconds: number,
  onProgress: (line: string) => void,
): Promise<void> {
  const { execa } = await import('execa');
  const running = execa('apt-get', ['-oDPkg::Lock::Timeout=120', ...args], {
    reject: false,
    stdin: 'ignore',
    // In a process group of its own, so that Ctrl-C reaches us alone: a half-installed package is worse than a wait.
    detached: true,
    all: true,
    timeout: seconds * 1000,
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
  for await (const line of running.iterable({ from: 'all' })) {
    if (progress.test(line)) {
      onProgress(line);
    }
  }
  const { exitCode, all, timedOut } = await running;
  if (exitCode !== 0) {
    const what = timedOut ? `did not end within ${seconds} seconds` : 'failed';
    throw new UserError(`apt-get ${args[0]} ${what}`, {
      code: 'host.apt',
      details: all.trimEnd().split('\n').slice(-10),
      hint: 'Mend that, or install Docker by hand: https://docs.docker.com/engine/install/',
    });
  }
}
