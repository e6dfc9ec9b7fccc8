import type { Readable } from 'node:stream';
import { PreflightError, UsageError } from '../errors.ts';
import { quotedWord } from '../shell-word.ts';
import { inherited, type ProgramResult, runProgram } from './child-process.ts';
import { lastLines } from './text.ts';

/** Another host, on which commands are run as root. */
export interface RemoteHost {
  /** As the operator names it. */
  readonly name: string;
  /** The same host. This signal ends its commands, in place of the one with which it was opened. */
  until(signal: AbortSignal): RemoteHost;
  /**
   * Runs a shell script with these arguments until it ends, with any exit code.
   *
   * @throws PreflightError if ssh itself fails; CancelledError when interrupted: the script may then continue there
   */
  run(script: string, args?: readonly string[], session?: RemoteSession): Promise<ProgramResult>;
  /** The host's name or address after ssh has applied its configuration. */
  hostName(): Promise<string>;
}

interface RemoteSession {
  /** All of the script's standard input; nothing when absent. */
  readonly input?: string | Readable;
  /** Called with each line that the script writes to standard error. */
  onError?(line: string): void;
}

export interface SshSettings {
  /** What ssh understands: a name, user@name, or a `Host` of ssh_config(5). */
  readonly host: string;
  /** Options of ssh_config(5), such as `Port=2222`. */
  readonly options: readonly string[];
  /** Environment of this program, by which ssh finds the operator's agent. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends running commands. */
  readonly signal: AbortSignal;
}

/** Exit code of ssh if ssh itself has failed (ssh(1), "EXIT STATUS"). */
const sshFailed = 255;

/** Nobody is asked for a password; a connection that is dead is noticed within a minute. */
const defaults = [
  'BatchMode=yes',
  'ConnectTimeout=15',
  'ServerAliveInterval=15',
  'ServerAliveCountMax=4',
] as const;

/** Directories of system programs that PATH may not have in a login without a terminal. */
const path = 'PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin';

/**
 * Reaches a host by the system's ssh, with the operator's own configuration, keys and agent.
 *
 * @throws UsageError if the host's name is invalid; PreflightError if the login fails, or the user cannot become root
 */
export async function openRemoteHost(settings: SshSettings): Promise<RemoteHost> {
  const { host } = settings;
  if (host === '' || host.startsWith('-') || /[\s\p{Cc}]/u.test(host)) {
    throw new UsageError(`${JSON.stringify(host)} is not a hostname`, {
      code: 'usage.host',
      hint: 'Name it as for ssh: matrix-deploy move root@203.0.113.5.',
    });
  }
  return remoteHost(settings, await becomeRoot(settings));
}

function remoteHost(settings: SshSettings, privilege: string): RemoteHost {
  const { host } = settings;
  return {
    name: host,
    until: (signal) => remoteHost({ ...settings, signal }, privilege),
    run: (script, args = [], session = {}) => runOver(settings, privilege, { script, args, session }),
    async hostName() {
      const { stdout } = await ssh(settings, ['-G'], [host]);
      return /^hostname (.+)$/m.exec(stdout)?.[1] ?? host;
    },
  };
}

/** @returns the prefix with which a command there runs as root */
async function becomeRoot(settings: SshSettings): Promise<string> {
  const script = 'if [ "$(id -u)" = 0 ]; then echo root; else sudo -n true && echo sudo; fi';
  const { stdout, output } = await runOver(settings, '', { script, args: [], session: {} });
  const answer = stdout.trim().split('\n').at(-1);
  if (answer === 'root') return '';
  if (answer === 'sudo') return 'sudo -n ';
  throw new PreflightError(
    `the user on ${settings.host} is not root, and \`sudo -n\` does not make it root`,
    {
      code: 'ssh.root',
      details: lastLines(output),
      hint: 'Nothing was done there. Name root (root@host), or let this user run sudo without a password.',
    },
  );
}

interface RemoteCommand {
  readonly script: string;
  readonly args: readonly string[];
  readonly session: RemoteSession;
}

async function runOver(
  settings: SshSettings,
  privilege: string,
  { script, args, session }: RemoteCommand,
): Promise<ProgramResult> {
  const words = ['sh', '-euc', `${path}\n${script}`, 'sh', ...args].map(quotedWord);
  const result = await ssh(settings, ['-T'], [settings.host, privilege + words.join(' ')], session);
  if (result.exitCode === sshFailed) throw unreachable(settings, result);
  return result;
}

async function ssh(
  { options, environment, signal }: SshSettings,
  flags: readonly string[],
  words: readonly string[],
  { input, onError }: RemoteSession = {},
): Promise<ProgramResult> {
  const set = [...options, ...defaults].flatMap((option) => ['-o', option]);
  const result = await runProgram('ssh', [...flags, ...set, '--', ...words], {
    environment: inherited(environment, ['SSH_AUTH_SOCK', 'USER', 'LOGNAME']),
    bounds: { signal },
    ...(input === undefined ? {} : { input }),
    ...(onError === undefined ? {} : { onError }),
  });
  if (result.isMissing) {
    throw new PreflightError('the ssh command was not found', {
      code: 'ssh.missing',
      hint: 'Install it: apt-get install openssh-client.',
    });
  }
  if (result.stopped !== undefined) throw result.stopped;
  return result;
}

function unreachable({ host }: SshSettings, { output }: ProgramResult): PreflightError {
  return new PreflightError(`ssh does not reach ${host}, or is refused`, {
    code: 'ssh.failed',
    details: lastLines(output),
    hint: `Try \`ssh ${quotedWord(host)} true\` as this user: it must end without a question. A key with a passphrase needs ssh-agent, a new host its key in known_hosts; passwords are not asked for.`,
  });
}
