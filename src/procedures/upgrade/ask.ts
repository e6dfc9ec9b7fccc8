import type { Deployment } from '../../apply/deployment.ts';
import { mountJob } from '../../apply/prepare-data.ts';
import type { Dump, Migrations } from '../../components/saving.ts';
import { UserError } from '../../errors.ts';
import { type DatabaseFacts, parseDatabase, parseRelease, type ReleaseFacts } from '../../plan/migrations.ts';
import { readTemplate } from '../../render/template.ts';
import type { Stack } from '../../stack/stack.ts';
import { inService } from '../restore/database-server.ts';

type Asked = Pick<Deployment, 'directory' | 'engine'>;

/** A dump of a database whose schema is changed by releases of the service that uses it. */
export type MigratedDump = Dump & { readonly migrations: Migrations };

export function migratedDumps({ dumps }: Pick<Stack, 'dumps'>): MigratedDump[] {
  return dumps.filter((dump): dump is MigratedDump => dump.migrations !== undefined);
}

/**
 * Asks the image of a release what that release would do with the database.
 *
 * @param works names of background works; the result names those that the release could not continue
 * @throws UserError where the image gives no complete answer: it is probably an image of another program
 */
export async function askRelease(
  deployment: Asked,
  { project }: Pick<Stack, 'project'>,
  { migrations }: Pick<MigratedDump, 'migrations'>,
  { image, works = [] }: { image: string; works?: readonly string[] },
): Promise<ReleaseFacts> {
  const lines: string[] = [];
  const job = mountJob(deployment, project, migrations.job(image, works), (source) => source);
  const { exitCode } = await deployment.engine.follow(job, {
    input: readTemplate(migrations.template),
    onLine: (text) => lines.push(text),
  });
  const facts = exitCode === 0 ? parseRelease(lines) : undefined;
  if (facts === undefined) {
    throw new UserError(`${image} does not tell what it would do with the database`, {
      code: 'upgrade.release',
      details: lines.slice(-10),
      hint: `Is it an image of ${migrations.service}? Nothing that serves was touched.`,
    });
  }
  return facts;
}

/** Asks a database for its schema and the changes made to it. @throws UserError where it gives no complete answer */
export async function askDatabase(
  { engine }: Pick<Asked, 'engine'>,
  stack: Pick<Stack, 'project'>,
  { database, replacement, migrations }: MigratedDump,
): Promise<DatabaseFacts> {
  const asked = { exec: migrations.state, doing: `asking the database ${database} for its schema version` };
  const facts = parseDatabase((await inService(engine, stack, replacement.service, asked)).split('\n'));
  if (facts === undefined) {
    throw new UserError(`the database ${database} does not tell which release it is of`, {
      code: 'upgrade.database',
      hint: 'Nothing was changed. See `matrix-deploy status`.',
    });
  }
  return facts;
}
