import type { Engine } from '../docker/engine.ts';
import type { ObservedContainer, ObservedState } from '../plan/observed-state.ts';
import { wantedNetworks } from '../render/running.ts';
import type { SeenFacts } from '../stack/running.ts';
import type { Stack } from '../stack/stack.ts';

export type RunningReads = Pick<Engine, 'imageId' | 'running' | 'network' | 'limitsNotKept' | 'processors'>;

/** The observed facts of containers by ID, and those of what a stack's containers must have. */
type ObservedRunning = Pick<ObservedState, 'limitsNotKept' | 'processors' | 'networks' | 'imageIds'> & {
  readonly seen: Readonly<Record<string, SeenFacts>>;
};

/** Reads the facts of a stack's containers, and of the networks and images that they must have. */
export async function observeRunning(
  stack: Pick<Stack, 'project' | 'edge' | 'services'>,
  containers: readonly ObservedContainer[],
  engine: RunningReads,
): Promise<ObservedRunning> {
  const hasLimit = stack.services.some(({ cpus }) => cpus !== undefined);
  const [seen, networks, imageIds, processors] = await Promise.all([
    answersTo(
      containers.map(({ id }) => id),
      (id) => engine.running(id),
    ),
    answersTo(Object.keys(wantedNetworks(stack)), (name) => engine.network(name)),
    answersTo(
      stack.services.map(({ image }) => image),
      (image) => engine.imageId(image),
    ),
    hasLimit ? engine.processors() : undefined,
  ]);
  // A missing limit may be one that this host cannot enforce. Only then, the engine is asked for these.
  const isUnlimited = Object.values(seen).some(({ facts: { memory, processes, weight } }) =>
    [memory, processes, weight].some((limit) => limit.length === 0),
  );
  const limitsNotKept = isUnlimited ? await engine.limitsNotKept() : [];
  return { seen, networks, imageIds, processors, limitsNotKept };
}

/** The answers by key. A key without an answer is absent. */
async function answersTo<Value>(
  keys: readonly string[],
  ask: (key: string) => Promise<Value | undefined>,
): Promise<Record<string, Value>> {
  const answers: Record<string, Value> = {};
  await Promise.all(
    keys.map(async (key) => {
      const answer = await ask(key);
      if (answer !== undefined) {
        answers[key] = answer;
      }
    }),
  );
  return answers;
}
