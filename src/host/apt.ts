import { UserError } from '../errors.ts';
import type { ProgramOptions } from './child-process.ts';

/** In seconds; without a signal, since a half-installed package is worse than a wait. */
const deadlines = { update: 300, install: 900 };

/** Another apt may be at work. */
const settings = ['-oDPkg::Lock::Timeout=120'];

type Environment = ProgramOptions['environment'];

/** Lines of apt and dpkg that tell how far they are. */
const progress = /^(Get:|Unpacking |Setting up )/;

/**
 * Installs packages of the distribution, as root would by hand. Nothing that is installed is removed for them.
 *
 * @param environment of this program: apt gets its proxies.
 * @param onProgress told what apt is doing, in its own words.
 * @throws UserError with apt's last words.
 */
export async function installPackages(
  packages: readonly string[],
  environment: Environment,
  onProgress: (line: string) => void,
): Promise<void> {
  const onLine = (line: string) => {
    if (progress.test(line)) {
      onProgress(line);
    }
  };
  const options = { environment, onLine };
  await aptGet(['update'], { ...options, bounds: { within: deadlines.update * 1000 } });
  await aptGet(['install', '--yes', '--no-remove', ...packages], {
    ...options,
    bounds: { within: deadlines.install * 1000 },
  });
}

async function aptGet(args: readonly [string, ...string[]], options: ProgramOptions): Promise<void> {
  const { inherited, proxyVariables, runProgram } = await import('./child-process.ts');
  const { exitCode, output, stopped } = await runProgram('apt-get', [...settings, ...args], {
    ...options,
    environment: {
      ...inherited(options.environment, proxyVariables),
      DEBIAN_FRONTEND: 'noninteractive',
      LC_ALL: 'C.UTF-8',
    },
  });
  if (exitCode !== 0) {
    const what = stopped === undefined ? 'failed' : `failed: ${stopped.message}`;
    throw new UserError(`apt-get ${args[0]} ${what}`, {
      code: 'host.apt',
      details: output.trimEnd().split('\n').slice(-10),
      hint: 'Fix that, or install Docker by hand: https://docs.docker.com/engine/install/',
    });
  }
}
