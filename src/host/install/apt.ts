import { UserError } from '../../errors.ts';
import type { ProgramOptions } from '../child-process.ts';
import { lastLines } from '../text.ts';

/** In seconds; without a signal, since a half-installed package is worse than a wait. */
const deadlines = { update: 300, install: 900 };

/** Another apt may be at work. */
const settings = ['-oDPkg::Lock::Timeout=120'];

type Environment = ProgramOptions['environment'];

/** Lines of apt and dpkg that tell how far they are. */
const progress = /^(Get:|Unpacking |Setting up )/;

/** The packages of Debian and its kin, as root has them by hand. What fails is a UserError with apt's last words. */
export interface Apt {
  /** Reads what the archives have. */
  update(): Promise<void>;
  /** Finds out whether packages can be installed; changes nothing. */
  simulate(packages: readonly string[]): Promise<void>;
  /** Installs packages. Nothing that is installed is removed for them. */
  install(packages: readonly string[]): Promise<void>;
}

/**
 * @param environment of this program: apt gets its proxies.
 * @param onProgress told what apt is doing, in its own words.
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
