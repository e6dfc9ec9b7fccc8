import { buildOtherSynapse } from '../../test/e2e/support/broken-images.ts';
import { logInAsAdmin } from '../../test/e2e/support/client.ts';
import { Deployment } from '../../test/e2e/support/deployment.ts';
import { underLoad } from '../../test/e2e/support/load.ts';
import { stackImages } from '../../test/e2e/support/stack-images.ts';
import { unlimited } from '../../test/e2e/support/unlimited.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { withLab } from '../on-lab.ts';
import { interleaved } from '../samples.ts';
import type { Measure } from './measure.ts';

/**
 * What clients see of upgrades and of restarts by `apply`, fifty requests a second, against a bare restart of the same container.
 * The versions differ in their names alone, so that nothing is migrated.
 */
export const measureSwitch: Measure = async ({ signal, say }, { nodes: [node], rounds = 10 }) => {
  const { upgrade, apply, bare } = await withLab(signal, (lab) => replace(lab, rounds));
  say(`switch: ${rounds} rounds`);
  const measured = { node: node.version, unit: 'ms' } as const;
  const failed = [...upgrade, ...apply].reduce((sum, one) => sum + one.failed.length, 0);
  const against = { name: 'docker restart until /health', samples: bare };
  const bar = { ratio: 1.3 };
  const longest = (seen: typeof upgrade) => seen.map((one) => one.longest);
  return {
    comparisons: [
      {
        name: `requests that failed in ${rounds} upgrades, ${rounds} restarts`,
        unit: '',
        node: node.version,
        ours: [failed],
        bar: { value: 0 },
      },
      { ...measured, name: 'longest wait of a request, upgrade', ours: longest(upgrade), against, bar },
      { ...measured, name: 'the same, apply', ours: longest(apply), against, bar },
    ],
  };
};

async function replace(lab: Lab, rounds: number) {
  // Byte code on both sides.
  const host = await lab.host('alpha', { images: stackImages, asPublished: false });
  const deployment = new Deployment(host);
  await deployment.init();
  await deployment.edit({ synapse: { overrides: unlimited } });
  await deployment.exits(0, 'apply');
  const admin = await logInAsAdmin(deployment);
  const room = await admin.createRoom();
  const images = [await buildOtherSynapse(host, 'even'), await buildOtherSynapse(host, 'odd')];
  const { url } = await deployment.ask<{ url: string }>('init', '--local', '--yes');
  const target = { url, ca: deployment.path('secrets/local_ca.pem'), token: admin.token, room };
  // The other one each time, also after the round that is not counted.
  let turn = 0;
  const sides = {
    upgrade: () => {
      turn += 1;
      const flags = ['--yes', '--no-backup', '--synapse', images[turn % 2] ?? ''];
      return underLoad(host, target, () => deployment.exits(0, 'upgrade', ...flags));
    },
    apply: () =>
      underLoad(host, target, async () => {
        const { Id } = await deployment.container('synapse');
        await deployment.edit({ synapse: { log_level: turn % 2 === 0 ? 'WARNING' : 'ERROR' } });
        await deployment.exits(0, 'apply');
        if ((await deployment.container('synapse')).Id === Id) throw new Error('Synapse was not replaced');
      }),
    bare: async () => {
      const { Id } = await deployment.container('synapse');
      return Number(await host.run(['bash', '-euc', restartScript, 'restart', Id]));
    },
  };
  // The first round of each fills what is kept from one to the next.
  await interleaved(1, sides);
  return interleaved(rounds, sides);
}

/** Prints the milliseconds from the order to restart a container until its Synapse, asked from inside, says that it is healthy. */
const restartScript = `
begin=$(date +%s%3N)
docker restart "$1" >/dev/null
process=$(docker inspect --format '{{.State.Pid}}' "$1")
until nsenter --target "$process" --net curl --silent --fail --output /dev/null http://127.0.0.1:8008/health; do sleep 0.02; done
echo $(($(date +%s%3N) - begin))`;
