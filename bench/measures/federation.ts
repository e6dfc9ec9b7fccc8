import type { Deployment } from '../../test/e2e/support/deployment.ts';
import { addUser, deployFederating, password } from '../../test/e2e/support/federating-server.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { checkout } from '../../test/lab/machine.ts';
import { withLab } from '../on-lab.ts';
import type { Deliveries, DeliveryOrder } from './delivery-program.ts';
import type { Measure } from './measure.ts';

const program = ['node', '--import', 'tsx', 'bench/measures/delivery-program.ts'];

// A user may send one message in five seconds, after the first ten.
const unlimited = { rc_message: { per_second: 1000, burst_count: 1000 } };

/** A message to a user of another server, from call to arrival, against one to a user of the same; both servers are on the lab. */
export const measureFederation: Measure = async ({ signal, say }, { nodes: [node], rounds = 30 }) => {
  const { across, within } = await withLab(signal, (lab) => deliver(lab, rounds));
  say(`federation: ${rounds} rounds`);
  return {
    comparisons: [
      {
        name: 'message to another server',
        unit: 'ms',
        node: node.version,
        ours: across,
        against: { name: 'to the same server', samples: within },
      },
    ],
  };
};

async function deliver(lab: Lab, rounds: number): Promise<Deliveries> {
  const [alpha, beta, clients] = await Promise.all([
    deployFederating(lab, 'alpha', { overrides: unlimited }),
    deployFederating(lab, 'beta'),
    lab.host('clients'),
  ]);
  const [sender, within, across] = await Promise.all([
    account(alpha, 'alice'),
    account(alpha, 'carol'),
    account(beta, 'bob'),
  ]);
  const order: DeliveryOrder = { sender, receivers: { within, across }, rounds };
  const options = { cwd: checkout.onMachines, input: JSON.stringify(order), timeoutSeconds: 60 + 5 * rounds };
  return JSON.parse(await clients.run(program, options));
}

async function account(server: Deployment, localpart: string) {
  const userId = await addUser(server, localpart);
  return { userId, password, url: `https://matrix.${server.serverName}` };
}
