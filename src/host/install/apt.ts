import { UserError } from '../../errors.ts';
import type { ProgramOptions } from '../child-process.ts';
import { lastLines } from '../text.ts';

/** In seconds. No signal ends apt, because a half-installed package is worse than a wait. */
const deadlines = { update: 300, install: 900 };

/** Waits for another apt that is running, for up to 120 seconds. */
const settings = ['-oDPkg::Lock::Timeout=120'];

type Environment = ProgramOptions['environment'];

/** Lines of apt and dpkg that tell how far they are. */
const progress = /^(Get:|Unpacking |Setting up )/;

/** apt-get on Debian and its derivatives, run as root. A failure is a UserError with the end of apt's output. */
export interface Apt {
  /** Updates the package lists. */
  update(): Promise<void>;
  /** Fails if packages cannot be installed; changes nothing. */
  simulate(packages: readonly string[]): Promise<void>;
  /** Installs packages. Nothing that is installed is removed for them. */
  install(packages: readonly string[]): Promise<void>;
}

/**
 * @param environment of this program; apt gets its proxy settings
 * @param onProgress called with the lines of apt that tell its progress
 */
export function aptWith(environment: Environment, onProgress: (line: string) => void): Apt {
  const onLine = (line: string) => {
    if (progress.test(line)) {
      onProgress(line);
    }
  };
  const options = (seconds: number) => ({ environment, onLine, bounds: { within: seconds * 1000 } });
  const install = ['install', '--yes', '--no-remove'] as const;
  return {
    update: () => aptGet(['update'], options(deadlines.update)),
    simulate: (packages) => aptGet([...install, '--simulate', ...packages], options(deadlines.update)),
    install: (packages) => aptGet([...install, ...packages], options(deadlines.install)),
  };
}

async function aptGet(args: readonly [string, ...string[]], options: ProgramOptions): Promise<void> {
  const { inherited, proxyVariables, runProgram } = await import('../child-process.ts');
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
      details: lastLines(output),
      hint: 'Fix that, or install Docker by hand: https://docs.docker.com/engine/install/',
    });
  }
}
