import { basename } from 'node:path';
import { Command } from 'commander';
import { Lab } from './lab.ts';
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
  .action(async (machine: string) => {
    const lab = await theLab();
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
  .argument('[labs...]', 'all of them when none is named')
  .action(async (names: string[]) => {
    for (const directory of await listLabs()) {
      if (names.length === 0 || names.includes(basename(directory))) await removeLab(directory);
    }
  });

await program.parseAsync();

async function theLab(): Promise<Lab> {
  const [directory, ...others] = await listLabs();
  if (directory === undefined) throw new Error('No lab is up: npm run lab -- up');
  if (others.length > 0) throw new Error('Several labs are up: npm run lab -- status');
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
