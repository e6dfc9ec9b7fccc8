import { Deployment } from '../../test/e2e/support/deployment.ts';
import { initPublicly } from '../../test/e2e/support/public-server.ts';
import { stackImages } from '../../test/e2e/support/stack-images.ts';
import type { Host } from '../../test/lab/host.ts';
import { Lab } from '../../test/lab/lab.ts';
import { checkout } from '../../test/lab/machine.ts';
import { interleaved } from '../samples.ts';
import type { Measure } from './measure.ts';

const program = ['node', '--import', 'tsx', 'bench/measures/probe-program.ts'];

/**
 * `check` and `dns`, which ask many things side by side, each against the slowest of these alone: an address of the server
 * that never answers, and a public resolver that never does.
 */
export const measureProbes: Measure = async ({ say, signal }, { nodes: [node], rounds = 5 }) => {
  const lab = await Lab.open();
  try {
    const names = ['alpha.test', 'matrix.alpha.test'];
    const [host, silent] = await Promise.all([
      lab.host('alpha', { images: stackImages, names }),
      lab.host('silent'),
    ]);
    const deployment = new Deployment(host, { serverName: 'alpha.test' });
    await deployment.exits(0, ...initPublicly(deployment));
    await silent.run(['ip6tables', '-I', 'INPUT', '-p', 'tcp', '--dport', '443', '-j', 'DROP']);
    for (const name of names) await lab.dns.set(name, 'AAAA', silent.address6);
    signal.throwIfAborted();
    const samples = await interleaved(rounds, {
      check: () => timed(() => deployment.cli('check')),
      request: () => alone(host, 'request', silent.address6),
      dns: () => timed(() => deployment.cli('dns')),
      question: () => alone(host, 'question', '9.9.9.9'),
    });
    say(`probes: ${rounds} rounds`);
    const comparison = { unit: 'ms', node: node.version, bar: { ratio: 1.5 } } as const;
    return {
      comparisons: [
        {
          ...comparison,
          name: 'check, an address is silent',
          ours: samples.check,
          against: { name: 'one request to that address', samples: samples.request },
        },
        {
          ...comparison,
          name: 'dns, the public resolvers are silent',
          ours: samples.dns,
          against: { name: 'one question to one of them', samples: samples.question },
        },
      ],
    };
  } finally {
    await lab.close();
  }
};

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

/** The milliseconds of one probe, without the time in which its program is loaded. */
async function alone(host: Host, kind: string, address: string): Promise<number> {
  return Number(
    await host.run([...program, kind, address], { cwd: checkout.onMachines, timeoutSeconds: 30 }),
  );
}
