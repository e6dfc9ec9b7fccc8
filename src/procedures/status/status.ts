import { join } from 'node:path';
import { planDeployment } from '../../apply/deployment.ts';
import { type ServiceHealth, verifyStack } from '../../apply/verify.ts';
import type { Context } from '../../context.ts';
import { type Engine, usualDataRoot } from '../../docker/engine.ts';
import { messageOf } from '../../errors.ts';
import { isErrno } from '../../host/files.ts';
import { isSampleDue, type Sample } from '../../host/health/growth.ts';
import { within } from '../../host/within.ts';
import { describeStack, type Stack } from '../../stack/stack.ts';
import { addSample, readSamples } from '../../state/growth.ts';
import { layout } from '../../state/layout.ts';
import { observedContainer } from '../../state/observe.ts';
import { readRecord } from '../../state/records.ts';
import { placesOf, readHost } from './read-host.ts';
import type { StatusFinding, StatusReport } from './report.ts';
import { judgeRunning } from './running.ts';
import { askSizes } from './sizes.ts';
import { describeTrouble, type Meant, readMeant } from './what-is-meant.ts';

type Ports = Pick<Context, 'connectEngine' | 'surroundings' | 'clock'>;

/** How long the engine may take for what needs no work. */
const patienceSeconds = 20;

/**
 * Looks at a deployment and its host, at everything side by side. What is broken is a finding, and keeps nothing else from
 * being looked at.
 *
 * @throws UserError where there is no deployment to look at.
 */
export async function readStatus(directory: string, context: Ports): Promise<StatusReport> {
  const [meant, connected, samples] = await Promise.all([
    readMeant(directory),
    connect(context),
    readSamples(directory),
  ]);
  const now = context.clock.now();
  const [seen, host] = await Promise.all([
    readServices(directory, { meant, engine: connected.engine, samples, now }),
    lookAtHost(directory, { meant, engine: connected.engine, samples, now }, context),
  ]);
  const recorded = await record(directory, { samples, host, sizes: seen.sizes, now });
  const findings = [
    ...(meant.trouble === undefined ? [] : [{ about: 'configuration' as const, ...meant.trouble }]),
    ...connected.findings,
    ...seen.findings,
    ...host.findings,
    ...recorded,
  ];
  const healthy =
    seen.services.every((service) => service.healthy) &&
    findings.every(({ verdict }) => verdict !== 'failed');
  return {
    serverName: meant.config.server_name,
    healthy,
    pendingChanges: seen.pendingChanges,
    services: seen.services,
    findings,
    fileSystems: host.fileSystems,
    sizes: seen.sizes,
    memory: host.memory,
  };
}

async function connect(
  context: Pick<Context, 'connectEngine'>,
): Promise<{ engine: Engine | undefined; findings: readonly StatusFinding[] }> {
  try {
    return { engine: await within(patienceSeconds, context.connectEngine()), findings: [] };
  } catch (error) {
    return { engine: undefined, findings: [{ about: 'engine', ...describeTrouble(error) }] };
  }
}

interface Look {
  readonly meant: Meant;
  readonly engine: Engine | undefined;
  readonly samples: readonly Sample[];
  readonly now: Date;
}

interface ServicesSeen extends Pick<StatusReport, 'services' | 'pendingChanges' | 'findings' | 'sizes'> {}

async function readServices(directory: string, look: Look): Promise<ServicesSeen> {
  const { meant, engine, samples, now } = look;
  const stack = describeStack(meant.config, await readRecord(join(directory, layout.imageLock)));
  const { containers, ...listing } = await listContainers(stack, engine);
  const [services, sizes, planning] = await Promise.all([
    verifyStack({ directory, engine, now }, stack, { containers }),
    engine !== undefined && isSampleDue(samples, now)
      ? askSizes(stack, containers, engine)
      : samples.at(-1)?.sizes,
    countChanges(directory, look),
  ]);
  return {
    services,
    pendingChanges: planning.pendingChanges,
    findings: [...listing.findings, ...planning.findings],
    sizes: { ...sizes, ...logSize(services) },
  };
}

function logSize(services: readonly ServiceHealth[]): Record<string, number> {
  const known = services.flatMap(({ logBytes }) => logBytes ?? []);
  return known.length === 0 ? {} : { logs: known.reduce((sum, bytes) => sum + bytes, 0) };
}

async function listContainers({ project }: Stack, engine: Engine | undefined) {
  try {
    const listed = (await (engine && within(patienceSeconds, engine.containers(project)))) ?? [];
    return { containers: listed.map(observedContainer), findings: [] };
  } catch (error) {
    return { containers: [], findings: [{ about: 'engine' as const, ...describeTrouble(error) }] };
  }
}

/** How much there is to do; where that cannot be decided, why. */
async function countChanges(
  directory: string,
  { meant: { config, trouble }, engine }: Look,
): Promise<Pick<StatusReport, 'pendingChanges' | 'findings'>> {
  if (engine === undefined || trouble !== undefined) {
    return { pendingChanges: null, findings: [] };
  }
  try {
    const planning = planDeployment({ directory, config, engine });
    const { plan, observed } = await within(patienceSeconds, planning);
    return { pendingChanges: plan.length, findings: judgeRunning(plan, observed) };
  } catch (error) {
    return { pendingChanges: null, findings: [{ about: 'plan', ...describeTrouble(error) }] };
  }
}

async function lookAtHost(
  directory: string,
  { meant, engine, samples, now }: Look,
  context: Pick<Context, 'surroundings'>,
) {
  const [{ machine }, dataRoot] = await Promise.all([
    context.surroundings(),
    engine === undefined
      ? usualDataRoot
      : within(patienceSeconds, engine.dataRoot()).catch(() => usualDataRoot),
  ]);
  const { data } = describeStack(meant.config, {});
  return readHost({ machine, places: placesOf(directory, data, dataRoot), samples, now });
}

/** Remembers how much is free, once an hour, so that a later look can tell how fast it fills. */
async function record(
  directory: string,
  {
    samples,
    host: { fileSystems },
    sizes,
    now,
  }: {
    samples: readonly Sample[];
    host: Pick<StatusReport, 'fileSystems'>;
    sizes: Sample['sizes'];
    now: Date;
  },
): Promise<StatusFinding[]> {
  if (!isSampleDue(samples, now)) {
    return [];
  }
  const free = Object.fromEntries(fileSystems.map(({ mountPoint, freeBytes }) => [mountPoint, freeBytes]));
  try {
    await addSample(directory, samples, { at: now.toISOString(), free, sizes });
    return [];
  } catch (error) {
    // Somebody who may only look is no trouble of the server.
    return isErrno(error, 'EACCES') || isErrno(error, 'EPERM')
      ? []
      : [
          {
            about: 'storage',
            verdict: 'failed',
            finding: `nothing can be written in ${directory}: ${messageOf(error)}`,
            remedy: 'Free some space there, or mount it for writing.',
          },
        ];
  }
}
