import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { Lab } from '../lab/lab.ts';
import { buildProduct } from '../lab/product.ts';
import { tortureDiskBytes, tortureImages } from './rounds.ts';
import { torture } from './run.ts';

interface Flags {
  readonly minutes: number;
  readonly seed: string;
  readonly round?: number;
}

await new Command('torture')
  .description(
    'Lets anything happen to matrix-deploy at random, on a host of the lab, and looks whether anything is lost.',
  )
  .option('--minutes <number>', 'no round begins after so many', positive, 10)
  .option('--seed <seed>', 'what has happened with this seed happens again', randomBytes(4).toString('hex'))
  .option('--round <number>', 'this round of the seed, and no other', positive)
  .action(run)
  .parseAsync();

async function run({ minutes, seed, round }: Flags): Promise<void> {
  console.log(`seed ${seed}`);
  await buildProduct();
  const lab = await Lab.open();
  try {
    const host = await lab.host('victim', { images: tortureImages, diskBytes: tortureDiskBytes });
    const say = (text: string) => console.log(text);
    const { lost } = await torture(host, { seed, minutes, round, say });
    if (lost.length > 0) process.exitCode = 1;
  } finally {
    await lab.close();
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number greater than 0');
  return value;
}
