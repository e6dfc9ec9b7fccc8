import type { Context } from '../../context.ts';
import { UnhealthyError, UserError } from '../../errors.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { openHomeserver } from '../../matrix/homeserver.ts';
import { type Introduction, introduce, type Tried, tryHomeserver } from '../../matrix/trial.ts';
import { changesToCome, type ReleaseFacts } from '../../plan/migrations.ts';
import type { Stack } from '../../stack/stack.ts';
import type { PendingUpgrade } from '../../state/pending-upgrade.ts';
import { askDatabase, askRelease, type MigratedDump, migratedDumps } from './ask.ts';
import type { Work } from './work.ts';

/** Uses the homeserver as its users do, and asks it who it is. */
async function tryServer(
  context: Context,
  directory: string,
): Promise<{ readonly introduction: Introduction; readonly tried: readonly Tried[] }> {
  const server = await openHomeserver({ ...context, interrupt: uninterruptible }, directory);
  const line = { ...server, clock: context.clock, serverName: server.stack.serverName };
  return { introduction: await introduce(line), tried: await tryHomeserver(line) };
}

/** What a release is to be after it was started. */
export interface Expected {
  readonly dump: MigratedDump;
  readonly facts: ReleaseFacts;
}

/** What the images of a stack are to be, of those that changes concern: asked of the images. */
export async function expectedReleases(
  deployment: Work['deployment'],
  stack: Stack,
  { changes }: Pick<PendingUpgrade, 'changes'>,
): Promise<Expected[]> {
  const expected: Expected[] = [];
  for (const dump of migratedDumps(stack)) {
    const { service } = dump.migrations;
    const image = stack.services.find(({ name }) => name === service)?.image;
    if (image === undefined || !changes.some((change) => change.service === service)) continue;
    expected.push({ dump, facts: await askRelease(deployment, stack, dump, { image }) });
  }
  return expected;
}

/**
 * Looks whether the server works as it did before, and is what it was to become. What did not work before is not asked for.
 *
 * @returns what was found to be so, a sentence each
 * @throws UnhealthyError with what is not
 */
export async function verifyUpgrade(
  { context, deployment }: Work,
  stack: Stack,
  { before, expected }: { before: PendingUpgrade['baseline']; expected: readonly Expected[] },
): Promise<string[]> {
  const wrong: string[] = [];
  const found: string[] = [];
  const now = await tryServer(context, deployment.directory).catch((error) => {
    if (!(error instanceof UserError)) throw error;
    throw unhealthy(stack, [error.message]);
  });
  for (const { what, trouble } of now.tried) {
    if (trouble === undefined) found.push(`it ${what}`);
    else if (before.works.includes(what)) wrong.push(`it ${what} no more: ${trouble}`);
  }
  const lost = before.keys.filter((key) => !now.introduction.keys.includes(key));
  if (lost.length > 0)
    wrong.push(`it does not sign with ${lost.map((key) => key.split(' ')[0]).join(', ')} any more`);
  else if (before.keys.length > 0) found.push('it signs with the same key');
  for (const { dump, facts } of expected) {
    if (!now.introduction.version.startsWith(facts.version)) {
      wrong.push(`it calls itself ${now.introduction.version}, not ${facts.version}`);
    } else found.push(`it is ${dump.migrations.service} ${facts.version}`);
    const state = await askDatabase(deployment, stack, dump);
    const left = changesToCome(facts, state);
    if (left.length > 0)
      wrong.push(`changes of the database ${dump.database} were not made: ${left.join(', ')}`);
    else found.push(`the database ${dump.database} has every change that this release makes`);
  }
  if (wrong.length > 0) throw unhealthy(stack, wrong);
  return found;
}

function unhealthy({ services }: Stack, details: readonly string[]): UnhealthyError {
  return new UnhealthyError(`the server does not work as before: ${details[0]}`, {
    code: 'upgrade.unhealthy',
    details,
    service: services[0]?.name ?? '',
  });
}

/**
 * What the server is and can do as it is, to compare with later. Of one that does not answer nothing is asked for: another
 * version may be what it needs.
 *
 * @param onTrouble told of what does not work already, as a sentence
 */
export async function readBaseline(
  context: Context,
  directory: string,
  onTrouble: (text: string) => void,
): Promise<PendingUpgrade['baseline']> {
  try {
    const { introduction, tried } = await tryServer(context, directory);
    for (const { what, trouble } of tried) {
      if (trouble !== undefined) onTrouble(`it is not so that the server ${what}: ${trouble}`);
    }
    const works = tried.flatMap(({ what, trouble }) => (trouble === undefined ? [what] : []));
    return { keys: [...introduction.keys], works };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onTrouble(`the server does not work: ${error.message}`);
    return { keys: [], works: [] };
  }
}
