import type { ComponentRegistry } from './components/components.ts';
import type { Compose, ComposeSubject } from './docker/compose.ts';
import type { Engine } from './docker/engine.ts';
import type { Registry } from './docker/registry.ts';
import type { ExitCode } from './errors.ts';
import type { Clock } from './host/clock.ts';
import type { Machine } from './host/machine.ts';
import type { Network } from './host/network.ts';
import type { RandomBytes } from './secrets/generate.ts';

/** Everything that a command may touch. Functions take the slice that they use: `Pick<Context, …>`. */
export interface Context {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly processId: number;
  /** How this program was started: Node.js and the script, as absolute paths. */
  readonly program: readonly [string, string];
  /** Everything that a stack can contain. */
  components(): Promise<ComponentRegistry>;
  /** What this machine calls itself, with and without its domain. */
  machineNames(): Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Fires at the first interrupt. */
  readonly interrupt: AbortSignal;
  /**
   * Runs something to its end although the terminal is lost (SIGHUP), or the reader of its output (EPIPE): without
   * this, the first ends the run, as an interrupt does.
   *
   * @param onLoss told of it, maybe more than once
   */
  outliveTerminal<Result>(action: () => Promise<Result>, onLoss: () => void): Promise<Result>;
  /** What the deadlines of waits for others are multiplied by: more on a slow machine, less in tests; 1 when absent. */
  readonly patience?: number | undefined;
  /** What the process ends with when nothing fails. */
  setExitCode(code: ExitCode): void;
  /** @param interrupt ends its calls; the run's own interrupt when absent */
  connectEngine(interrupt?: AbortSignal): Promise<Engine>;
  /** The reads that tell whether anything has changed, at next to no cost. */
  openEngineReads(
    interrupt?: AbortSignal,
  ): Promise<Pick<Engine, 'containers' | 'fileMode' | 'running' | 'network'>>;
  openCompose(subject: Pick<ComposeSubject, 'directory' | 'project'>): Promise<Compose>;
  /** @param host an image registry, with its port where it has one */
  openRegistry(host: string): Promise<Pick<Registry, 'repository' | 'close'>>;
  /** The text of the public keys that may sign a release document: see releases/minisign.ts. */
  releaseKeys(): Promise<string>;
  /** What this host is and holds, and what the network around it answers. */
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
