import { exists } from './files.ts';

/** What systemd knows, where it runs. */
export interface Systemd {
  /**
   * How a unit is set up to start at boot, in the words of `systemctl is-enabled`: `enabled`, `disabled`, `masked` … `undefined`
   * where there is no systemd.
   */
  unitFileState(unit: string): Promise<string | undefined>;
  /** Does something keep the clock right? `undefined` where there is no systemd to ask. */
  isClockSynchronized(): Promise<boolean | undefined>;
}

/** How long it may take to answer. */
const patienceSeconds = 3;

/** @param environment of this program: what it starts is given a part of it. */
export function systemdWith(environment: Readonly<Record<string, string | undefined>>): Systemd {
  const ask = async (program: string, ...args: string[]): Promise<string | undefined> => {
    // sd_booted(3)
    if (!(await exists('/run/systemd/system'))) {
      return undefined;
    }
    const { inherited, runProgram } = await import('./child-process.ts');
    const { exitCode, stdout } = await runProgram(program, args, {
      environment: inherited(environment),
      bounds: { within: patienceSeconds * 1000 },
    });
    return exitCode === undefined ? undefined : stdout.trim();
  };
  return {
    unitFileState: (unit) => ask('systemctl', 'is-enabled', unit),
    async isClockSynchronized() {
      const answer = await ask('timedatectl', 'show', '--property=NTPSynchronized', '--value');
      return answer === undefined || answer === '' ? undefined : answer === 'yes';
    },
  };
}
