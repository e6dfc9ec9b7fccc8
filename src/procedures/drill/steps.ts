import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { registry } from '../../components/components.ts';
import type { Context } from '../../context.ts';
import { layout } from '../../layout.ts';
import type { DrillEvidence } from '../../state/drills.ts';
import { readRecord } from '../../state/records.ts';
import { identitiesOf } from '../backup/identity.ts';
import { inStage } from '../backup/stage.ts';
import { type Fetching, fetchData, missingFiles, refill } from '../restore/fetch.ts';
import { judgedFiles } from '../restore/judge-files.ts';
import { stagedPath, writeStaged } from '../restore/staging.ts';
import { makeCopy } from './make-copy.ts';
import { type Check, type Copy, startCopy, tryCopy } from './try-copy.ts';

/** What the failure of a drill means for the server. */
export const serverIsUntouched = 'The server was not touched.';

/** The results of a drill, collected while it runs. */
export interface DrillRecord {
  seconds: Record<string, number>;
  secondsToServe: number | null;
  rows: DrillEvidence['rows'];
  images: DrillEvidence['images'];
  checks: DrillEvidence['checks'][number][];
}

/**
 * Restores, starts and tests a copy, step by step.
 *
 * @param seen receives the results, also those of the steps before a failure
 * @throws BackupError that names the step
 */
export async function restoreCopy(
  deployment: Deployment,
  context: Pick<Context, 'openCompose' | 'interrupt' | 'patience'>,
  fetching: Fetching,
  seen: DrillRecord,
): Promise<void> {
  const { clock, engine } = deployment;
  const begun = clock.now().getTime();
  const secondsSince = (moment: number) => (clock.now().getTime() - moment) / 1000;
  const step = async <Result>(name: string, action: () => Promise<Result>): Promise<Result> => {
    const moment = clock.now().getTime();
    try {
      return await inStage(name, action, serverIsUntouched);
    } finally {
      seen.seconds[name] = secondsSince(moment);
    }
  };
  fetching.note('restore settings and secrets');
  const { config, stack, files } = await step('restoring settings and secrets', () =>
    judgedFiles(fetching, deployment.config[registry]),
  );
  seen.checks.push(await compareIdentities(deployment, fetching, stack));
  await step('restoring files', () => fetchData(fetching, stack));
  seen.rows = await step('restoring the database', () => refill(fetching, stack, files));
  seen.checks.push({ ok: true, found: 'the database has as many rows as when it was dumped' });
  fetching.note('compare the files with the database');
  const missing = await step('comparing files', () => missingFiles(fetching, stack));
  seen.checks.push(judgeMissing(missing));
  fetching.note('start the copy, where nobody reaches it');
  const copy = await step('creating the copy', async (): Promise<Copy> => {
    await writeStaged(fetching, files);
    const lock = await readRecord(inDirectory({ directory: stagedPath(fetching, '') }, layout.imageLock));
    const project = fetching.workplace.project;
    return {
      ...{ engine, clock, interrupt: context.interrupt, patience: context.patience ?? 1 },
      stack: await makeCopy(fetching, config, lock),
      compose: await context.openCompose({ directory: stagedPath(fetching, ''), project }),
    };
  });
  await step('starting the copy', () => startCopy(copy));
  seen.secondsToServe = secondsSince(begun);
  fetching.note('try it');
  seen.checks.push(...(await step('trying the copy', () => tryCopy(copy))));
}

/** Checks that the identity keys in the set are those that the server has now. */
async function compareIdentities(
  deployment: Deployment,
  { source: { manifest } }: Fetching,
  stack: Parameters<typeof identitiesOf>[1],
): Promise<Check> {
  const now = await identitiesOf(deployment, stack);
  const others = Object.keys(now).filter((name) => now[name] !== manifest.identities[name]);
  return others.length === 0
    ? { ok: true, found: `the keys are those that the server has: ${Object.values(now).join(', ')}` }
    : { ok: false, found: `not what the server has now: ${others.join(', ')}` };
}

function judgeMissing(missing: readonly string[]): Check {
  return missing.length === 0
    ? { ok: true, found: 'the files are what the database says of them' }
    : {
        ok: false,
        found: `not as the database has it, or not there (${missing.length}): ${missing.slice(0, 5).join(', ')}`,
      };
}
