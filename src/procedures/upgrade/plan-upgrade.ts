import { type Deployment, inDirectory, type PlannedDeployment } from '../../apply/deployment.ts';
import { PreflightError, UsageError, UserError } from '../../errors.ts';
import { layout } from '../../layout.ts';
import { type Notice, noticesOfVersions } from '../../plan/judge-upgrade.ts';
import { type PlannedTransfer, plannedTransfers, transferSeconds } from '../../plan/transfers.ts';
import { type VersionChange, versionChanges } from '../../plan/version-changes.ts';
import type { ReleaseDocument } from '../../releases/release-document.ts';
import { compareVersions, versionIn } from '../../releases/versions.ts';
import { lockedReference, type Stack } from '../../stack/stack.ts';
import { readRecord } from '../../state/records.ts';
import { expectedInterruption, readUpgrades } from '../../state/upgrades.ts';
import { bytesOf, noticesOfTransfers } from './judge-transfers.ts';
import { type Migration, readMigrations } from './prepare.ts';

/** The plan of an upgrade: nothing is done yet. */
export interface PlannedUpgrade {
  readonly planned: PlannedDeployment;
  /** Empty where the wanted images run already. */
  readonly changes: readonly VersionChange[];
  /** What the operator must know, or do first. There may be more notices once the images are on this host. */
  readonly notices: readonly Notice[];
  /** Returns the notices about version changes in this deployment. */
  judge(changes: readonly VersionChange[]): readonly Notice[];
  /** What the releases do with the databases; `undefined` where unknown, such as before an image is on this host. */
  readonly migrations: readonly Migration[] | undefined;
  /** Transfers of data that the wanted images cannot use as it is. */
  readonly transfers: readonly ForeseenTransfer[];
  /** In seconds, from earlier upgrades on this host; `undefined` where none was measured. */
  readonly expectedInterruption: number | undefined;
}

/** A transfer of data into new files for another release. */
export interface ForeseenTransfer {
  readonly service: string;
  /** Its path below the deployment directory. */
  readonly data: string;
  readonly databases: readonly string[];
  readonly from: string;
  readonly to: string;
  /** The size of its databases, and the expected interruption; `undefined` where the size cannot be read. */
  readonly bytes: number | undefined;
  readonly seconds: number | undefined;
}

/** Plans the upgrade that the plan of a deployment contains. Changes nothing. */
export async function planUpgrade(
  deployment: Asked,
  planned: PlannedDeployment,
  document: ReleaseDocument,
): Promise<PlannedUpgrade> {
  const { stack } = planned.desired;
  const changes = versionChanges(stack, planned.observed);
  const images = Object.fromEntries(stack.services.map(({ name, image }) => [name, image]));
  const judge = (all: readonly VersionChange[]) =>
    noticesOfVersions(document, all, { homeserver: stack.homeserver, images });
  const migrations = changes.length > 0 ? await foreseen(deployment, stack, { changes, judge }) : undefined;
  const copied = plannedTransfers(stack, planned.observed);
  const transfers = await Promise.all(copied.map((one) => foreseeTransfer(deployment, stack, one)));
  const notices = [
    ...judge(changes),
    ...(migrations ?? []).flatMap((migration) => migration.notices),
    ...(await noticesOfTransfers(deployment, stack, copied).catch(() => [])),
  ];
  return {
    ...{ planned, changes, migrations, transfers, judge },
    notices: notices.filter(({ id }, index) => notices.findIndex((one) => one.id === id) === index),
    expectedInterruption: expectedInterruption(await readUpgrades(deployment.directory)),
  };
}

type Asked = Pick<Deployment, 'directory' | 'engine'>;

/** Reads the migrations if that is possible now. `undefined` does not stop planning: the upgrade reads them again. */
async function foreseen(
  deployment: Asked,
  stack: Stack,
  { changes, judge }: Pick<PlannedUpgrade, 'changes' | 'judge'>,
): Promise<Migration[] | undefined> {
  if (!(await areHere(deployment, changes))) return undefined;
  return readMigrations({ deployment }, stack, changes, judge).catch((error) => {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  });
}

async function foreseeTransfer(
  { engine }: Asked,
  stack: Stack,
  { transfer: { service, data, databases }, from, to }: PlannedTransfer,
): Promise<ForeseenTransfer> {
  const bytes = await bytesOf(engine, stack, databases).catch(() => undefined);
  const seconds = bytes === undefined ? undefined : transferSeconds(bytes);
  return { service, data, databases, from, to, bytes, seconds };
}

async function areHere(deployment: Asked, changes: readonly VersionChange[]): Promise<boolean> {
  const lock = await readRecord(inDirectory(deployment, layout.imageLock));
  const tags = changes.flatMap(({ from, to }) => [from, to]);
  const ids = await Promise.all(tags.map((tag) => deployment.engine.imageId(lockedReference(tag, lock))));
  return ids.every((id) => id !== undefined);
}

/** @throws PreflightError where nothing has served yet: then nothing can be upgraded */
export function refuseUnserved({ planned: { observed } }: Pick<PlannedUpgrade, 'planned'>): void {
  if (!observed.isInstalled) {
    throw new PreflightError('this deployment was not seen working yet', {
      code: 'upgrade.unserved',
      hint: 'Run `matrix-deploy apply` first. Nothing was changed.',
    });
  }
}

/**
 * Creates the check that refuses an upgrade because of notices that were not acknowledged, or cannot be.
 *
 * @param acknowledged IDs of notices
 * @returns a function that throws PreflightError for the remaining notices
 */
export function refusalOf(acknowledged: readonly string[]): (notices: readonly Notice[]) => void {
  return (notices) => {
    const left = notices.filter(
      ({ id, canBeAcknowledged }) => !(canBeAcknowledged && acknowledged.includes(id)),
    );
    if (left.length === 0) return;
    const flags = left.filter(({ canBeAcknowledged }) => canBeAcknowledged).map(({ id }) => `--ack ${id}`);
    const isFinal = left.some(({ canBeAcknowledged }) => !canBeAcknowledged);
    throw new PreflightError(
      isFinal ? 'this upgrade cannot be done' : 'this upgrade has notices that you must acknowledge',
      {
        code: 'upgrade.notice',
        details: left.flatMap(({ id, text, remedy }) => [`${id}: ${text}`, `  ${remedy}`]),
        hint: isFinal
          ? 'Nothing was changed.'
          : `Nothing was changed. When that is done, run the command again with ${flags.join(' ')}.`,
      },
    );
  };
}

/** @throws UsageError where an acknowledged notice does not exist */
export function refuseUnknownNotices(acknowledged: readonly string[], document: ReleaseDocument): void {
  const known = ['background-updates', 'other-databases', ...document.gates.map(({ id }) => id)];
  const unknown = acknowledged.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new UsageError(`there is no notice called ${unknown}`, {
      code: 'usage.ack',
      hint: 'Run the command without --ack: it names what is to be acknowledged.',
    });
  }
}

/** Refuses an upgrade to an older version: `rollback` goes back. @throws UsageError */
export function refuseGoingDown(changes: readonly VersionChange[]): void {
  const down = changes.find(({ from, to }) => {
    const [ran, wanted] = [versionIn(from), versionIn(to)];
    return ran !== undefined && wanted !== undefined && compareVersions(wanted, ran) < 0;
  });
  if (down !== undefined) {
    throw new UsageError(`${down.to} is older than ${down.from}, which runs`, {
      code: 'upgrade.older',
      hint: 'Nothing was changed. `matrix-deploy rollback` goes back to the version before the last upgrade.',
    });
  }
}
