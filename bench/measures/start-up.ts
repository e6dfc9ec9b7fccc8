import { matrixDeploy } from '../deployments/ours.ts';
import { type Comparison, interleaved } from '../samples.ts';
import { timed } from '../timed.ts';
import type { Measure } from './measure.ts';

/** The two commands that do nothing, against a Node that does nothing. */
export const measureStartUp: Measure = async ({ signal, say }, { nodes, rounds = 25 }) => {
  const comparisons: Comparison[] = [];
  for (const { program, version } of nodes) {
    const run = (argv: readonly string[]) => async () => (await timed(argv, { signal })).milliseconds;
    const sides = {
      node: run([program, '-e', '0']),
      version: run(matrixDeploy(program, '--version')),
      help: run(matrixDeploy(program, '--help')),
    };
    // The first of each brings its files into the page cache.
    await interleaved(1, sides);
    const samples = await interleaved(rounds, sides);
    const shared = {
      unit: 'ms',
      node: version,
      against: { name: 'node -e 0', samples: samples.node },
    } as const;
    comparisons.push(
      { ...shared, name: '--version', ours: samples.version, bar: { ratio: 1.3 } },
      { ...shared, name: '--help', ours: samples.help, bar: { ratio: 1.5 } },
    );
    say(`start-up on ${version}: ${rounds} rounds`);
  }
  return { comparisons };
};
