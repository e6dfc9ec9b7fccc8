import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { engineVersions } from './host.ts';
import { type HostOptions, Lab } from './lab.ts';
import { isOwned } from './ownership.ts';
import { listLabs, removeLab } from './removal.ts';

const program: Command = new Command('lab').description(
  'A private internet on this machine, to try things in by hand',
);

program
  .command('up')
  .description('bring a lab up that stays until it is taken down')
  .argument('[hosts...]', 'hosts to have in it', ['alpha', 'beta'])
  .addOption(new Option('--engine <version>', 'the Docker engine of the hosts').choices(engineVersions))
  .option('--images <images...>', 'what the engines have from the start, such as postgres:17', [])
  .action(async (hosts: string[], options: HostOptions) => {
    const lab = await Lab.open({ stay: true });
    for (const name of hosts) await lab.host(name, options);
    await printStatus(lab);
  });

program
  .command('shell')
  .description('open a shell on a machine of the lab')
  .argument('<machine>')
  .option('--lab <name>', 'which lab, where it is not the only one brought up by hand')
  .action(async (machine: string, options: { lab?: string }) => {
    const lab = await findLab(options.lab);
    process.exitCode = await (await lab.findMachine(machine)).shell(process.env.TERM);
  });

program
  .command('status')
  .description('show the labs that are up, and their machines')
  .action(async () => {
    for (const directory of await listLabs()) await printStatus(await Lab.attach(directory));
  });

program
  .command('down')
  .description('take labs down, and remove every trace of them')
  .argument('[labs...]', 'all that no running process owns, when none is named')
  .action(async (names: string[]) => {
    const named = (await listLabs()).filter((directory) => names.includes(basename(directory)));
    for (const directory of names.length > 0 ? named : await unownedLabs()) await removeLab(directory);
  });

await program.parseAsync();

/** The lab of that name; without one, the one that was brought up by hand. */
async function findLab(name: string | undefined): Promise<Lab> {
  const candidates =
    name === undefined ? await unownedLabs() : (await listLabs()).filter((each) => basename(each) === name);
  const [directory, ...others] = candidates;
  if (directory === undefined) program.error('No such lab is up: npm run lab -- up');
  if (others.length > 0) program.error('Several labs are up; name one with --lab: npm run lab -- status');
  return Lab.attach(directory);
}

async function unownedLabs(): Promise<string[]> {
  const labs = await listLabs();
  const owned = await Promise.all(labs.map(isOwned));
  return labs.filter((_, index) => !owned[index]);
}

async function printStatus(lab: Lab): Promise<void> {
  console.log(`${basename(lab.directory)}  ${lab.directory}`);
  for (const machine of await lab.machines()) {
    console.log(
      `  ${machine.name.padEnd(11)}  ${machine.address.padEnd(12)}  ${(await machine.pid()) ? 'on' : 'off'}`,
    );
  }
}
