import { dockerCompose } from '../../src/docker/compose.ts';
import { connectEngine } from '../../src/docker/dockerode-engine.ts';
import { findEngine } from '../../src/docker/endpoint.ts';
import { systemClock } from '../../src/host/clock.ts';
import { machineWith } from '../../src/host/machine.ts';
import { thisNetwork } from '../../src/host/network.ts';
import type { PreflightPorts } from '../../src/preflight/facts.ts';
import { type CheckName, checkNames } from '../../src/preflight/finding.ts';
import { inspectHost } from '../../src/preflight/inspect.ts';
import { parseConfig } from '../../test/fakes/parse-config.ts';
import { interleaved } from '../samples.ts';
import type { Measure } from './measure.ts';

/** A public server, for which everything is checked. */
const config = parseConfig('{ version: 1, server_name: example.org, host: matrix.example.org }');

/** All checks of a host, which run side by side, against the slowest of them alone. */
export const measurePreflight: Measure = (bench, { nodes: [node], rounds = 10 }) =>
  bench.withPlace(async ({ directory }) => {
    const timed = async (skip: ReadonlySet<CheckName>) => {
      const begun = performance.now();
      await inspectHost({ directory, config }, portsOf(), skip);
      return performance.now() - begun;
    };
    const slowest = async () => {
      const alone: number[] = [];
      for (const only of checkNames) {
        alone.push(await timed(new Set(checkNames.filter((name) => name !== only))));
      }
      return Math.max(...alone);
    };
    const sides = { ours: () => timed(new Set()), slowest };
    // The first round loads what the checks need.
    await interleaved(1, sides);
    const samples = await interleaved(rounds, sides);
    bench.say(`preflight: ${rounds} rounds`);
    return {
      comparisons: [
        {
          name: 'preflight, all checks',
          unit: 'ms',
          node: node.version,
          ours: samples.ours,
          against: { name: 'its slowest check', samples: samples.slowest },
          bar: { ratio: 1.5 },
        },
      ],
    };
  });

function portsOf(): PreflightPorts {
  return {
    connectEngine: async () => connectEngine(await findEngine(process.env)),
    openCompose: async (subject) =>
      dockerCompose({ ...subject, engine: () => findEngine(process.env), environment: process.env }),
    surroundings: async () => ({ machine: machineWith(process.env), network: thisNetwork() }),
    clock: systemClock,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  };
}
