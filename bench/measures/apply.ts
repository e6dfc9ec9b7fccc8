import { initialise, runOnPlace, untilCached } from '../deployments/ours.ts';
import { type Comparison, interleaved } from '../samples.ts';
import { timed } from '../timed.ts';
import type { Place, Workbench } from '../workbench.ts';
import type { Measure, NodeRelease } from './measure.ts';

/** Nothing to do, twice: `apply` against `docker compose up -d`, in the same deployment. */
export const measureApply: Measure = (bench, { nodes, rounds = 15 }) =>
  bench.withPlace(async (place) => {
    await initialise(bench, nodes[0].program, place);
    // Until byte code is written, there is something to do.
    await untilCached(bench, place);
    const comparisons: Comparison[] = [];
    for (const node of nodes) {
      comparisons.push(await compare(bench, place, node, rounds));
      bench.say(`apply on ${node.version}: ${rounds} rounds`);
    }
    return { comparisons };
  });

async function compare(
  bench: Workbench,
  place: Place,
  node: NodeRelease,
  rounds: number,
): Promise<Comparison> {
  const { signal } = bench;
  const compose = ['docker', 'compose', 'up', '-d'];
  const sides = {
    ours: async () => (await runOnPlace(bench, node.program, place, ['apply'])).milliseconds,
    compose: async () => (await timed(compose, { signal, cwd: place.directory })).milliseconds,
  };
  // The first of each brings its files into the page cache.
  await interleaved(1, sides);
  const samples = await interleaved(rounds, sides);
  return {
    name: 'apply, nothing to do',
    unit: 'ms',
    node: node.version,
    ours: samples.ours,
    against: { name: compose.join(' '), samples: samples.compose },
    bar: { ratio: 1 },
  };
}
