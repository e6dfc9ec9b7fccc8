import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareLab } from './lab/prepare.ts';
import { buildProduct, projectRoot } from './lab/product.ts';
import { findNode } from './suites/node-release.ts';
import { runCheck, runVitest } from './suites/run-suite.ts';
import { checkTally, showTally, sum, type Tally } from './suites/tally.ts';

interface Suite {
  name: string;
  run(): Promise<Tally>;
}

const hasLab = process.platform === 'linux' && process.getuid?.() === 0;

/** The Node releases that are supported; of the oldest, the oldest version. */
const nodes = ['20.19', '22', '24'];

/**
 * What the oldest runs alone, so that all take no longer than they must: on the newest, mutated inputs, of which there are
 * hundreds, and what waits for a silent engine; between the two, also what starts this program.
 */
const filesOf: Readonly<Record<string, readonly string[]>> = {
  '22': ['test/unit/', 'test/plan/', 'test/golden/'],
  '24': ['--exclude=**/mutations.test.ts', '--exclude=**/silent-engine.test.ts'],
};

/** One after the other; the suites of a group side by side, since each of these keeps one processor busy. */
const groups: Suite[][] = [
  [
    { name: 'build', run: build },
    { name: 'types', run: () => runCheck('typescript/bin/tsc', ['--noEmit']) },
    { name: 'biome', run: () => runCheck('@biomejs/biome/bin/biome', ['ci']) },
    { name: 'knip', run: () => runCheck('knip/bin/knip.js', []) },
  ],
  ...nodes.map((node) => [
    {
      name: `fast tests, Node ${node}`,
      run: async () => runVitest('fast', await findNode(node), filesOf[node]),
    },
  ]),
  ...(hasLab
    ? [
        [{ name: 'the lab', run: makeLab }],
        [
          { name: 'scenarios on the lab', run: () => runVitest('lab', process.execPath) },
          { name: 'scenarios that wait', run: () => runVitest('waiting', process.execPath) },
        ],
      ]
    : [[{ name: 'scenarios on the lab', run: skipLab }]]),
];

/** A continuous integration ends a run after 90 minutes: no scenario begins in the last of them, and those left out are counted as skipped. */
const minutes = 80;
if (process.env.CI) process.env.MATRIX_DEPLOY_TEST_DEADLINE = String(Date.now() + minutes * 60_000);

const tallies: Tally[] = [];
for (const group of groups) tallies.push(...(await Promise.all(group.map(runSuite))));
const total = sum(tallies);
if (total.failed > 0) process.exitCode = 1;
// Again at the end: of a long log often only the end is kept.
for (const failure of total.failures) console.log(`FAILED ${failure}`);
console.log(`\n${showTally(total)}`);

async function runSuite({ name, run }: Suite): Promise<Tally> {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const tally = await run().catch((error: unknown) => {
    console.error(error);
    return checkTally(false);
  });
  console.log(`== ${name}: ${showTally(tally)} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return { ...tally, failures: tally.failures.map((failure) => `${name}: ${failure}`) };
}

async function build(): Promise<Tally> {
  await buildProduct();
  return checkTally(true);
}

async function makeLab(): Promise<Tally> {
  await prepareLab();
  return checkTally(true);
}

async function skipLab(): Promise<Tally> {
  const files = await readdir(join(projectRoot, 'test/e2e'), { recursive: true });
  const scenarios = files.filter((file) => file.endsWith('.test.ts'));
  for (const file of scenarios) console.log(`SKIPPED test/e2e/${file}: the lab needs Linux, and root`);
  return { passed: 0, failed: 0, skipped: scenarios.length, failures: [] };
}
