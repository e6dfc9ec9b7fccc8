import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import { throughDoors } from './cgroups.ts';

export interface ExecOptions {
  input?: string | Buffer;
  env?: Record<string, string>;
  cwd?: string;
  /** The command and all that it started in its process group are killed after this. 120 when absent. */
  timeoutSeconds?: number;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
  /** As a shell gives it: 128 and the signal's number for a program that a signal ended. */
  exitCode: number;
}

/** Where commands are to run: inside the namespaces of process `pid`, and under the limits of the cgroups behind `doors`. */
export interface Entrance {
  pid: number;
  doors: string[];
}

// $1 is the process to join; then the doors up to `--`, then the command. (nsenter joins the cgroup namespace, not the cgroup.)
const enterScript = `
  pid=$1; shift
  ${throughDoors}
  exec nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup --root --wd "$@"`;

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  // Node believes its own list of roots; everything else on a Debian machine believes this one.
  NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
};

/** Runs commands, reads and writes files, in a place that its subclass lets it into. */
export abstract class Executor {
  abstract readonly name: string;

  protected abstract entrance(): Promise<Entrance>;

  /** Runs a command to its end, whatever its exit code. Output is returned as it was written. */
  async exec(argv: string[], options: ExecOptions = {}): Promise<ExecResult> {
    const [program, ...args] = await this.#enter(argv, options);
    const child = execa(program, args, {
      reject: false,
      // The command leads a process group: the only way to reach it once nsenter has put it behind a PID namespace.
      detached: true,
      stripFinalNewline: false,
      input: options.input ?? '',
    });
    const seconds = options.timeoutSeconds ?? 120;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child.pid);
    }, seconds * 1000);
    const { stdout, stderr, exitCode, signal } = await child.finally(() => clearTimeout(timer));
    if (late)
      throw new Error(`${argv.join(' ')} on ${this.name}: not within ${seconds} s\n${stderr}${stdout}`);
    return {
      stdout,
      stderr,
      exitCode: exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]),
    };
  }

  /**
   * Runs a command that must succeed.
   * @returns its standard output without the white space around it
   */
  async run(argv: string[], options: ExecOptions = {}): Promise<string> {
    const { stdout, stderr, exitCode } = await this.exec(argv, options);
    if (exitCode !== 0)
      throw new Error(`${argv.join(' ')} on ${this.name}: exit code ${exitCode}\n${stderr}${stdout}`);
    return stdout.trim();
  }

  /** Starts a command and hands out its process, with pipes. Send signals with `signal`: the process itself is only the way in. */
  async spawn(
    argv: string[],
    options: Pick<ExecOptions, 'env' | 'cwd'> = {},
  ): Promise<ChildProcessWithoutNullStreams> {
    const [program, ...args] = await this.#enter(argv, options);
    return spawn(program, args, { detached: true });
  }

  /** Sends a signal to a command that `spawn` started. */
  async signal(command: Pick<ChildProcess, 'pid'>, signal: NodeJS.Signals): Promise<void> {
    const inside = await readFile(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8');
    for (const pid of inside.split(' ').filter(Boolean)) process.kill(Number(pid), signal);
  }

  /** Starts a program that goes on by itself; what it says goes to a file under /var/log that bears its name. */
  async start(argv: string[], options: Pick<ExecOptions, 'env' | 'cwd'> = {}): Promise<void> {
    const log = `/var/log/${basename(argv[0] ?? '')}.log`;
    await this.run(
      ['setsid', '--fork', 'sh', '-c', 'exec "$@" >>"$0" 2>&1 </dev/null', log, ...argv],
      options,
    );
  }

  /** Hands the terminal to a shell; resolves with the shell's exit code. */
  async shell(terminal = 'xterm'): Promise<number> {
    const [program, ...args] = await this.#enter(['bash', '-i'], { env: { TERM: terminal } });
    const { exitCode } = await execa(program, args, { stdio: 'inherit', reject: false });
    return exitCode ?? 1;
  }

  async readFile(path: string): Promise<string> {
    const { stdout, stderr, exitCode } = await this.exec(['cat', path]);
    if (exitCode !== 0) throw new Error(`${this.name}: ${stderr}`);
    return stdout;
  }

  /** Writes a file, making its directory where that is missing. */
  async writeFile(path: string, contents: string | Buffer, mode = '0644'): Promise<void> {
    const script = 'mkdir -p "$1" && cat >"$2" && chmod "$3" "$2"';
    await this.run(['sh', '-c', script, 'write', dirname(path), path, mode], { input: contents });
  }

  async exists(path: string): Promise<boolean> {
    return (await this.exec(['test', '-e', path])).exitCode === 0;
  }

  async #enter(argv: string[], { env = {}, cwd = '/root' }: ExecOptions): Promise<[string, ...string[]]> {
    const { pid, doors } = await this.entrance();
    const variables = Object.entries({ ...environment, ...env }).map(([name, value]) => `${name}=${value}`);
    const clean = ['env', '--ignore-environment', `--chdir=${cwd}`, ...variables];
    return ['sh', '-c', enterScript, 'enter', String(pid), ...doors, '--', ...clean, ...argv];
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
