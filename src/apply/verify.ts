import type { Service } from '../components/service.ts';
import { diagnose } from '../stack/diagnose.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from '../state/observed-state.ts';
import type { Deployment } from './deployment.ts';
import { gatherEvidence } from './evidence.ts';
import { type ProbeTarget, probeOnce, readRoots } from './probe.ts';

/** How a service is: what the engine says, and what its probes found. */
export interface ServiceHealth {
  readonly service: string;
  readonly image: string;
  /** The engine's sentence, such as "Up 2 hours"; "not there" without a container. */
  readonly status: string;
  readonly healthy: boolean;
  /** Why it does not work, where that is known, and what to do; for each probe that failed, what was wanted and what was seen. */
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
    stack.services.map(async (service) => {
      const { name, image } = service;
      const failed = await failedProbes(name, stack, target);
      const healthy = container(name)?.state === 'running' && failed.length === 0;
      const source = { ...deployment, stack };
      return {
        service: name,
        image,
        status: container(name)?.status ?? 'not there',
        healthy,
        problems: healthy ? [] : [...(await explain(service, container(name)?.id, source)), ...failed],
      };
    }),
  );
}

async function explain(
  service: Service,
  container: string | undefined,
  source: Parameters<typeof gatherEvidence>[0],
): Promise<string[]> {
  const diagnosis = diagnose(service, await gatherEvidence(source, service, container));
  return diagnosis === undefined ? [] : [`${diagnosis.cause}.`, diagnosis.remedy ?? ''].filter(Boolean);
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
