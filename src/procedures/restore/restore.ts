import { openDeployment } from '../../apply/deployment.ts';
import type { OutsideFinding } from '../../apply/verify-outside.ts';
import type { RepositoryPlace } from '../../backup/place.ts';
import type { Progress } from '../../backup/repository.ts';
import type { WantedSet } from '../../backup/wanted-set.ts';
import type { Context } from '../../context.ts';
import { BackupError, UsageError } from '../../errors.ts';
import { namesIn } from '../../host/files.ts';
import { dnsName } from '../../identifiers/dns-name.ts';
import { layout } from '../../layout.ts';
import type { Emit } from '../../plan/events.ts';
import { type CheckOptions, checkHost } from '../../preflight/check-host.ts';
import type { Secret } from '../../secrets/secret.ts';
import { shellWord } from '../../shell-word.ts';
import { projectName, unlockedStack } from '../../stack/stack.ts';
import { refuseForeign } from '../../state/directory.ts';
import { refuseMovedAway } from '../../state/move.ts';
import { writeRestoredFrom } from '../../state/restored-from.ts';
import { refuseHeld } from '../../state/run-lock.ts';
import { inStage } from '../backup/stage.ts';
import { bringUp, verifyDeployment } from '../bring-up.ts';
import { changeOnRequest } from '../change-deployment.ts';
import { sideBySide } from '../side-by-side.ts';
import { restoredNames, rootsAmong } from './certificates.ts';
import { type Fetching, fetchData, missingFiles, refill } from './fetch.ts';
import { judgedFiles } from './judge-files.ts';
import { openSource, type Source } from './source.ts';
import { refuseFull, spaceNeeds } from './space.ts';
import {
  beginStaging,
  completeSet,
  removeStaging,
  restoring,
  settleStaged,
  stagedPath,
  writeStaged,
} from './staging.ts';

export interface RestoreRequest extends WantedSet {
  /** Absolute: the new deployment directory. */
  readonly directory: string;
  /** Where the backups are. */
  readonly from: RepositoryPlace;
  readonly key: Secret;
  readonly checks: CheckOptions;
  readonly emit: Emit;
  onProgress(what: string, progress: Progress): void;
}

export interface RestoreResult {
  readonly set: string;
  readonly serverName: string;
  readonly url: string;
  /** When the backup was begun: what came later is not in it. */
  readonly madeAt: string;
  readonly seconds: number;
  /** By database and table: as many as were dumped. Empty when an earlier run had already restored everything. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Files that the database names, and that the backup does not have. */
  readonly missing: readonly string[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly outside: readonly OutsideFinding[];
}

/**
 * Creates a deployment from a backup, in a directory that is empty or does not exist, and starts it. Everything is
 * first restored and compared in a staging directory. Files of an interrupted run are removed, or, if that run had
 * restored everything, moved into place.
 *
 * @throws UsageError for a directory that has something in it; RepositoryError for a wrong key; BackupError where the
 *   backup is incomplete or not of the server that it names; PreflightError where this host cannot run the server
 */
export async function restoreServer(context: Context, request: RestoreRequest): Promise<RestoreResult> {
  const { directory, emit } = request;
  await refuseHeld(directory);
  await refuseUsed(directory);
  const engine = await context.connectEngine();
  const note = (text: string) => emit({ type: 'note', text });
  const source = await openSource(engine, { ...request, patience: context.patience, note });
  const { serverName } = source.manifest;
  if (dnsName('').safeParse(serverName).data !== serverName) {
    throw new BackupError('the manifest of this backup has no name of a server', {
      code: 'backup.manifest.invalid',
      hint: 'Nothing was done. Use another backup.',
    });
  }
  const project = projectName(serverName);
  await refuseForeign(directory, serverName, await engine.containers(project));
  await refuseMovedAway(engine, project);
  const changed = { directory, engine, config: { server_name: serverName } };
  const action = (logged: RestoreRequest) => restoreFrom(context, source, logged);
  return changeOnRequest(context, changed, 'restore', request, action);
}

/** Refuses a directory in use. Until everything is restored, an interrupted run leaves files only below state/. */
export async function refuseUsed(directory: string): Promise<void> {
  const names = await namesIn(directory);
  if (names.includes(layout.config)) {
    throw new UsageError(`${directory} is a deployment already`, {
      code: 'restore.used',
      hint: `Nothing was done. If it comes from a restore that was interrupted while it started: \`matrix-deploy apply\`. To bring a backup back in the place of what serves: \`matrix-deploy restore --dir ${shellWord(directory)}\`, without --from. To restore beside it, name another directory with --dir.`,
    });
  }
  const others = names.filter((name) => name !== layout.state && name !== 'lost+found');
  if (others.length > 0 && (await completeSet({ directory })) === undefined) {
    throw new UsageError(`${directory} is not empty: ${others.slice(0, 5).join(', ')}`, {
      code: 'restore.used',
      hint: 'Nothing was done. Name another directory with --dir, or empty this one.',
    });
  }
}

async function restoreFrom(
  context: Context,
  source: Source,
  request: RestoreRequest,
): Promise<RestoreResult> {
  const { directory, emit } = request;
  const started = context.clock.now();
  const engine = await context.connectEngine();
  const note = (text: string) => emit({ type: 'note', text });
  const fetching: Fetching = {
    ...{ engine, directory, source, note },
    image: source.image,
    workplace: restoring,
    random: context.random,
    onProgress: request.onProgress,
  };
  const complete = await completeSet({ directory });
  refuseOtherSet(complete, source);
  const staged = complete === undefined ? await putTogether(context, fetching, request) : undefined;
  await settleStaged(fetching, source.manifest.set);
  const deployment = await openRestored(context, directory);
  note('start the server');
  await bringUp(deployment, {
    uncertainNames: staged?.uncertainNames ?? [],
    emit,
    interrupt: context.interrupt,
    overwriteEdits: false,
  });
  const { manifest } = source;
  return {
    set: manifest.set,
    serverName: manifest.serverName,
    url: unlockedStack(deployment.config).delegation.clientUrl,
    madeAt: manifest.startedAt,
    seconds: (context.clock.now().getTime() - started.getTime()) / 1000,
    rows: staged?.rows ?? {},
    missing: staged?.missing ?? [],
    skipped: manifest.skipped,
    outside: await verifyDeployment(deployment, context, { waits: true }),
  };
}

function refuseOtherSet(complete: string | undefined, { manifest: { set } }: Source): void {
  if (complete !== undefined && complete !== set) {
    throw new BackupError(`the restore of ${complete} into this directory was interrupted near its end`, {
      code: 'restore.other',
      hint: `Finish it: \`matrix-deploy restore ${complete}\` with the same --from. Or empty the directory.`,
    });
  }
}

async function openRestored(context: Context, directory: string) {
  const { loadConfig } = await import('../../state/load-config.ts');
  return openDeployment(context, directory, await loadConfig(directory, context));
}

interface PutTogether extends Pick<RestoreResult, 'rows' | 'missing'> {
  readonly uncertainNames: readonly string[];
}

async function putTogether(
  context: Context,
  fetching: Fetching,
  { checks }: RestoreRequest,
): Promise<PutTogether> {
  const { directory, note } = fetching;
  const step = <Result>(name: string, action: () => Promise<Result>) =>
    inStage(name, action, 'Nothing serves here yet.');
  await beginStaging(fetching);
  try {
    await refuseFull(context, spaceNeeds(fetching.source.manifest, { directory, copiesDumps: true }));
    note('restore settings and secrets');
    const components = await context.components();
    const { config, stack, files } = await step('restoring settings and secrets', () =>
      judgedFiles(fetching, components),
    );
    const { uncertainNames } = await checkHost(
      { directory, config, roots: rootsAmong(files, stack) },
      context,
      checks,
    );
    const [missing, rows] = await sideBySide(
      async () => {
        await step('restoring files', () => fetchData(fetching, stack));
        note('compare the files with the database');
        return step('comparing files', () => missingFiles(fetching, stack));
      },
      () => step('restoring the database', () => refill(fetching, stack, files)),
      () => fetching.engine.removeJobs(restoring.project),
    );
    await writeStaged(fetching, files);
    await writeRestoredFrom(stagedPath(fetching, ''), await fetching.source.deployments());
    const certified = await restoredNames(context, fetching);
    return { rows, missing, uncertainNames: uncertainNames.filter((name) => !certified.has(name)) };
  } catch (error) {
    // If this fails, for example after an interrupt, the next run does it.
    await removeStaging(fetching).catch(() => undefined);
    throw error;
  }
}
