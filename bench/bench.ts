import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { engineSteps, imagesStep } from '../test/lab/host-steps.ts';
import { doSteps } from '../test/lab/progress.ts';
import { describeMachine, findNodes } from './machine.ts';
import { measureAddUser } from './measures/add-user.ts';
import { measureApply } from './measures/apply.ts';
import { measureBackup } from './measures/backup.ts';
import { measureCheck } from './measures/check.ts';
import { measureFederation } from './measures/federation.ts';
import { measureFirstOutput } from './measures/first-output.ts';
import { measureInit } from './measures/init.ts';
import { measureMajor } from './measures/major.ts';
import { measureMany } from './measures/many.ts';
import type { Measure } from './measures/measure.ts';
import { measureMemory } from './measures/memory.ts';
import { measurePreflight } from './measures/preflight.ts';
import { measureProbes } from './measures/probes.ts';
import { measurePublicInit } from './measures/public-init.ts';
import { measureRecreate } from './measures/recreate.ts';
import { measureStartUp } from './measures/start-up.ts';
import { measureStatus } from './measures/status.ts';
import { measureSwitch } from './measures/switch.ts';
import { reportLines, writeResults } from './report.ts';
import type { Measurement } from './samples.ts';
import { withWorkbench } from './workbench.ts';

// What takes longest comes last.
const measures = {
  'start-up': measureStartUp,
  preflight: measurePreflight,
  probes: measureProbes,
  apply: measureApply,
  status: measureStatus,
  'add-user': measureAddUser,
  many: measureMany,
  recreate: measureRecreate,
  init: measureInit,
  'public-init': measurePublicInit,
  'first-output': measureFirstOutput,
  check: measureCheck,
  switch: measureSwitch,
  federation: measureFederation,
  memory: measureMemory,
  major: measureMajor,
  backup: measureBackup,
} satisfies Record<string, Measure>;

interface Flags {
  readonly only: readonly (keyof typeof measures)[];
  readonly runs?: number;
  readonly node: readonly string[];
  readonly before?: string;
}

const program = new Command('bench')
  .description('Measures what an operator waits for; bench/README.md says how, and against what.')
  .addOption(
    new Option('--only <measures...>', 'some measures')
      .choices(Object.keys(measures))
      .default(Object.keys(measures), 'all'),
  )
  .option('--runs <number>', 'rounds of each, in place of its own number', positive)
  .option('--node <majors...>', 'also on these versions of Node, where it is cheap', ['22', '24'])
  .option('--before <directory>', 'another checkout, built: its status is measured beside ours')
  .action(bench);

await program.parseAsync();

async function bench({ only, runs, node, before }: Flags): Promise<void> {
  await doSteps('bench', [...engineSteps, imagesStep]);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interrupt.abort(new Error(`${signal}: all that was made is taken down`)));
  }
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const { signal } = interrupt;
  try {
    await withWorkbench({ signal, say }, async (workbench) => {
      const nodes = await findNodes(node, workbench);
      const measured: Measurement[] = [];
      for (const name of only) {
        measured.push(await measures[name](workbench, { nodes, rounds: runs, before }));
      }
      await publish(
        {
          comparisons: measured.flatMap(({ comparisons }) => comparisons),
          breakdowns: measured.flatMap(({ breakdowns = [] }) => breakdowns),
        },
        await describeMachine(workbench),
      );
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    say(String(signal.reason.message));
    process.exitCode = 130;
  }
}

async function publish(measurement: Measurement, machine: Readonly<Record<string, unknown>>): Promise<void> {
  const results = fileURLToPath(new URL('results/', import.meta.url));
  const path = await writeResults(results, measurement, machine);
  console.log(reportLines(measurement).join('\n'));
  console.log(`\nEvery sample is in ${path}`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a number from 1 on');
  return value;
}
