import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { endure } from '../torture/endure.ts';
import { Random } from '../torture/random.ts';

const lab = await attachLab();

/** Others each time, since all of them take hours: `npm run torture -- --steps` takes all. */
const seed = randomBytes(4).toString('hex');
const share = 0.05;
const only = [new Random(seed).pick(['backup', 'first-backup', 'restore-from'] as const)];

it(`${only} must survive kill -9 at any step, with seed ${seed}`, { timeout: 900_000 }, async () => {
  const said: string[] = [];
  const { lost } = await endure(lab, { seed, share, only, say: (text) => void said.push(text) });
  const again = `npm run torture -- --steps --seed ${seed} --share ${share} --only ${only}`;
  expect(lost, [...said, again].join('\n')).toEqual([]);
});
