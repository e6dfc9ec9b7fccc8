import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cacheDirectory, cacheKey } from '../../src/components/data.ts';
import { exists } from '../../src/host/files.ts';
import type { Step } from '../samples.ts';
import { type TimedOptions, type TimedRun, timed } from '../timed.ts';
import type { Place, Workbench } from '../workbench.ts';

/** How a command of ours is run. */
export interface RunOptions extends Pick<TimedOptions, 'environment' | 'timeoutSeconds'> {
  /** The checkout, built, of the matrix-deploy that runs; this one when absent. */
  readonly checkout?: string | undefined;
}

const thisCheckout = join(import.meta.dirname, '../..');

/** The command line of a run of matrix-deploy. */
export function matrixDeploy(node: string, ...args: readonly string[]): string[] {
  return commandOf(thisCheckout, node, args);
}

function commandOf(checkout: string, node: string, args: readonly string[]): string[] {
  return [node, join(checkout, 'bin/matrix-deploy.cjs'), ...args];
}

/** Runs a command of matrix-deploy on the deployment at a place. */
export async function runOnPlace(
  { signal }: Pick<Workbench, 'signal'>,
  node: string,
  { directory }: Place,
  [command = '', ...flags]: readonly string[],
  { checkout = thisCheckout, environment = {}, timeoutSeconds = 900 }: RunOptions = {},
): Promise<TimedRun> {
  return timed(commandOf(checkout, node, [command, '--dir', directory, ...flags]), {
    signal,
    environment,
    timeoutSeconds,
  });
}

/** Brings up a server as a newcomer does, with one command. */
export async function initialise(
  bench: Workbench,
  node: string,
  place: Place,
  options: RunOptions = {},
): Promise<TimedRun> {
  const command = ['init', '--local', '--yes', '--server-name', place.serverName];
  return runOnPlace(bench, node, place, command, options);
}

/** Returns when what `init` began has ended: the byte code of the deployment's images is written. */
export async function untilCached(
  { signal }: Pick<Workbench, 'signal'>,
  { directory }: Pick<Place, 'directory'>,
): Promise<void> {
  const caches = join(directory, cacheDirectory);
  for (;;) {
    const names = await readdir(caches).catch(() => []);
    const written = await Promise.all(names.map((name) => exists(join(caches, name, cacheKey.file))));
    if (written.length > 0 && written.every(Boolean)) return;
    await setTimeout(200, undefined, { signal });
  }
}

/** The steps that a run of `init` told of: `done <step> (<seconds> s)`, written when the step ends. */
export function stepsOf(
  { lines, milliseconds }: TimedRun,
  { serverName }: Pick<Place, 'serverName'>,
): Step[] {
  const told = lines.flatMap(({ at, text }) => {
    const { name, seconds } = /^done (?<name>.*) \((?<seconds>[\d.]+) s\)$/.exec(text)?.groups ?? {};
    const start = Math.max(0, at - Number(seconds) * 1000);
    // Named alike in every round.
    return name === undefined ? [] : [{ name: name.replaceAll(serverName, 'the server'), start, end: at }];
  });
  const first = Math.min(milliseconds, ...told.map(({ start }) => start));
  const last = Math.max(0, ...told.map(({ end }) => end));
  return [
    { name: '(before the first step)', start: 0, end: first },
    ...told,
    { name: '(after the last step: the admin)', start: last, end: milliseconds },
  ];
}
