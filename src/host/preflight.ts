import type { Compose } from '../docker/compose.ts';
import type { Engine } from '../docker/engine.ts';
import { messageOf, PreflightError } from '../errors.ts';

/** Oldest engine and Compose that the stack runs on; earlier Compose does not know `--no-deps` with `--pull`. */
const oldest = { engine: [20, 10], compose: [2, 20] } as const;

/**
 * Looks whether the host can run a stack, before anything is written.
 *
 * @throws PreflightError with everything that is missing.
 */
export async function checkHost(
  engine: Pick<Engine, 'version'>,
  compose: Pick<Compose, 'version'>,
): Promise<void> {
  const findings = await Promise.all([
    finding('Docker Engine', oldest.engine, () => engine.version()),
    finding('Docker Compose', oldest.compose, () => compose.version()),
  ]);
  const details = findings.filter((line) => line !== undefined);
  if (details.length > 0) {
    throw new PreflightError('this host cannot run the stack yet; nothing was changed', {
      code: 'preflight.failed',
      details,
      hint: 'Install Docker Engine with its Compose plugin: https://docs.docker.com/engine/install/',
    });
  }
}

async function finding(
  name: string,
  floor: readonly [number, number],
  ask: () => Promise<string>,
): Promise<string | undefined> {
  try {
    const version = await ask();
    const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
    const old = major < floor[0] || (major === floor[0] && minor < floor[1]);
    return old ? `${name} ${version} is too old: ${floor.join('.')} is the oldest that works` : undefined;
  } catch (error) {
    return `${name} does not answer: ${messageOf(error)}`;
  }
}
