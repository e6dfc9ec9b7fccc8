import { readRoots } from '../../apply/probe.ts';
import { readServedCertificates } from '../../apply/served-certificates.ts';
import { describeWhenNotRenewed } from '../../components/components.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import type { Engine } from '../../docker/engine.ts';
import { daysLeft, judgeTerm } from '../../host/health/certificates.ts';
import { diagnose } from '../../stack/diagnose.ts';
import { type Stack, unlockedStack } from '../../stack/stack.ts';
import type { CertificateStatus, StatusFinding } from './report.ts';

/** How many lines of the log to read: enough for the last renewal attempts, at least one a day. */
const logLines = 500;

interface Look {
  readonly directory: string;
  readonly config: Config;
  readonly engine: Engine | undefined;
  readonly now: Date;
}

/** Reads how long the served certificates are valid, and why one was not renewed in time. */
export async function readCertificates(
  { directory, config, engine, now }: Look,
  { surroundings, interrupt }: Pick<Context, 'surroundings' | 'interrupt'>,
): Promise<{ certificates: CertificateStatus[]; findings: StatusFinding[] }> {
  const stack = unlockedStack(config);
  const { machine, network } = await surroundings();
  const roots = await readRoots({ directory }, stack);
  const around = { roots, network, ownAddresses: machine.addresses(), signal: interrupt };
  const seen = await readServedCertificates(stack, around);
  const late = seen.flatMap((one) => judgeTerm(one, now, describeWhenNotRenewed(config)));
  const reason = late.length === 0 ? undefined : await proxyReason(stack, engine);
  return {
    certificates: seen.map(({ name, issuer = null, validUntil }) => ({
      name,
      issuer,
      until: validUntil,
      daysLeft: daysLeft({ validUntil }, now),
    })),
    findings: late.map(({ verdict, finding, remedy }) => ({
      about: 'certificate',
      verdict,
      finding: reason === undefined ? finding : `${finding} (the proxy: ${reason.cause})`,
      remedy: reason?.remedy ?? remedy,
    })),
  };
}

/** Why our Traefik gets no certificate, from its log; `undefined` without such a Traefik or a known cause. */
async function proxyReason({ project, services }: Stack, engine: Engine | undefined) {
  const service = services.find(({ name }) => name === 'traefik');
  const containers = (await engine?.containers(project).catch(() => [])) ?? [];
  const container = containers.find((one) => one.service === 'traefik');
  if (service === undefined || container === undefined) return undefined;
  const log = (await engine?.logs(container.id, logLines).catch(() => [])) ?? [];
  const found = diagnose(service, {
    engineError: '',
    outOfMemory: false,
    exitCode: undefined,
    places: [],
    log: log.filter((line) => /acme|certificate/i.test(line)),
  });
  return found?.known ? found : undefined;
}
