import { clientApiAnswers } from '../deployments/answers.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { type Comparison, interleaved } from '../samples.ts';
import { timed } from '../timed.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';
import type { Measure } from './measure.ts';

/** Is it well? `status`, against a look at the containers and one request; and against an earlier `status`. */
export const measureStatus: Measure = (bench, { nodes: [node], before, rounds = 15 }) =>
  bench.withPlace((place) =>
    bench.withPlace(async (other) => {
      await initialise(bench, node.program, place);
      if (before !== undefined) await initialise(bench, node.program, other, { checkout: before });
      const status = async (where: Place, checkout?: string) =>
        (await runOnPlace(bench, node.program, where, ['status'], { checkout })).milliseconds;
      const sides = {
        ours: () => status(place),
        byHand: await lookByHand(bench, place),
        ...(before === undefined ? {} : { before: () => status(other, before) }),
      };
      await interleaved(1, sides);
      const samples: { ours: number[]; byHand: number[]; before?: number[] } = await interleaved(
        rounds,
        sides,
      );
      bench.say(`status: ${rounds} rounds`);
      const measured = { name: 'status', unit: 'ms', node: node.version, ours: samples.ours } as const;
      const comparisons: Comparison[] = [
        { ...measured, against: { name: 'docker compose ps, one request', samples: samples.byHand } },
      ];
      if (samples.before !== undefined) {
        const against = { name: 'status of the other checkout', samples: samples.before };
        comparisons.push({ ...measured, against, bar: { ratio: 1.3 } });
      }
      return { comparisons };
    }),
  );

/** @returns what asks, without matrix-deploy, whether the server of a place works, and tells the milliseconds */
async function lookByHand(bench: Workbench, place: Place): Promise<() => Promise<number>> {
  const { Ports } = await findContainer(bench, place, 'traefik');
  const port = Number(Ports.find(({ PublicPort }) => PublicPort !== undefined)?.PublicPort);
  return async () => {
    const begin = performance.now();
    await timed(['docker', 'compose', 'ps'], { signal: bench.signal, cwd: place.directory });
    if (!(await clientApiAnswers(place.serverName, port))) {
      throw new Error('the client API of the server that is looked at does not answer');
    }
    return performance.now() - begin;
  };
}
