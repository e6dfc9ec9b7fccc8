import type { ComponentRegistry } from './components/components.ts';
import type { Compose, ComposeSubject } from './docker/compose.ts';
import type { Engine } from './docker/engine.ts';
import type { Registry } from './docker/registry.ts';
import type { ExitCode } from './errors.ts';
import type { Clock } from './host/clock.ts';
import type { Machine } from './host/machine.ts';
import type { Network } from './host/network.ts';
import type { RandomBytes } from './secrets/generate.ts';

/** All side effects that a command may have. Functions take only the part that they use: `Pick<Context, …>`. */
export interface Context {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly processId: number;
  /** How this program was started: Node.js and the script, as absolute paths. */
  readonly program: readonly [string, string];
  /** All components that a stack can contain. */
  components(): Promise<ComponentRegistry>;
  /** This machine's own names, with and without its domain. */
  machineNames(): Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Fires at the first interrupt. */
  readonly interrupt: AbortSignal;
  /**
   * Runs an action to its end even if the terminal (SIGHUP) or the reader of the output (EPIPE) is lost. Outside such
   * an action, SIGHUP ends the run as an interrupt does.
   *
   * @param onLoss called on such a loss, possibly more than once
   */
  outliveTerminal<Result>(action: () => Promise<Result>, onLoss: () => void): Promise<Result>;
  /** Factor for the deadlines of all waits: above 1 on a slow machine, below 1 in tests; 1 when absent. */
  readonly patience?: number | undefined;
  /** Sets the exit code of the process for a run without an error. */
  setExitCode(code: ExitCode): void;
  /** @param interrupt ends the engine's calls; the run's own interrupt when absent */
  connectEngine(interrupt?: AbortSignal): Promise<Engine>;
  /** Only the engine's read calls that show whether anything has changed. They load little code and are fast. */
  openEngineReads(
    interrupt?: AbortSignal,
  ): Promise<Pick<Engine, 'containers' | 'fileMode' | 'running' | 'network'>>;
  openCompose(subject: Pick<ComposeSubject, 'directory' | 'project'>): Promise<Compose>;
  /** @param host an image registry, with its port where it has one */
  openRegistry(host: string): Promise<Pick<Registry, 'repository' | 'close'>>;
  /** The text of the public keys that may sign a release document: see releases/minisign.ts. */
  releaseKeys(): Promise<string>;
  /** Access to facts about this host, and to the network around it. */
  surroundings(): Promise<{ readonly machine: Machine; readonly network: Network }>;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

interface Input extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined;
}
