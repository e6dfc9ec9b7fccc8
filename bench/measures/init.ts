import { setUpByHand } from '../deployments/by-hand.ts';
import { initialise, stepsOf } from '../deployments/ours.ts';
import { interleaved, type Step } from '../samples.ts';
import type { Measure } from './measure.ts';

/** A server from nothing, images present: one command against a tutorial's steps. */
export const measureInit: Measure = async (bench, { nodes: [node], rounds = 5 }) => {
  const told = (name: string, round: number, steps: Step[]) => {
    bench.say(`init ${round}/${rounds}: ${name} ${(endOf(steps) / 1000).toFixed(1)} s`);
    return steps;
  };
  const { ours, byHand } = await interleaved(rounds, {
    ours: (round) =>
      bench.withPlace(async (place) =>
        told('ours', round, stepsOf(await initialise(bench, node.program, place), place)),
      ),
    byHand: (round) =>
      bench.withPlace(async (place) => told('by hand', round, await setUpByHand(bench, place))),
  });
  return {
    comparisons: [
      {
        name: 'init --local --yes',
        unit: 'ms',
        node: node.version,
        ours: ours.map(endOf),
        against: { name: 'by hand', samples: byHand.map(endOf) },
        bar: { ratio: 0.65 },
      },
    ],
    breakdowns: [
      { name: 'init --local --yes', rounds: ours },
      { name: 'by hand', rounds: byHand },
    ],
  };
};

/** When the last step ended: how long it took, in milliseconds. */
export function endOf(steps: readonly Step[]): number {
  return Math.max(...steps.map(({ end }) => end));
}
