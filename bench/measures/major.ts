import { ensureImages } from '../../test/lab/images/ensure-images.ts';
import { majorByHand } from '../deployments/major-by-hand.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { populate, usualContent } from '../deployments/populate.ts';
import { interleaved } from '../samples.ts';
import type { TimedRun } from '../timed.ts';
import type { Measure } from './measure.ts';

const newer = 'postgres:18';

/** A large database to another major release of Postgres, against a pipe of dump and restore by hand. */
export const measureMajor: Measure = (bench, { nodes: [node], rounds = 3 }) =>
  bench.withPlace(async (place) => {
    await ensureImages([newer], bench.say);
    await initialise(bench, node.program, place);
    await populate(bench, place, { ...usualContent, files: 100 });
    bench.say(`major: a database with ${usualContent.messages} messages`);
    const run = (...argv: string[]) => runOnPlace(bench, node.program, place, argv, { timeoutSeconds: 1800 });
    const { ours, byHand } = await interleaved(rounds, {
      byHand: () => majorByHand(bench, place, newer),
      ours: async () => {
        const upgraded = await run('upgrade', '--yes', '--no-backup', '--postgres', newer);
        await run('rollback', '--yes');
        return upgraded;
      },
    });
    bench.say(`major: ${rounds} rounds`);
    const measured = { unit: 'ms', node: node.version } as const;
    return {
      comparisons: [
        {
          ...{
            ...measured,
            name: 'Postgres major, a good gigabyte',
            ours: ours.map((one) => one.milliseconds),
          },
          against: { name: 'pg_dump | pg_restore by hand', samples: byHand },
          bar: { ratio: 1.3 },
        },
        { ...measured, name: 'the same, while nobody is served', ours: ours.map(unserved) },
      ],
    };
  });

/** Milliseconds from when the homeserver is stopped until it was seen to serve again. */
function unserved({ lines, milliseconds }: TimedRun): number {
  const stopped = lines.find(({ text }) => text.includes('stop synapse'));
  if (stopped === undefined) throw new Error('no upgrade told that Synapse is stopped: nothing was measured');
  return milliseconds - stopped.at;
}
