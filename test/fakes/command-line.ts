import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { reportFailure, runCommandLine } from '../../src/cli.ts';
import { components } from '../../src/components/components.ts';
import type { Context } from '../../src/context.ts';
import { ExitCode } from '../../src/errors.ts';
import type { Machine } from '../../src/host/machine.ts';
import type { Network } from '../../src/host/network.ts';
import { fakeClock } from './clock.ts';
import { fakeMachine, fakeNetwork } from './surroundings.ts';
import type { FakeWorld } from './world.ts';

export interface CommandResult {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** What of the host and its network is not as it should be. */
interface Surroundings {
  readonly machine: Partial<Machine>;
  readonly network: Partial<Network>;
}

interface Options {
  readonly workingDirectory: string;
  readonly interrupt?: AbortSignal;
  /** What is typed to questions is nowhere: without a terminal nothing may be asked. */
  readonly isTTY?: boolean;
  /** What comes through the standard input. */
  readonly input?: string;
  readonly environment?: Context['environment'];
  readonly machineNames?: readonly string[];
  /** What connecting to the engine does, when it is not just that. */
  readonly connectEngine?: Context['connectEngine'];
  /** What the command is to find in place of the fakes. */
  readonly ports?: Partial<Context>;
}

/** What a command may touch in a test, and what it has done with it. */
export function commandContext(
  world: Pick<FakeWorld, 'engine' | 'compose'> & Partial<Surroundings>,
  options: Options,
) {
  const { workingDirectory, interrupt = new AbortController().signal, isTTY = false } = options;
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    isTTY,
    write(text: string) {
      written[name] += text;
    },
  });
  const ended = { exitCode: ExitCode.success as ExitCode };
  const context: Context = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: Object.assign(Readable.from([options.input ?? '']), { isTTY }),
    environment: options.environment ?? {},
    workingDirectory,
    processId: process.pid,
    program: ['/usr/bin/node', '/usr/bin/matrix-deploy'],
    components: async () => components,
    machineNames: async () => options.machineNames ?? ['localhost'],
    clock: fakeClock(new Date()),
    random: (bytes) => randomBytes(bytes),
    interrupt,
    outliveTerminal: (action) => action(),
    setExitCode(code) {
      ended.exitCode = code;
    },
    connectEngine: options.connectEngine ?? (async () => world.engine),
    openEngineReads: async () => world.engine,
    openCompose: async ({ directory }) => world.compose(directory),
    openRegistry: async (host) => {
      throw new Error(`no registry here: ${host}`);
    },
    releaseKeys: async () => '',
    surroundings: async () => ({ machine: fakeMachine(world.machine), network: fakeNetwork(world.network) }),
    ...options.ports,
  };
  return { context, written, ended };
}

/** A command line in this process, on a fake host, as `main.ts` runs it on a real one. */
export async function runCommand(
  world: Parameters<typeof commandContext>[0],
  argv: readonly string[],
  options: Options,
): Promise<CommandResult> {
  const { context, written, ended } = commandContext(world, options);
  try {
    await runCommandLine(argv, context);
  } catch (error) {
    ended.exitCode = await reportFailure(error, argv, context);
  }
  return { ...ended, ...written };
}
