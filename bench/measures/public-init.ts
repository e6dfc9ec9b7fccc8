import { Deployment } from '../../test/e2e/support/deployment.ts';
import { writeAnswers } from '../../test/e2e/support/public-server.ts';
import { stackImages } from '../../test/e2e/support/stack-images.ts';
import type { Host } from '../../test/lab/host.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { stepsOf } from '../deployments/ours.ts';
import { withLab } from '../on-lab.ts';
import { interleaved, type Step } from '../samples.ts';
import { follow } from '../timed.ts';
import type { Workbench } from '../workbench.ts';
import { endOf } from './init.ts';
import type { Measure } from './measure.ts';

/** A server for the world against one for this machine, images present: what preflight, certificates and the look from outside cost. */
export const measurePublicInit: Measure = (bench, { nodes: [node], rounds = 3 }) =>
  withLab(bench.signal, async (lab) => {
    const host = await lab.host('alpha', { images: stackImages });
    const { ours, local } = await interleaved(rounds, {
      ours: (round) => setUpPublic(bench, lab, host, round),
      local: (round) => setUpLocal(bench, host, round),
    });
    bench.say(`public init: ${rounds} rounds`);
    return {
      comparisons: [
        {
          name: 'init of a public server',
          unit: 'ms',
          node: node.version,
          ours: ours.map(endOf),
          against: { name: 'init --local', samples: local.map(endOf) },
        },
      ],
      breakdowns: [
        { name: 'init of a public server', rounds: ours },
        { name: 'init --local, on the lab', rounds: local },
      ],
    };
  });

async function setUpPublic(bench: Workbench, lab: Lab, host: Host, round: number): Promise<Step[]> {
  const serverName = `round${round}.test`;
  for (const name of [serverName, `matrix.${serverName}`]) await lab.dns.set(name, 'A', host.address);
  const deployment = new Deployment(host, { serverName, directory: `/srv/public${round}` });
  return setUp(bench, deployment, await writeAnswers(deployment));
}

function setUpLocal(bench: Workbench, host: Host, round: number): Promise<Step[]> {
  const serverName = `round${round}.localhost`;
  const deployment = new Deployment(host, { serverName, directory: `/srv/local${round}` });
  return setUp(bench, deployment, ['init', '--local', '--yes', '--server-name', serverName]);
}

/** Sets up a server by the clock, and takes it down when that has stopped. */
async function setUp({ signal }: Workbench, deployment: Deployment, init: string[]): Promise<Step[]> {
  signal.throwIfAborted();
  const begin = performance.now();
  const run = await follow(await deployment.host.spawn(deployment.command(...init)), begin, 'init', signal);
  await deployment.exits(0, 'destroy', '--delete-data', '--confirm', deployment.serverName, '--yes');
  return stepsOf(run, deployment);
}
