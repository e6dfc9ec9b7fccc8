import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './command.ts';
import { stopDaemon } from './engine/daemon.ts';
import { engineSteps, imagesStep } from './host-steps.ts';
import { projectRoot, runProduct } from './product.ts';
import { doSteps, type Step } from './progress.ts';

/** The deployment that is tried: a homeserver on this machine, in the checkout. */
const directory = join(projectRoot, '.try');
const serverName = 'localhost';

const up: Step[] = [
  ...engineSteps,
  imagesStep,
  {
    name: 'matrix-deploy init --local --yes',
    seconds: 15,
    loud: true,
    work: () => runProduct(['init', '--local', '--yes', '--server-name', serverName, '--dir', directory]),
  },
];

const down: Step[] = [
  ...engineSteps,
  {
    name: 'matrix-deploy destroy',
    seconds: 3,
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
  seconds: 1,
  async work(say) {
    const others = await run('docker', ['ps', '--quiet']).catch(() => '');
    if (others !== '') return say('left running, since it runs other containers');
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
