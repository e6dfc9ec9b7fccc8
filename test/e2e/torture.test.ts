import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { tortureDiskBytes } from '../torture/rounds.ts';
import { torture } from '../torture/run.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('victim', { images: stackImages, diskBytes: tortureDiskBytes });

/** Other rounds each time; `npm run torture -- --seed SEED` repeats them. */
const seed = randomBytes(4).toString('hex');

// The last round may take as long as all of them before.
it(`a server must lose nothing whatever happens, with seed ${seed}`, async () => {
  const said: string[] = [];
  const { rounds, lost } = await torture(host, { seed, minutes: 1, say: (text) => said.push(text) });
  expect(lost, said.join('\n')).toEqual([]);
  expect(rounds).toBeGreaterThan(0);
});
