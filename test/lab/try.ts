import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { testedImage } from '../../src/releases/releases.ts';
import { ensureCompose } from './engine/compose-plugin.ts';
import { stopDaemon } from './engine/daemon.ts';
import { ensureEngine } from './engine/docker-engine.ts';
import { ensureImages } from './images/ensure-images.ts';
import { buildProduct, projectRoot, runProduct } from './product.ts';
import { doSteps, type Step } from './progress.ts';

/** The deployment that is tried: a homeserver on this machine, in the checkout. */
const directory = join(projectRoot, '.try');
const serverName = 'localhost';

const build: Step = { name: 'build matrix-deploy', work: buildProduct };
const engine: Step = { name: 'find or install Docker', work: ensureEngine };
const compose: Step = { name: 'find or install Compose', work: ensureCompose };

const up: Step[] = [
  build,
  engine,
  compose,
  {
    name: 'get the images',
    work: (say) =>
      ensureImages([testedImage('postgres'), testedImage('synapse'), testedImage('traefik')], say),
  },
  {
    name: 'matrix-deploy init --local --yes',
    loud: true,
    work: () => runProduct(['init', '--local', '--yes', '--server-name', serverName, '--dir', directory]),
  },
];

const down: Step[] = [
  build,
  engine,
  compose,
  {
    name: 'matrix-deploy destroy',
    loud: true,
    async work() {
      const confirmed = ['--yes', '--delete-data', '--confirm', serverName];
      await runProduct(['destroy', ...confirmed, '--dir', directory]);
      await rm(directory, { recursive: true, force: true });
    },
  },
];

const stop: Step = {
  name: 'stop dockerd, if it was started for this',
  async work(say) {
    say((await stopDaemon()) ? 'stopped' : 'there is none of ours');
  },
};

const { values } = parseArgs({ options: { down: { type: 'boolean', default: false } } });
try {
  await doSteps(values.down ? 'try down' : 'try', values.down ? stepsDown() : up);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function stepsDown(): Step[] {
  if (existsSync(join(directory, 'matrix.yaml'))) return [...down, stop];
  console.error('Nothing is being tried here.');
  return [stop];
}
