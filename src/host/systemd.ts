import { exists } from './files.ts';

/** What systemd knows, where it runs. */
export interface Systemd {
  /**
   * How a unit is set up to start at boot, in the words of `systemctl is-enabled`, such as `enabled`, `disabled` and
   * `masked`; `undefined` where there is no systemd.
   */
  unitFileState(unit: string): Promise<string | undefined>;
  /** Whether the clock is synchronized by the network; `undefined` if systemd cannot tell. */
  isClockSynchronized(): Promise<boolean | undefined>;
  /** A property of a unit (org.freedesktop.systemd1(5)), with times in UTC; `undefined` where there is no systemd. */
  unitProperty(unit: string, property: string): Promise<string | undefined>;
  /** Runs a command of `systemctl` that changes something; `undefined` where there is no systemd. */
  systemctl(...args: string[]): Promise<{ readonly isDone: boolean; readonly output: string } | undefined>;
}

/** How long systemd may take to answer, and to change something. */
const patienceSeconds = 3;
const changeSeconds = 60;

/** @param environment of this program; child processes get a part of it */
export function systemdWith(environment: Readonly<Record<string, string | undefined>>): Systemd {
  const run = async (program: string, args: readonly string[], seconds: number) => {
    // sd_booted(3)
    if (!(await exists('/run/systemd/system'))) {
      return undefined;
    }
    const { inherited, runProgram } = await import('./child-process.ts');
    return runProgram(program, args, {
      environment: { ...inherited(environment), LC_ALL: 'C', TZ: 'UTC' },
      bounds: { within: seconds * 1000 },
    });
  };
  const ask = async (program: string, ...args: string[]): Promise<string | undefined> => {
    const result = await run(program, args, patienceSeconds);
    return result?.exitCode === undefined ? undefined : result.stdout.trim();
  };
  return {
    unitFileState: (unit) => ask('systemctl', 'is-enabled', unit),
    async isClockSynchronized() {
      const answer = await ask('timedatectl', 'show', '--property=NTPSynchronized', '--value');
      return answer === undefined || answer === '' ? undefined : answer === 'yes';
    },
    unitProperty: (unit, property) => ask('systemctl', 'show', unit, `--property=${property}`, '--value'),
    async systemctl(...args) {
      const result = await run('systemctl', args, changeSeconds);
      return result && { isDone: result.exitCode === 0, output: result.output.trim() };
    },
  };
}
