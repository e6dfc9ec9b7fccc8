import { initialise, runOnPlace } from '../deployments/ours.ts';
import { type Comparison, interleaved } from '../samples.ts';
import { type TimedRun, timed } from '../timed.ts';
import type { Workbench } from '../workbench.ts';
import type { Measure, NodeRelease } from './measure.ts';

const commands = ['init', 'plan', 'apply', 'status', 'destroy'] as const;

/** How long an operator looks at nothing: the first byte of each command, on either stream, without a terminal. */
export const measureFirstOutput: Measure = async (bench, { nodes, rounds = 5 }) => {
  const comparisons: Comparison[] = [];
  for (const node of nodes) {
    comparisons.push(...(await firstOutputs(bench, node, rounds)));
    bench.say(`first output on ${node.version}: ${rounds} rounds`);
  }
  return { comparisons };
};

async function firstOutputs(bench: Workbench, node: NodeRelease, rounds: number): Promise<Comparison[]> {
  const { signal } = bench;
  const samples = await interleaved(rounds, {
    node: async () => (await timed([node.program, '-e', '0'], { signal })).milliseconds,
    commands: () => lifeOfAServer(bench, node),
  });
  return commands.map((command) => ({
    name: `${command}, first output`,
    unit: 'ms',
    node: node.version,
    ours: samples.commands.map((times) => times[command]),
    against: { name: 'node -e 0', samples: samples.node },
    bar: { value: 100 },
  }));
}

/** Every command once, in an order in which each has something to do with. */
async function lifeOfAServer(
  bench: Workbench,
  { program }: NodeRelease,
): Promise<Record<(typeof commands)[number], number>> {
  return bench.withPlace(async (place) => {
    const run = async (...command: string[]) => first(await runOnPlace(bench, program, place, command));
    return {
      init: first(await initialise(bench, program, place)),
      plan: await run('plan'),
      apply: await run('apply'),
      status: await run('status'),
      destroy: await run('destroy', '--yes'),
    };
  });
}

/** A run that says nothing keeps its operator waiting to its end. */
function first({ firstOutput, milliseconds }: TimedRun): number {
  return firstOutput ?? milliseconds;
}
