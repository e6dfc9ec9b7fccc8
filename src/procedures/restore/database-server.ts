import type { Deployment } from '../../apply/deployment.ts';
import { parseRows } from '../../backup/contents.ts';
import type { Replacement } from '../../components/saving.ts';
import type { Exec } from '../../components/service.ts';
import type { Engine } from '../../docker/engine.ts';
import { BackupError, PreflightError } from '../../errors.ts';
import { lastLines } from '../../host/text.ts';
import type { Stack } from '../../stack/stack.ts';

/** Runs a command in the container of a service, which must run. @returns its output */
export async function inService(
  engine: Engine,
  { project }: Pick<Stack, 'project'>,
  service: string,
  { exec, doing }: { exec: Exec; doing: string },
): Promise<string> {
  const containers = await engine.containers(project);
  const container = containers.find((one) => one.service === service && one.state === 'running');
  if (container === undefined) {
    throw new PreflightError(`${service} does not run`, {
      code: 'preflight.service',
      hint: `See \`matrix-deploy status\`. When nothing else starts it: \`docker compose up --detach ${service}\` in the deployment directory.`,
    });
  }
  const { exitCode, stdout, stderr } = await engine.exec(container.id, exec);
  if (exitCode !== 0) {
    throw new BackupError(`${doing} failed`, {
      code: 'restore.database',
      details: lastLines(`${stderr}${stdout}`),
    });
  }
  return stdout;
}

/** How long a database server may take to start after a crash. */
const startSeconds = 120;

/**
 * Starts the database servers that do not run, for example after an interrupted run, and waits until all of them
 * answer: a running one may still be recovering from a crash.
 */
export async function startDatabases(
  { engine, compose, clock }: Pick<Deployment, 'engine' | 'compose' | 'clock'>,
  stack: Pick<Stack, 'project' | 'dumps'>,
): Promise<void> {
  const stopped = await stoppedServers(engine, stack);
  if (stopped.length > 0) await compose.up(stopped.map(({ service }) => service));
  for (const { service, list } of stack.dumps.map(({ replacement }) => replacement)) {
    const asked = { exec: list, doing: `waiting for ${service}` };
    for (let left = startSeconds; ; left--) {
      try {
        await inService(engine, stack, service, asked);
        break;
      } catch (error) {
        if (left === 0) throw error;
        await clock.sleep(1000);
      }
    }
  }
}

/** The database servers that do not run. */
export async function stoppedServers(
  engine: Pick<Engine, 'containers'>,
  { project, dumps }: Pick<Stack, 'project' | 'dumps'>,
): Promise<Replacement[]> {
  const containers = await engine.containers(project);
  const running = containers.filter(({ state }) => state === 'running').map(({ service }) => service);
  return dumps.map(({ replacement }) => replacement).filter(({ service }) => !running.includes(service));
}

/** Parses the output of `Replacement.list`: the identities of the databases, by name. */
export function parseDatabases(output: string): ReadonlyMap<string, string> {
  return new Map(
    output.split('\n').flatMap((line) => {
      const [name, identity] = line.split('\t');
      return name === undefined || identity === undefined ? [] : [[name, identity] as const];
    }),
  );
}

/** The present numbers of rows, by database and table; none for a database that does not answer in time. */
export async function countRowsNow(
  engine: Engine,
  stack: Pick<Stack, 'project' | 'dumps'>,
): Promise<Record<string, Record<string, number>>> {
  const counted = await Promise.all(
    stack.dumps.map(async ({ database, replacement: { service, count } }) => {
      const asked = inService(engine, stack, service, { exec: count, doing: `counting ${database}` });
      return [database, parseRows((await asked.catch(() => '')).split('\n'))] as const;
    }),
  );
  return Object.fromEntries(counted);
}
