import { join } from 'node:path';
import { checkout } from '../../lab/machine.ts';
import type { Deployment } from './deployment.ts';

const mortal = join(checkout.onMachines, 'test/e2e/support/mortal.mjs');

/** What a shell says of a program that SIGKILL has ended. */
const killed = 137;

/**
 * Runs a command of matrix-deploy again and again until it succeeds. Each run dies, as by `kill -9`, right before the first of its
 * effects (a file gets its name, something is asked of the engine, a program is started) that no run before has died at: what the
 * command does is found out, not listed here.
 *
 * @param known what need not be died before, as earlier deaths have told
 * @param among which effects are died before, one at least; all when absent
 * @returns after each death, what was not done
 */
export async function* deaths(
  deployment: Deployment,
  argv: readonly string[],
  { known = [], among }: { known?: readonly string[]; among?: RegExp } = {},
): AsyncGenerator<string> {
  const { host } = deployment;
  const record = await host.run(['mktemp']);
  await host.writeFile(record, known.map((effect) => `${effect}\n`).join(''));
  const env = {
    NODE_OPTIONS: `--import ${mortal}`,
    DEATHS: record,
    ...(among === undefined ? {} : { DEATHS_AMONG: among.source }),
  };
  for (let isFirst = true; ; isFirst = false) {
    const { exitCode, stderr } = await host.exec(deployment.command(...argv), { env });
    if (exitCode === 0 && isFirst && among !== undefined)
      throw new Error(`${argv.join(' ')} had none of the effects ${among}`);
    if (exitCode === 0) return;
    if (exitCode !== killed) throw new Error(`${argv.join(' ')} ended with ${exitCode}:\n${stderr}`);
    yield host.run(['tail', '-n', '1', record]);
  }
}
