import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, UserError } from '../errors.ts';
import type { Bounds } from '../host/bounds.ts';
import { inherited, type ProgramResult, runProgram } from '../host/child-process.ts';
import { exists } from '../host/files.ts';
import { withTemporaryDirectory } from '../host/temporary-directory.ts';
import { composeFile } from '../layout.ts';
import { type EngineEndpoint, readClientSettings } from './endpoint.ts';
import type { EngineBounds } from './engine-bounds.ts';

/**
 * Docker Compose in a deployment directory: it creates the containers and networks that the rendered file defines.
 */
export interface Compose {
  /** The same Compose, whose commands end when this signal fires, in place of the signal that it was opened with. */
  until(signal: AbortSignal): Compose;
  version(): Promise<string>;
  /** Creates containers, with the networks that they need, and starts none. */
  create(services: readonly string[]): Promise<void>;
  /** Starts services, and creates what they lack; returns when they are started, not ready. */
  up(services: readonly string[]): Promise<void>;
  /** Like `up`, but with new containers even where Compose sees no reason for them. */
  recreate(services: readonly string[]): Promise<void>;
  /** Stops services and replaces their containers by new ones, which it does not start. */
  replace(services: readonly string[]): Promise<void>;
  /** Removes the containers and networks; what is mounted stays. */
  down(): Promise<void>;
}

/** What Compose works on. All of it is given, so that Compose looks for nothing by itself. */
export interface ComposeSubject extends EngineBounds {
  /** The deployment directory, absolute. */
  readonly directory: string;
  readonly project: string;
  /** Called only when Compose changes something. */
  engine(): Promise<EngineEndpoint>;
  /** The environment of this program. The adapter chooses which variables Compose gets. */
  readonly environment: Variables;
}

type Variables = Readonly<Record<string, string | undefined>>;
type Command = readonly [string, ...string[]];

/**
 * How long Compose may take, in seconds. It neither pulls images nor waits for healthy services. `silence` is the
 * longest time without output: Compose prints a line for each container that it creates.
 */
const limits = { within: 300, silence: 60, version: 30, graceAfterInterrupt: 15 } as const;

/** The plan decides which containers are created, and from which images. */
const asPlanned = ['--no-deps', '--no-build', '--pull=never'];

export function dockerCompose(subject: ComposeSubject): Compose {
  const { directory, project, signal, patience = 1 } = subject;
  const milliseconds = (name: keyof typeof limits) => limits[name] * 1000 * patience;
  const reading: Bounds = { within: milliseconds('version'), signal };
  const changing: Bounds = {
    within: milliseconds('within'),
    silence: milliseconds('silence'),
    signal,
    grace: limits.graceAfterInterrupt * 1000,
  };
  // Given explicitly: otherwise COMPOSE_ variables, a .env file and override files decide.
  const ours = [
    ...['--project-directory', directory],
    ...['--project-name', project],
    ...['--file', join(directory, composeFile)],
    ...['--env-file', '/dev/null'],
  ];
  const run = (about: readonly string[], [verb, ...args]: Command, variables: Variables = {}) =>
    withSettings(subject, async (settings) => {
      const result = await runProgram('docker', ['compose', ...about, verb, ...args], {
        environment: { ...inherited(subject.environment), DOCKER_CONFIG: settings, ...variables },
        bounds: about === ours ? changing : reading,
      });
      refuseFailed(result, verb);
      return result.stdout;
    });
  const converge = async (...args: Command) => {
    const { socketPath } = await subject.engine();
    await run(ours, args, {
      DOCKER_HOST: `unix://${socketPath}`,
      COMPOSE_PROGRESS: 'plain',
      COMPOSE_ANSI: 'never',
    });
  };
  return {
    until: (other) => dockerCompose({ ...subject, signal: other }),
    version: async () => (await run([], ['version', '--short'])).trim().replace(/^v/, ''),
    create: (services) => converge('up', '--no-start', ...asPlanned, ...services),
    up: (services) => converge('up', '--detach', ...asPlanned, ...services),
    recreate: (services) => converge('up', '--detach', '--force-recreate', ...asPlanned, ...services),
    replace: (services) => converge('up', '--no-start', '--force-recreate', ...asPlanned, ...services),
    down: () => converge('down', '--remove-orphans'),
  };
}

function refuseFailed({ isMissing, stopped, exitCode, output }: ProgramResult, verb: string): void {
  if (isMissing) {
    throw new UserError('the docker command was not found', {
      code: 'docker.missing',
      hint: 'Install Docker Engine with its Compose plugin: https://docs.docker.com/engine/install/',
    });
  }
  if (stopped instanceof CancelledError) {
    throw stopped;
  }
  if (exitCode !== 0) {
    throw new UserError(
      `docker compose ${verb} failed${stopped === undefined ? '' : `: ${stopped.message}`}`,
      {
        code: 'docker.compose',
        details: output.split('\n').slice(-15),
        hint: 'Nothing is lost: run the command again when the cause above is fixed.',
      },
    );
  }
}

/**
 * A directory that does not exist and that nobody can create: without settings, the docker command takes its
 * defaults.
 */
const noSettings = '/proc/no-settings-of-docker';

/**
 * Calls `run` with settings for the docker command that name its plugin directories and nothing else: its user's own
 * settings may name proxies, which Compose would put into every container.
 *
 * @param run gets the directory with the settings.
 */
async function withSettings<Result>(
  { environment }: ComposeSubject,
  run: (directory: string) => Promise<Result>,
): Promise<Result> {
  const { pluginDirectories } = await readClientSettings(environment);
  const directories = await Promise.all(
    pluginDirectories.map(async (one) => ((await exists(one)) ? [one] : [])),
  );
  if (directories.flat().length === 0) {
    return run(noSettings);
  }
  return withTemporaryDirectory(async (directory) => {
    const settings = { cliPluginsExtraDirs: directories.flat() };
    await writeFile(join(directory, 'config.json'), JSON.stringify(settings));
    return run(directory);
  });
}
