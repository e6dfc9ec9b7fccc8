import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { bareRestart } from '../deployments/bare-restart.ts';
import { setUpByHand } from '../deployments/by-hand.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { interleaved } from '../samples.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';
import type { Measure } from './measure.ts';

/** A changed setting of Synapse: `apply`, against nothing but the restart and the check that it takes. */
export const measureRecreate: Measure = (bench, { nodes: [node], rounds = 7 }) =>
  bench.withPlace((place) =>
    bench.withPlace(async (other) => {
      await initialise(bench, node.program, place);
      await setUpByHand(bench, other);
      const sides = {
        ours: (round: number) => applyChange(bench, node.program, place, round),
        bare: await bareRestart(bench, other),
      };
      // The first round of each fills what is kept from one to the next.
      await interleaved(1, sides);
      const { ours, bare } = await interleaved(rounds, sides);
      bench.say(`recreate: ${rounds} rounds`);
      return {
        comparisons: [
          {
            name: 'apply, Synapse recreated',
            unit: 'ms',
            node: node.version,
            ours,
            against: { name: 'docker restart, one check', samples: bare },
            bar: { ratio: 1.3 },
          },
        ],
      };
    }),
  );

/** How many milliseconds `apply` takes after an edit of matrix.yaml that another container of Synapse is needed for. */
async function applyChange(bench: Workbench, node: string, place: Place, round: number): Promise<number> {
  const path = join(place.directory, 'matrix.yaml');
  const settings = parseDocument(await readFile(path, 'utf8'));
  const previous = settings.getIn(['synapse', 'log_level']);
  settings.setIn(['synapse', 'log_level'], previous === 'WARNING' ? 'ERROR' : 'WARNING');
  await writeFile(path, String(settings));
  const { Id } = await findContainer(bench, place, 'synapse');
  const { milliseconds } = await runOnPlace(bench, node, place, ['apply']);
  if ((await findContainer(bench, place, 'synapse')).Id === Id) {
    throw new Error(`apply ${round} left Synapse's container as it was: nothing was measured`);
  }
  return milliseconds;
}
