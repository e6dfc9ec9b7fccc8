import type { Deployment } from '../../apply/deployment.ts';
import type { Progress } from '../../backup/repository.ts';
import type { Context } from '../../context.ts';
import { BackupError, CancelledError, messageOf, PreflightError, UserError } from '../../errors.ts';
import { deadline, interrupted } from '../../host/bounds.ts';
import { version } from '../../package.ts';
import type { Emit } from '../../plan/events.ts';
import { projectName } from '../../stack/stack.ts';
import { recordTarget } from '../../state/backups.ts';
import { type DrillEvidence, keepEvidence } from '../../state/drills.ts';
import { readManifest, recordedSet } from '../backup/listing.ts';
import { findSet, type OpenTargets } from '../backup/sets.ts';
import { inStage } from '../backup/stage.ts';
import type { OpenTarget } from '../backup/target.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { readSource } from '../restore/source.ts';
import { refuseFull, spaceNeeds } from '../restore/space.ts';
import { beginStaging, type Stage } from '../restore/staging.ts';
import { refuseShort } from './memory.ts';
import { drilling, hasCopy, removeCopy } from './remove-copy.ts';
import { type DrillRecord, restoreCopy, serverIsUntouched } from './steps.ts';

type Ports = Pick<Context, 'openCompose' | 'surroundings' | 'interrupt' | 'patience'>;

interface DrillRequest {
  readonly opened: OpenTargets;
  /** `undefined` for the newest verified set. */
  readonly set: string | undefined;
  readonly emit: Emit;
  onProgress(what: string, progress: Progress): void;
}

export interface DrillResult {
  readonly evidence: DrillEvidence;
  /** Path of the evidence, below the deployment directory. */
  readonly path: string;
}

/** How long the removal of a copy may take, interrupted or not. */
const removalSeconds = 180;

/**
 * Restores a set as a copy beside the server, tests the copy, and removes it. The copy is isolated: it cannot be
 * reached, and reaches no other host. Keeps evidence, also of a failed drill. Does not touch the server.
 *
 * @throws BackupError if the set could not be restored, or if the copy fails a test; PreflightError if there is not
 *   enough space or memory; CancelledError after an interrupt, which leaves neither a copy nor evidence
 */
export function holdDrill(
  deployment: Deployment,
  context: Ports & ChangePorts,
  { emit, ...request }: DrillRequest,
): Promise<DrillResult> {
  const action = (tell: Emit) =>
    drill(deployment, context, { ...request, note: (text) => tell({ type: 'note', text }) });
  return changeDeployment(context, deployment, 'drill', action, emit);
}

interface Drilling extends Omit<DrillRequest, 'emit'> {
  note(text: string): void;
}

async function drill(deployment: Deployment, context: Ports, request: Drilling): Promise<DrillResult> {
  const { directory, config, engine, clock, random } = deployment;
  const { set, target } = await chooseSet(deployment, request);
  const stage: Stage = {
    ...{ engine, directory, image: target.restic.image },
    workplace: drilling(projectName(config.server_name)),
  };
  await removeLeft(deployment, stage);
  const begun = clock.now();
  const seen: DrillRecord = { seconds: {}, secondsToServe: null, rows: {}, images: {}, checks: [] };
  const attempt = async () => {
    const source = await inStage(
      'reading the backup',
      () => readSource({ ...target, image: stage.image, place: target.path }, { set }),
      serverIsUntouched,
    );
    seen.images = source.manifest.images;
    await refuseFull(context, spaceNeeds(source.manifest, { directory, copiesDumps: true }));
    await refuseShort((await context.surroundings()).machine);
    await beginStaging(stage);
    const { note, onProgress } = request;
    await restoreCopy(deployment, context, { ...stage, source, random, note, onProgress }, seen);
    refuseWrong(seen);
  };
  const failure = await failureOf(attempt());
  const untilRemoved = deadline(removalSeconds, { ...context, interrupt: new AbortController().signal });
  request.note('remove the copy');
  const left = await failureOf(removeCopy({ ...stage, engine: engine.until(untilRemoved) }));
  if (left !== undefined) {
    request.note(`warning: not all of the copy could be removed, the next drill does it: ${messageOf(left)}`);
  }
  // A drill that was refused says nothing about the backup, so no evidence is kept.
  if (failure instanceof PreflightError) throw failure;
  if (failure instanceof CancelledError || context.interrupt.aborted) throw failure ?? interrupted();
  const evidence: DrillEvidence = {
    ...{ format: 1, set, target: target.name, serverName: config.server_name, version: version() },
    startedAt: begun.toISOString(),
    finishedAt: clock.now().toISOString(),
    result: failure === undefined ? 'passed' : 'failed',
    ...seen,
    ...(failure === undefined ? {} : { failure: describe(failure) }),
  };
  const recording = inStage(
    'recording the drill',
    async () => {
      const path = await keepEvidence(directory, evidence);
      await recordDrill(deployment, target, evidence);
      return path;
    },
    `The drill of ${set} has ${evidence.result}.`,
  );
  if (failure === undefined) {
    const path = await recording;
    if (left !== undefined) throw left;
    return { evidence, path };
  }
  await recording.catch((error) => request.note(`warning: ${messageOf(error)}`));
  throw failure;
}

/** Removes what a killed drill has left: it takes space, and containers that still run may write there. */
async function removeLeft({ directory, config, engine }: Deployment, stage: Stage): Promise<void> {
  if (await hasCopy(directory)) await engine.removeJobs(projectName(config.server_name));
  await removeCopy(stage);
}

async function failureOf(action: Promise<void>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error) => error,
  );
}

async function chooseSet(
  deployment: Deployment,
  { opened, set, note }: Drilling,
): Promise<{ set: string; target: OpenTarget }> {
  const found = await findSet(deployment, opened, { id: set, isVerified: true, note });
  return { set: found.set.id, target: found.target };
}

function refuseWrong({ checks }: DrillRecord): void {
  const wrong = checks.filter(({ ok }) => !ok).map(({ found }) => found);
  if (wrong.length > 0) {
    throw new BackupError('what was restored is not as it should be', {
      code: 'drill.wrong',
      details: wrong,
      hint: 'The server was not touched. Create another backup, and run the command again.',
    });
  }
}

function describe(failure: unknown): NonNullable<DrillEvidence['failure']> {
  const details = failure instanceof UserError ? failure.details : [];
  return { message: messageOf(failure), details };
}

/** Remembers when a set was drilled, for `status` and `backup list`. */
async function recordDrill(
  { directory }: Pick<Deployment, 'directory'>,
  target: OpenTarget,
  { set, finishedAt: at, failure }: DrillEvidence,
): Promise<void> {
  // If the record of the set is lost, the manifest has the same facts.
  const manifest = failure === undefined ? await readManifest(target, set) : undefined;
  await recordTarget(directory, target, ({ sets, drill, ...known }) => {
    if (manifest === undefined) {
      const message = failure?.message ?? '';
      return { ...known, sets, drill: { ...drill, failure: { set, at, message } } };
    }
    const before = sets.find(({ id }) => id === set) ?? recordedSet(manifest);
    const others = sets.filter(({ id }) => id !== set);
    const drilled = { ...before, state: 'drilled' as const, stateAt: at };
    return {
      ...known,
      sets: [...others, drilled].sort((a, b) => (a.id < b.id ? -1 : 1)),
      drill: { passed: { set, at } },
    };
  });
}
