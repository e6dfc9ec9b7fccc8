import { bareApi } from '../deployments/bare-api.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { interleaved } from '../samples.ts';
import type { Measure } from './measure.ts';

/** One user: the command, against nothing but the two requests that make one. */
export const measureAddUser: Measure = (bench, { nodes: [node], rounds = 15 }) =>
  bench.withPlace(async (place) => {
    await initialise(bench, node.program, place);
    const { register } = await bareApi(bench, place);
    const sides = {
      ours: async (round: number) =>
        (await runOnPlace(bench, node.program, place, ['add-user', `ours${round}`, '--generate-password']))
          .milliseconds,
      bare: async (round: number) => {
        const begin = performance.now();
        await register(`bare${round}`);
        return performance.now() - begin;
      },
    };
    const { ours, bare } = await interleaved(rounds, sides);
    bench.say(`add-user: ${rounds} rounds`);
    return {
      comparisons: [
        {
          name: 'add-user',
          unit: 'ms',
          node: node.version,
          ours,
          against: { name: 'the bare HTTP call', samples: bare },
          bar: { ratio: 1.5 },
        },
      ],
    };
  });
