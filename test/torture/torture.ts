import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Lab } from '../lab/lab.ts';
import { buildProduct } from '../lab/product.ts';
import { endurances, endure } from './endure.ts';
import { tortureDiskBytes, tortureImages } from './rounds.ts';
import { torture } from './run.ts';

interface Flags {
  readonly minutes: number;
  readonly seed: string;
  readonly round?: number;
  readonly steps?: true;
  readonly only: readonly (typeof endurances)[number][];
  readonly share: number;
}

await new Command('torture')
  .description(
    'Lets anything happen to matrix-deploy at random, on a host of the lab, and looks whether anything is lost.',
  )
  .option('--minutes <number>', 'no round begins after so many', positive, 10)
  .option('--seed <seed>', 'what has happened with this seed happens again', randomBytes(4).toString('hex'))
  .option('--round <number>', 'this round of the seed, and no other', positive)
  .option('--steps', 'instead: kills what is done with backups before each of its steps')
  .option('--share <number>', 'with --steps: before this share of them, as the seed has it', positive, 1)
  .addOption(
    new Option('--only <what...>', 'with --steps: nothing else')
      .choices(endurances)
      .default(endurances, 'all'),
  )
  .action(run)
  .parseAsync();

async function run({ minutes, seed, round, steps, share, only }: Flags): Promise<void> {
  console.log(`seed ${seed}`);
  await buildProduct();
  const lab = await Lab.open();
  try {
    const say = (text: string) => console.log(text);
    const tortured = async () => {
      const host = await lab.host('victim', { images: tortureImages, diskBytes: tortureDiskBytes });
      return torture(host, { seed, minutes, round, say });
    };
    const { lost } = steps ? await endure(lab, { seed, share, only, say }) : await tortured();
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
