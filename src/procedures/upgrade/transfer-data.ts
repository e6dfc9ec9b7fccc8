import { basename, dirname } from 'node:path';
import { inDirectory, toTheEnd } from '../../apply/deployment.ts';
import { mountJob } from '../../apply/prepare-data.ts';
import type { DataSpec } from '../../components/data.ts';
import type { Transfer } from '../../components/saving.ts';
import { UserError } from '../../errors.ts';
import { describeTransferred, differencesOfTransfer, parseTransfer } from '../../plan/transfers.ts';
import type { Stack } from '../../stack/stack.ts';
import { type PendingUpgrade, writePendingUpgrade } from '../../state/pending-upgrade.ts';
import { readSecret } from '../../state/secrets.ts';
import { openSecrets } from '../backup/open-secrets.ts';
import { removeServices, stopServices } from '../restore/change-places.ts';
import { countRowsNow, inService, parseDatabases } from '../restore/database-server.ts';
import { markAsOwn } from '../restore/mark-as-own.ts';
import { clearLeftOver } from './clear-left-over.ts';
import { exchangeFiles } from './exchange-files.ts';
import { noteOf, type UpgradeWork } from './work.ts';

type Place = PendingUpgrade['directories'][number];

/** Where new data directories are created, and where the previous ones are kept. */
export function placesOf(paths: readonly string[], id: string): PendingUpgrade['directories'] {
  return paths.map((inUse) => ({
    inUse,
    beside: `${inUse}.upgraded-${id}`,
    before: `${inUse}.before-${id}`,
  }));
}

/**
 * Copies the databases of servers into new files, compares them, and puts the new files in use. Stops the servers for
 * that, and does not start them again. Uses files that an earlier run has completed, and creates incomplete ones
 * again.
 *
 * @returns the record, which has been written, and what was verified, a sentence each
 * @throws UserError where the new files are not complete
 */
export async function transferData(
  work: UpgradeWork,
  stack: Stack,
  begun: PendingUpgrade,
): Promise<{ pending: PendingUpgrade; checks: string[] }> {
  let pending = begun;
  const checks: string[] = [];
  for (const place of begun.directories.filter(({ identities }) => identities === undefined)) {
    const { identities, rows, copiedAt, found } = await fill(work, stack, place);
    checks.push(...found);
    pending = {
      ...pending,
      ...{ rows: { ...pending.rows, ...rows }, copiedAt },
      directories: pending.directories.map((one) =>
        one.inUse === place.inUse ? { ...one, identities } : one,
      ),
    };
    // From here on, the new files are used: nobody has written to the old server since it was read, and nobody can.
    await writePendingUpgrade(work.deployment.directory, pending);
  }
  const deployment = toTheEnd(work.deployment);
  await exchangeFiles({ deployment, stack, note: noteOf(work) }, pending.directories, 'restored');
  return { pending, checks };
}

interface Filled {
  readonly identities: NonNullable<Place['identities']>;
  readonly rows: PendingUpgrade['rows'];
  readonly copiedAt: string;
  readonly found: readonly string[];
}

/**
 * Fills the new directory. Stops the services that use the databases before, and removes their containers after: if
 * the host restarts meanwhile, the engine starts them with the old server, and the next run fills the directory
 * again.
 */
async function fill(work: UpgradeWork, stack: Stack, place: Place): Promise<Filled> {
  const { engine, directory, clock, random } = work.deployment;
  const note = noteOf(work);
  const transfer = stack.transfers.find(({ data }) => data === place.inUse);
  const spec = stack.data.find(({ path }) => path === place.inUse);
  if (transfer === undefined || spec === undefined) throw new Error(`nothing takes ${place.inUse} along`);
  const { service, databases } = transfer;
  const users = stack.services.filter(({ needs }) => needs.includes(service));
  await openSecrets(work.deployment, stack);
  await engine.removeJobs(stack.project);
  await stopServices(toTheEnd(work.deployment).engine, stack.project, { services: users, note });
  const copiedAt = clock.now().toISOString();
  const rows = await countRowsNow(engine, stack);
  const secrets = await Promise.all(
    transfer.secrets.map(async (name) => [name, await readSecret(directory, name)] as const),
  );
  const secretOf = (name: string) => new Map(secrets).get(name)?.reveal() ?? '';
  const lines = await runTransfer(work, stack, {
    place,
    spec,
    transfer,
    input: transfer.input(secretOf, random),
  });
  const facts = parseTransfer(lines);
  const differences = [
    ...differencesOfTransfer(facts, databases),
    ...(await runningAgain(work, stack, users)).map((name) => `${name} was started meanwhile`),
  ];
  if (differences.length > 0) throw notTransferred(service, differences);
  await markAsOwn(work.deployment, stack, {
    ...{ project: stack.project, image: transfer.job.image },
    ...{ path: place.inUse, beside: place.beside },
  });
  const identities: Record<string, { before: string; restored: string }> = {};
  for (const { database, replacement } of stack.dumps.filter((dump) => databases.includes(dump.database))) {
    const listing = { exec: replacement.list, doing: 'listing the databases' };
    const before = parseDatabases(await inService(engine, stack, service, listing)).get(database);
    const restored = facts.identities[database];
    if (before === undefined || restored === undefined) throw notTransferred(service, [`no ${database}`]);
    identities[database] = { before, restored };
  }
  await removeServices(toTheEnd(work.deployment).engine, stack.project, { services: users, note });
  return { identities, rows, copiedAt, found: describeTransferred(facts) };
}

interface Running {
  readonly place: Place;
  readonly spec: DataSpec;
  readonly transfer: Transfer;
  readonly input: string;
}

/** @returns the output lines of the job, which has succeeded */
async function runTransfer(
  work: UpgradeWork,
  stack: Stack,
  { place, spec, transfer, input }: Running,
): Promise<string[]> {
  const { deployment } = work;
  const { engine } = deployment;
  const { owner, mode } = spec;
  const path = inDirectory(deployment, place.beside);
  await clearLeftOver(deployment, stack, spec, noteOf(work));
  const redirect = (source: string) => (source === place.inUse ? place.beside : source);
  const job = mountJob(deployment, stack.project, transfer.job, redirect);
  const made = { parent: dirname(path), directories: [{ path: basename(path), owner, mode }] };
  noteOf(work)(`create ${place.beside} with ${transfer.job.image.replace(/@.*/, '')}`);
  const lines: string[] = [];
  const { exitCode } = await engine.follow(
    { ...job, made },
    {
      input,
      onLine(line) {
        if (line.startsWith('note\t')) noteOf(work)(line.slice('note\t'.length));
        else lines.push(line);
      },
    },
  );
  if (exitCode !== 0) throw notTransferred(transfer.service, complaints(lines));
  return lines;
}

/** The first error messages of a program; its last lines where there are none. */
function complaints(lines: readonly string[]): string[] {
  const first = lines.filter((line) => /\b(?:error|fatal|panic):/i.test(line)).slice(0, 5);
  return first.length > 0 ? first : lines.filter((line) => line.trim() !== '').slice(-10);
}

async function runningAgain(
  { deployment: { engine } }: UpgradeWork,
  { project }: Stack,
  users: Stack['services'],
): Promise<string[]> {
  const containers = await engine.containers(project);
  return users
    .map(({ name }) => name)
    .filter((name) => containers.some(({ service, state }) => service === name && state === 'running'));
}

function notTransferred(service: string, details: readonly string[]): UserError {
  return new UserError(`the databases of ${service} did not get into the files of another release`, {
    code: 'upgrade.transfer',
    details,
  });
}
