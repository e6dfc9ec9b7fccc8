import { basename } from 'node:path';
import { Command } from 'commander';
import { Lab } from './lab.ts';
import { isOwned } from './ownership.ts';
import { listLabs, removeLab } from './removal.ts';

const program = new Command('lab').description(
  'A private internet on this machine, to try things in by hand',
);

program
  .command('up')
  .description('bring a lab up that stays until it is taken down')
  .argument('[hosts...]', 'hosts to have in it', ['alpha', 'beta'])
  .action(async (hosts: string[]) => {
    const lab = await Lab.open({ stay: true });
    for (const name of hosts) await lab.host(name);
    await printStatus(lab);
  });

program
  .command('shell')
  .description('open a shell on a machine of the lab')
  .argument('<machine>')
  .option('--lab <name>', 'which lab, where several are up')
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
    for (const directory of await listLabs()) {
      const chosen = names.length === 0 ? !(await isOwned(directory)) : names.includes(basename(directory));
      if (chosen) await removeLab(directory);
    }
  });

await program.parseAsync();

async function findLab(name: string | undefined): Promise<Lab> {
  const labs = (await listLabs()).filter((directory) => name === undefined || basename(directory) === name);
  const [directory, ...others] = labs;
  if (directory === undefined) throw new Error('No such lab is up: npm run lab -- up');
  if (others.length > 0)
    throw new Error(`Several labs are up; name one: ${labs.map((each) => basename(each)).join(', ')}`);
  return Lab.attach(directory);
}

async function printStatus(lab: Lab): Promise<void> {
  console.log(`${basename(lab.directory)}  ${lab.directory}`);
  for (const name of await lab.machineNames()) {
    const machine = await lab.findMachine(name);
    console.log(
      `  ${name.padEnd(11)}  ${machine.address.padEnd(12)}  ${(await machine.pid()) ? 'on' : 'off'}`,
    );
  }
}
