import { toTheEnd } from '../../apply/deployment.ts';
import { homeserver } from '../../components/synapse/listener.ts';
import type { Context } from '../../context.ts';
import { UnhealthyError, UserError } from '../../errors.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { openHomeserver } from '../../matrix/homeserver.ts';
import { innerApi } from '../../matrix/inner-api.ts';
import { asAdmin } from '../../matrix/tool-session.ts';
import { type Introduction, introduce, type Line, type Tried, tryHomeserver } from '../../matrix/trial.ts';
import { changesToCome, type ReleaseFacts } from '../../plan/migrations.ts';
import type { Stack } from '../../stack/stack.ts';
import type { PendingUpgrade } from '../../state/pending-upgrade.ts';
import { readSecret } from '../../state/secrets.ts';
import { askDatabase, askRelease, type MigratedDump, migratedDumps } from './ask.ts';
import type { UpgradeWork } from './work.ts';

interface Seen {
  readonly introduction: Introduction;
  readonly tried: readonly Tried[];
}

/** Uses the homeserver as its users do, and asks for its version and its keys. */
async function tryServer(line: Line): Promise<Seen> {
  return { introduction: await introduce(line), tried: await tryHomeserver(line) };
}

/** Reaches the homeserver from its host, once it has been let in. */
async function fromHost(context: Context, directory: string): Promise<Line> {
  const server = await openHomeserver({ ...context, interrupt: uninterruptible }, directory);
  return { ...server, clock: context.clock, serverName: server.stack.serverName };
}

/** Reaches the homeserver from inside its container, before it is let in. */
async function fromInside({ context, deployment }: UpgradeWork, container: string): Promise<Line> {
  const { directory, config } = deployment;
  const { engine } = toTheEnd(deployment);
  const api = innerApi(container, { engine, clock: context.clock, interrupt: uninterruptible });
  const sharedSecret = await readSecret(directory, homeserver.registrationSecret);
  return {
    api,
    admin: asAdmin({ api, directory, sharedSecret }),
    serverName: config.server_name,
    clock: context.clock,
  };
}

/** The facts that a release must show after it was started. */
export interface Expected {
  readonly dump: MigratedDump;
  readonly facts: ReleaseFacts;
}

/** Asks the changed images of a stack for the facts that they must show. */
export async function expectedReleases(
  deployment: UpgradeWork['deployment'],
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

/** What a server is compared with, and how it is reached. */
interface Comparison {
  readonly before: PendingUpgrade['baseline'];
  readonly expected: readonly Expected[];
  /** The ID of the homeserver's container; absent when the homeserver has been let in. */
  readonly outside?: string;
}

/**
 * Verifies that the server works as before, and has the expected releases. Ignores what already did not work before.
 *
 * @returns what was verified, a sentence each
 * @throws UnhealthyError with everything that is wrong
 */
export async function verifyUpgrade(
  work: UpgradeWork,
  stack: Stack,
  { before, expected, outside }: Comparison,
): Promise<string[]> {
  const { context, deployment } = work;
  const wrong: string[] = [];
  const found: string[] = [];
  const line = outside === undefined ? fromHost(context, deployment.directory) : fromInside(work, outside);
  const now = await line.then(tryServer).catch((error) => {
    if (!(error instanceof UserError)) throw error;
    throw unhealthy([error.message]);
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
  if (wrong.length > 0) throw unhealthy(wrong);
  return found;
}

function unhealthy(details: readonly string[]): UnhealthyError {
  return new UnhealthyError(`the server does not work as before: ${details[0]}`, {
    code: 'upgrade.unhealthy',
    details,
    service: homeserver.service,
  });
}

/**
 * Reads what the server is and can do now, to compare it later. The result is empty for a server that does not
 * answer: the upgrade may be what it needs.
 *
 * @param onTrouble called with a sentence for each thing that does not work now
 */
export async function readBaseline(
  context: Context,
  directory: string,
  onTrouble: (text: string) => void,
): Promise<PendingUpgrade['baseline']> {
  try {
    const { introduction, tried } = await tryServer(await fromHost(context, directory));
    for (const { what, trouble } of tried) {
      if (trouble !== undefined) onTrouble(`failed: the server ${what}: ${trouble}`);
    }
    const works = tried.flatMap(({ what, trouble }) => (trouble === undefined ? [what] : []));
    return { keys: [...introduction.keys], works };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onTrouble(`the server does not work: ${error.message}`);
    return { keys: [], works: [] };
  }
}
