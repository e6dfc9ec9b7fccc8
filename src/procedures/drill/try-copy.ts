import type { Trial } from '../../components/questions.ts';
import type { Compose } from '../../docker/compose.ts';
import type { Engine } from '../../docker/engine.ts';
import { BackupError } from '../../errors.ts';
import { interrupted } from '../../host/bounds.ts';
import type { Clock } from '../../host/clock.ts';
import { lastLines } from '../../host/text.ts';
import { readTemplate } from '../../render/template.ts';
import { hasEnded, networkName } from '../../stack/running.ts';
import type { Stack } from '../../stack/stack.ts';

/** A copy that is tested, and what its tests need. */
export interface Copy {
  readonly stack: Stack;
  readonly engine: Engine;
  /** Compose for the directory of the copy. */
  readonly compose: Compose;
  readonly clock: Clock;
  readonly interrupt: AbortSignal;
  readonly patience: number;
}

/** The result of one test of a copy. */
export interface Check {
  readonly ok: boolean;
  readonly found: string;
}

const startSeconds = 900;
const pauseMilliseconds = 200;

/**
 * Starts a copy, and waits until each of its services is healthy.
 *
 * @throws BackupError if the engine has not isolated it, which is checked before anything runs; if it does not start
 */
export async function startCopy(copy: Copy): Promise<void> {
  const { stack, engine, compose } = copy;
  const names = stack.services.map(({ name }) => name);
  for (const { image } of stack.services) {
    if ((await engine.imageId(image)) === undefined) await engine.pull(image);
  }
  await compose.create(names);
  await refuseOpen(copy);
  await compose.up(names);
  for (const { name, health } of stack.services) await becomesHealthy(copy, name, health);
}

async function refuseOpen({ stack, engine }: Copy): Promise<void> {
  const networks = new Set(stack.services.flatMap((service) => service.networks));
  for (const name of networks) {
    const network = await engine.network(networkName(stack.project, name));
    if (network?.isInternal !== true || network.hasHost) {
      throw new BackupError(`the network ${name} of the copy has a way out`, {
        code: 'drill.network',
        hint: 'Nothing was started. Docker does not make internal networks here as it should.',
      });
    }
  }
}

async function becomesHealthy(copy: Copy, service: string, command: readonly string[]): Promise<void> {
  const { engine, clock, interrupt, patience } = copy;
  const id = await containerOf(copy, service);
  const end = clock.now().getTime() + startSeconds * 1000 * patience;
  for (;;) {
    if ((await engine.exec(id, { command })).exitCode === 0) return;
    const { state, exitCode } = await engine.inspect(id);
    const isLate = clock.now().getTime() > end;
    if (hasEnded(state) || isLate) {
      throw new BackupError(
        `the copy of ${service} ${isLate ? `did not work within ${startSeconds} s` : `ended with ${exitCode}`}`,
        { code: 'drill.start', details: await engine.logs(id, 15) },
      );
    }
    await clock.sleep(pauseMilliseconds, interrupt).catch(() => {
      throw interrupted();
    });
  }
}

/** Runs the trials of all components. */
export async function tryCopy(copy: Copy): Promise<Check[]> {
  const checks: Check[] = [];
  for (const trial of copy.stack.trials) checks.push(...(await runTrial(copy, trial)));
  return checks;
}

async function runTrial(copy: Copy, { service, command, template }: Trial): Promise<Check[]> {
  const id = await containerOf(copy, service);
  const { exitCode, stdout, stderr } = await copy.engine.exec(id, { command, input: readTemplate(template) });
  const checks = parseChecks(stdout);
  if (exitCode !== 0 || checks.length === 0) {
    throw new BackupError(`the copy of ${service} could not be tried`, {
      code: 'drill.trial',
      details: [...checks.map(({ found }) => found), ...lastLines(stderr)],
    });
  }
  return checks;
}

/** Parses the lines `ok …` and `wrong …`; other lines are ignored. */
export function parseChecks(text: string): Check[] {
  return text.split('\n').flatMap((line) => {
    const [, verdict, found] = /^(ok|wrong) (.*)$/.exec(line) ?? [];
    return found === undefined ? [] : [{ ok: verdict === 'ok', found }];
  });
}

async function containerOf({ engine, stack }: Copy, service: string): Promise<string> {
  const found = (await engine.containers(stack.project)).find((one) => one.service === service);
  if (found === undefined) {
    throw new BackupError(`the copy has no container of ${service}`, { code: 'drill.start' });
  }
  return found.id;
}
