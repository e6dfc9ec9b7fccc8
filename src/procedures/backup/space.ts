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

/** What a backup will take, about. */
export interface Estimate {
  /** Of all that will be read. */
  readonly bytes: number;
  /** Of what the target will get, at most. */
  readonly newBytes: number;
  /** Where the target is; `undefined` on another machine. */
  readonly freeBytes: number | undefined;
  readonly seconds: number;
  /** Is the target on the disk that the data is on? */
  readonly isSameDisk: boolean;
}

type Ports = Pick<Context, 'surroundings' | 'interrupt' | 'patience'>;

/** Bytes a second of a first backup, verification included: of a slow disk, so that the estimate is kept. */
const firstPace = 20e6;
/** What a backup takes however little there is. */
const leastSeconds = 15;

/**
 * Estimates, by asking the services.
 *
 * @throws PreflightError where a service that is needed does not run
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
 * Refuses what certainly does not fit: indexes are not dumped and what is stored is compressed, so half of the estimate
 * is the least.
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
