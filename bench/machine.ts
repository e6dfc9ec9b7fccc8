import { cpus, release, totalmem } from 'node:os';
import { execa } from 'execa';
import { findNode } from '../test/suites/node-release.ts';
import type { NodeRelease } from './measures/measure.ts';
import type { Workbench } from './workbench.ts';

/** The Node that this runs on, then others by major version, as npm has them. */
export async function findNodes(
  majors: readonly string[],
  { signal, say }: Pick<Workbench, 'signal' | 'say'>,
): Promise<[NodeRelease, ...NodeRelease[]]> {
  const nodes: [NodeRelease, ...NodeRelease[]] = [{ version: process.version, program: process.execPath }];
  for (const major of majors.filter((one) => !process.version.startsWith(`v${one}.`))) {
    try {
      const program = await findNode(major, { cancelSignal: signal });
      const { stdout } = await execa(program, ['--version']);
      nodes.push({ version: stdout, program });
    } catch (error) {
      signal.throwIfAborted();
      say(`NOT MEASURED on Node ${major}, which npm could not bring: ${error}`);
    }
  }
  return nodes;
}

/** What the numbers were measured on. */
export async function describeMachine({ docker }: Pick<Workbench, 'docker'>) {
  const { Version } = await docker.version();
  const processors = cpus();
  return {
    processor: processors[0]?.model,
    cores: processors.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    engine: Version,
  };
}
