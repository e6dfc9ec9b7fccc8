import type { Engine } from '../docker/engine.ts';
import type { ObservedContainer, ObservedState } from '../plan/observed-state.ts';
import { wantedNetworks } from '../render/running.ts';
import type { SeenFacts } from '../stack/running.ts';
import type { Stack } from '../stack/stack.ts';

export type RunningReads = Pick<Engine, 'imageId' | 'running' | 'network' | 'limitsNotKept' | 'processors'>;

/** What is seen of what runs: of each container by its ID, and of what they ought to have. */
type ObservedRunning = Pick<ObservedState, 'limitsNotKept' | 'processors' | 'networks' | 'imageIds'> & {
  readonly seen: Readonly<Record<string, SeenFacts>>;
};

/** Reads what the containers of a stack are while they run, and the networks and images that they ought to have. */
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
  // What is not limited may be what cannot be limited: only then that is asked.
  const isUnlimited = Object.values(seen).some(({ facts: { memory, processes, weight } }) =>
    [memory, processes, weight].some((limit) => limit.length === 0),
  );
  const limitsNotKept = isUnlimited ? await engine.limitsNotKept() : [];
  return { seen, networks, imageIds, processors, limitsNotKept };
}

/** By key, what is there. */
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
