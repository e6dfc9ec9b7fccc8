import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from '../state/observed-state.ts';
import type { Deployment } from './deployment.ts';
import { type ProbeTarget, probeOnce, readRoots } from './probe.ts';

/** How a service is: what the engine says, and what its probes found. */
export interface ServiceHealth {
  readonly service: string;
  readonly image: string;
  /** The engine's sentence, such as "Up 2 hours"; "not there" without a container. */
  readonly status: string;
  readonly healthy: boolean;
  /** For each probe that failed, what was wanted and what was seen. */
  readonly problems: readonly string[];
}

/** Asks every probe of a stack, once and side by side. */
export async function verifyStack(
  deployment: Pick<Deployment, 'directory' | 'engine'>,
  stack: Stack,
  { containers }: Pick<ObservedState, 'containers'>,
): Promise<ServiceHealth[]> {
  const container = (name: string) => containers.find(({ service }) => service === name);
  const roots = await readRoots(deployment, stack);
  const target: ProbeTarget = {
    stack,
    engine: deployment.engine,
    roots,
    container: (name) => container(name)?.id,
  };
  return Promise.all(
    stack.services.map(async ({ name, image }) => {
      const problems = await failedProbes(name, stack, target);
      const running = container(name)?.state === 'running';
      return {
        service: name,
        image,
        status: container(name)?.status ?? 'not there',
        healthy: running && problems.length === 0,
        problems,
      };
    }),
  );
}

async function failedProbes(service: string, { probes }: Stack, target: ProbeTarget): Promise<string[]> {
  const findings = await Promise.all(
    probes
      .filter((probe) => probe.service === service)
      .map(async (probe) => ({ probe, finding: await probeOnce(probe, target) })),
  );
  return findings.flatMap(({ probe, finding }) =>
    finding.ok ? [] : [`not so: ${probe.name} (${finding.saw})`],
  );
}
