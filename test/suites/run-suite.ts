import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { projectRoot } from '../lab/product.ts';
import { checkTally, type Tally, tallyOf, type VitestReport } from './tally.ts';

/** Runs a tool of the project, given by its path in `node_modules`; it passes or fails as a whole. What it says comes at its end. */
export async function runCheck(tool: string, args: readonly string[]): Promise<Tally> {
  const { exitCode, all } = await inProject(process.execPath, tool, args, { all: true, stdin: 'ignore' });
  if (all) process.stdout.write(`${all}\n`);
  return checkTally(exitCode === 0);
}

/**
 * Runs a project of vitest.config.ts.
 *
 * @param node the path of the Node that runs it
 * @param files which of its files, in the words of vitest's command line; all when absent
 */
export async function runVitest(
  project: string,
  node: string,
  files: readonly string[] = [],
): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), 'matrix-deploy-test-'));
  const file = join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    await inProject(node, 'vitest/vitest.mjs', ['run', '--project', project, ...files, ...reporters], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return tallyOf(await readReport(file));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as VitestReport);
}

/** Runs a tool to its end, however it ends; `exitCode` is undefined when a signal ended it, or it could not be started. */
function inProject<Chosen extends Options>(
  node: string,
  tool: string,
  args: readonly string[],
  chosen: Chosen,
) {
  const command = [join(projectRoot, 'node_modules', tool), ...args];
  return execa(node, command, { ...chosen, cwd: projectRoot, reject: false });
}
