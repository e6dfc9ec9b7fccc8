import { join } from 'node:path';
import { waitUntil } from '../../lab/command.ts';
import type { ExecResult } from '../../lab/executor.ts';
import { checkout } from '../../lab/machine.ts';
import type { Deployment } from './deployment.ts';

const mortal = join(checkout.onMachines, 'test/e2e/support/mortal.mjs');

const preloaded = { NODE_OPTIONS: `--import ${mortal}` };

/** Which effects are died before at random, and again with the same seed: this share of them, from 0 to 1. */
export interface Drawn {
  readonly seed: string;
  readonly share: number;
}

/** What a shell says of a program that SIGKILL has ended. */
const killed = 137;

/**
 * Runs a command of matrix-deploy again and again until it succeeds. Each run dies, as by `kill -9`, right before the first of its
 * effects (a file gets its name, something is asked of the engine, a program is started) that no run before has died at: what the
 * command does is found out, not listed here.
 *
 * @param known what need not be died before, as earlier deaths have told
 * @param among which effects are died before, one at least; all when absent
 * @param drawn of those, at random; each repetition of an effect is then one of its own, and so is the moment at which a container
 *   has begun to work
 * @returns after each death, what was not done
 */
export async function* deaths(
  deployment: Deployment,
  argv: readonly string[],
  { known = [], among, drawn }: { known?: readonly string[]; among?: RegExp; drawn?: Drawn } = {},
): AsyncGenerator<string> {
  const { host } = deployment;
  const record = await host.run(['mktemp']);
  await host.writeFile(record, known.map((effect) => `${effect}\n`).join(''));
  const env = {
    ...preloaded,
    DEATHS: record,
    ...(among === undefined ? {} : { DEATHS_AMONG: among.source }),
    ...(drawn === undefined ? {} : { DEATHS_DRAWN: JSON.stringify(drawn) }),
  };
  for (let isFirst = true; ; isFirst = false) {
    const { exitCode, stderr } = await host.exec(deployment.command(...argv), { env, timeoutSeconds: 300 });
    if (exitCode === 0 && isFirst && among !== undefined && drawn === undefined)
      throw new Error(`${argv.join(' ')} had none of the effects ${among}`);
    if (exitCode === 0) return;
    if (exitCode !== killed) throw new Error(`${argv.join(' ')} ended with ${exitCode}:\n${stderr}`);
    yield host.run(['tail', '-n', '1', record]);
  }
}

/** Something that happens while a command runs, and when: right before the first of its effects of a kind. */
interface Happening {
  /** Which effects, as for `deaths`. */
  readonly before: RegExp;
  happen(): Promise<unknown>;
  /** Does the command go on meanwhile? Otherwise it waits until that is over. */
  readonly goesOn?: boolean;
  /** For the command's standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command of matrix-deploy, to which something happens.
 *
 * @returns how it ended
 * @throws when it ended before that
 */
export async function runWhile(
  deployment: Deployment,
  argv: readonly string[],
  { before, happen, goesOn = false, input = '', env = {} }: Happening,
): Promise<ExecResult> {
  const { host } = deployment;
  // Not on the disk, which may be full then.
  const waits = '/run/matrix-deploy-waits';
  const running = host.exec(deployment.command(...argv), {
    env: { ...env, ...preloaded, WAITS: waits, DEATHS_AMONG: before.source },
    ...{ input, timeoutSeconds: 300 },
  });
  const tooEarly = running.then(({ exitCode, stderr }) =>
    Promise.reject(new Error(`${argv.join(' ')} ended with ${exitCode} before ${before}:\n${stderr}`)),
  );
  tooEarly.catch(() => undefined);
  await Promise.race([waitUntil(`${before}`, () => host.exists(waits), { seconds: 200 }), tooEarly]);
  const goOn = () => host.run(['rm', waits]);
  try {
    if (goesOn) await goOn();
    await happen();
  } finally {
    if (!goesOn) await goOn();
  }
  return running;
}
