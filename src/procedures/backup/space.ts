import type { SizeQuery } from '../../components/questions.ts';
import type { Context } from '../../context.ts';
import type { Engine } from '../../docker/engine.ts';
import { PreflightError } from '../../errors.ts';
import { deadline } from '../../host/bounds.ts';
import { amountOf } from '../../host/health/storage.ts';
import type { Stack } from '../../stack/stack.ts';
import type { RecordedTarget } from '../../state/backups.ts';
import { parseSizes } from '../status/sizes.ts';
import { isLocal, type NamedTarget } from './target.ts';

/** An estimate of what a backup takes. */
export interface Estimate {
  /** Bytes that are read. */
  readonly bytes: number;
  /** Bytes that the target gets, at most. */
  readonly newBytes: number;
  /** Free bytes where the target is; `undefined` for a target on another machine. */
  readonly freeBytes: number | undefined;
  readonly seconds: number;
  /** Whether the target is on the same disk as the data. */
  readonly isSameDisk: boolean;
}

type Ports = Pick<Context, 'surroundings' | 'interrupt' | 'patience'>;

/**
 * Bytes per second of a first backup, verification included, on a slow disk: most backups take less than estimated.
 */
const firstPace = 20e6;
/** Seconds that the smallest backup takes. */
const leastSeconds = 15;

/**
 * Estimates a backup, by asking the services for the sizes of their data.
 *
 * @throws PreflightError if one of these services does not run
 */
export async function estimate(
  context: Ports,
  { directory, stack, engine }: { directory: string; stack: Stack; engine: Engine },
  target: NamedTarget,
  known: RecordedTarget,
): Promise<Estimate> {
  const services = new Map((await engine.containers(stack.project)).map((one) => [one.service, one]));
  const ask = async ({ service, ask }: SizeQuery) => {
    const container = services.get(service);
    if (container?.state !== 'running') {
      throw new PreflightError(`${service} does not run`, {
        code: 'preflight.service',
        hint: 'See `matrix-deploy status`, then run the command again.',
      });
    }
    const asked = await engine.until(deadline(20, context)).exec(container.id, ask);
    return Object.values(parseSizes(asked.stdout)).reduce((sum, one) => sum + one, 0);
  };
  const databases = await sumOf(stack.dumps.map(({ size }) => ask(size)));
  const copies = await sumOf(
    stack.data.flatMap(({ saved }) =>
      saved.kind === 'copy' && saved.size !== undefined ? [ask(saved.size)] : [],
    ),
  );
  const { machine } = await context.surroundings();
  const here = await machine.space(directory);
  const there = isLocal(target) ? await machine.space(target.path) : undefined;
  const last = known.sets.at(-1);
  const bytes = databases + copies;
  const newBytes = last === undefined ? bytes : Math.min(bytes, databases + Math.max(0, bytes - last.bytes));
  const pace = last === undefined ? firstPace : Math.max(firstPace, last.bytes / Math.max(1, last.seconds));
  return {
    bytes,
    newBytes,
    freeBytes: isLocal(target) ? (there?.freeBytes ?? 0) : undefined,
    seconds: leastSeconds + bytes / pace,
    isSameDisk: isLocal(target) && there?.device === here?.device,
  };
}

/**
 * Refuses a backup that certainly does not fit. Half of the estimate is the least that it takes, since indexes are
 * not dumped and the stored data is compressed.
 *
 * @throws PreflightError
 */
export function refuseFull({ newBytes, freeBytes }: Estimate, { path }: NamedTarget): void {
  if (freeBytes !== undefined && freeBytes < newBytes / 2) {
    throw new PreflightError(`there is no room for a backup in ${path}`, {
      code: 'preflight.space',
      details: [`about ${amountOf(newBytes)} are needed, and ${amountOf(freeBytes)} are free`],
      hint: 'Nothing was changed. Free some space, or set another path in backup.targets in matrix.yaml.',
    });
  }
}

async function sumOf(asked: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(asked)).reduce((sum, one) => sum + one, 0);
}
