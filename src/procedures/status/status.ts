import { planDeployment } from '../../apply/deployment.ts';
import { type ServiceHealth, verifyStack } from '../../apply/verify.ts';
import type { Context } from '../../context.ts';
import { type Engine, usualDataRoot } from '../../docker/engine.ts';
import { deadline, interrupted, type RunBounds, within } from '../../host/bounds.ts';
import { isSampleDue, type Sample } from '../../host/health/growth.ts';
import { builtIn } from '../../releases/releases.ts';
import { type Stack, unlockedStack } from '../../stack/stack.ts';
import { readSamples } from '../../state/growth.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { observedContainer } from '../../state/observe.ts';
import { readSchedule } from '../backup/read-schedule.ts';
import { pathsToWatch, readWatch } from '../certificates/watch.ts';
import { knownReleases } from '../releases/known.ts';
import { judgeAccess } from './access.ts';
import { judgeBackups, readBackups } from './backups.ts';
import { judgeCertificates, withoutKnown } from './certificates.ts';
import { readDelegation } from './delegation.ts';
import { readMoving } from './move.ts';
import { judgeOtherProxy } from './other-proxy.ts';
import { placesOf, readHost } from './read-host.ts';
import { recordSample } from './record-sample.ts';
import type { StatusFinding, StatusReport } from './report.ts';
import { readRestore } from './restore.ts';
import { judgeRunning } from './running.ts';
import { judgeSchedule } from './schedule.ts';
import { readCertificates } from './served-certificates.ts';
import { askSizes } from './sizes.ts';
import { readUpgrade } from './upgrade.ts';
import { judgeVersions } from './versions.ts';
import { judgeWatch } from './watch.ts';
import { describeTrouble, type Meant, readMeant } from './what-is-meant.ts';

type Ports = Pick<
  Context,
  'components' | 'connectEngine' | 'surroundings' | 'clock' | 'interrupt' | 'patience' | 'releaseKeys'
>;

/** How long the engine may take to answer a simple request. */
const patienceSeconds = 20;

/**
 * Reads the state of a deployment and its host, in parallel. A part that fails becomes a finding, and stops no other.
 *
 * @throws UserError where there is no deployment; CancelledError after an interrupt: unread parts are no findings
 */
export async function readStatus(directory: string, context: Ports): Promise<StatusReport> {
  const [meant, connected, samples] = await Promise.all([
    readMeant(directory, context),
    connect(context),
    readSamples(directory),
  ]);
  const now = context.clock.now();
  const run = { interrupt: context.interrupt, patience: context.patience };
  const look: Look = { meant, engine: connected.engine, samples, now, run };
  const [seen, host, proxy, delegation, served] = await Promise.all([
    readServices(directory, look),
    lookAtHost(directory, look, context),
    judgeOtherProxy({ directory, config: meant.config }, context),
    readDelegation(directory, meant.config, context),
    readCertificates({ directory, config: meant.config, engine: connected.engine, now }, context),
  ]);
  if (context.interrupt.aborted) {
    throw interrupted();
  }
  const recorded = await recordSample(directory, { samples, host, sizes: seen.sizes, now });
  const [backups, releases, schedule, watch] = await Promise.all([
    readBackups(directory, meant.config, now),
    knownReleases(directory, context).then(
      ({ document }) => document,
      () => builtIn,
    ),
    context
      .surroundings()
      .then(({ machine }) => readSchedule(meant, machine))
      .catch(() => undefined),
    context
      .surroundings()
      .then(({ machine }) => readWatch(meant, machine))
      .catch(() => undefined),
  ]);
  const findings = [
    ...(meant.trouble === undefined ? [] : [{ about: 'configuration' as const, ...meant.trouble }]),
    ...connected.findings,
    ...seen.findings,
    ...proxy,
    ...withoutKnown(served.findings, seen.findings),
    ...judgeVersions(seen.services, releases),
    ...host.findings,
    ...delegation,
    ...recorded,
    ...judgeBackups(backups, meant.config.backup, now),
    ...judgeSchedule(schedule, directory, backups),
    ...judgeWatch(watch, directory, pathsToWatch(meant.config)),
    ...(await readRestore(directory)),
    ...(await readMoving(directory)),
    ...(await readUpgrade(directory)),
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
    certificates: served.certificates,
    backups: backups.targets.map(
      ({ failure: _failure, drillFailure: _drillFailure, since: _since, openDirectory: _open, ...known }) =>
        known,
    ),
    nextBackup: schedule?.nextRun ?? null,
  };
}

async function connect(
  context: Pick<Context, 'connectEngine' | 'interrupt' | 'patience'>,
): Promise<{ engine: Engine | undefined; findings: readonly StatusFinding[] }> {
  try {
    const engine = await context.connectEngine(deadline(patienceSeconds, context));
    return { engine, findings: [] };
  } catch (error) {
    return { engine: undefined, findings: [{ about: 'engine', ...describeTrouble(error) }] };
  }
}

interface Look {
  readonly meant: Meant;
  readonly engine: Engine | undefined;
  readonly samples: readonly Sample[];
  readonly now: Date;
  readonly run: RunBounds;
}

interface ServicesSeen extends Pick<StatusReport, 'services' | 'pendingChanges' | 'findings' | 'sizes'> {}

async function readServices(directory: string, look: Look): Promise<ServicesSeen> {
  const { meant, engine, samples, now, run } = look;
  const stack = await lockedStack({ directory, config: meant.config });
  const { containers, ...listing } = await listContainers(stack, look);
  const [services, sizes, planning] = await Promise.all([
    verifyStack({ directory, engine, now, ...run }, stack, { containers }),
    engine !== undefined && isSampleDue(samples, now)
      ? askSizes(stack, containers, engine, run)
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

async function listContainers({ project }: Stack, { engine, run }: Look) {
  if (engine === undefined) {
    return { containers: [], findings: [] };
  }
  try {
    const listed = await engine.until(deadline(patienceSeconds, run)).containers(project);
    return { containers: listed.map(observedContainer), findings: [] };
  } catch (error) {
    return { containers: [], findings: [{ about: 'engine' as const, ...describeTrouble(error) }] };
  }
}

/** Counts the pending changes. Where no plan can be made, a finding tells why. */
async function countChanges(
  directory: string,
  { meant: { config, trouble }, engine, now, run }: Look,
): Promise<Pick<StatusReport, 'pendingChanges' | 'findings'>> {
  if (engine === undefined || trouble !== undefined) {
    return { pendingChanges: null, findings: [] };
  }
  try {
    const signal = deadline(patienceSeconds, run);
    const planning = planDeployment({
      directory,
      config,
      engine: engine.until(signal),
      clock: { now: () => now },
    });
    // Planning reads files, too, from a file system that may never answer.
    const { plan, observed } = await within({ signal }, planning);
    return {
      pendingChanges: plan.length,
      findings: [...judgeAccess(plan), ...judgeCertificates(plan, observed), ...judgeRunning(plan, observed)],
    };
  } catch (error) {
    return { pendingChanges: null, findings: [{ about: 'plan', ...describeTrouble(error) }] };
  }
}

async function lookAtHost(
  directory: string,
  { meant, engine, samples, now, run }: Look,
  context: Pick<Context, 'surroundings'>,
) {
  const [{ machine }, dataRoot] = await Promise.all([
    context.surroundings(),
    engine === undefined
      ? usualDataRoot
      : engine
          .until(deadline(patienceSeconds, run))
          .dataRoot()
          .catch(() => usualDataRoot),
  ]);
  const { data } = unlockedStack(meant.config);
  return readHost({ machine, places: placesOf(directory, data, dataRoot), samples, now, ...run });
}
