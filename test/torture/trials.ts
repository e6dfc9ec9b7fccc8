import type { Deployment } from '../e2e/support/deployment.ts';
import { partsOfSets } from '../e2e/support/stock-restic.ts';
import { Random } from './random.ts';
import type { Witnesses } from './witnesses.ts';

/** A command that is cut off again and again, and what must be so each time. What is wrong is told in sentences. */
export interface Trial {
  readonly name: string;
  readonly argv: readonly string[];
  /** Makes what the command needs to run for the first time. */
  prepare(): Promise<unknown>;
  /** Looks after a run that was cut off, and leaves a state in which the command can be run again. */
  after(): Promise<string[]>;
  /** Looks after a run that has succeeded, and leaves the server as it was before `prepare`. */
  finish(): Promise<string[]>;
}

/** A server with backups, whose users and messages must never be lost. */
export interface Subject {
  readonly deployment: Deployment;
  readonly witnesses: Witnesses;
  /** Absolute path of the directory with the backups. */
  readonly repository: string;
  /** How many parts a backup has that is whole. */
  readonly parts: number;
}

/** Makes the first backup of a server. */
export async function subjectOf(
  deployment: Deployment,
  witnesses: Witnesses,
  repository: string,
): Promise<Subject> {
  await deployment.exits(0, 'backup');
  const [parts = 0] = Object.values(await partsOfSets(deployment, repository));
  return { deployment, witnesses, repository, parts };
}

interface Listed {
  readonly sets: readonly { readonly id: string; readonly state: string }[];
}

/** No set may be listed as good that is not, and there must be one. */
async function untrueListings({ deployment, repository, parts: whole }: Subject): Promise<string[]> {
  const { sets } = await deployment.ask<Listed>('backup', 'list');
  const parts = await partsOfSets(deployment, repository);
  return [
    ...(sets.length === 0 ? ['no backup is left'] : []),
    ...sets
      .filter(({ state }) => state !== 'verified' && state !== 'drilled')
      .map(({ id, state }) => `the backup ${id} is ${state}`),
    ...sets
      .filter(({ id }) => parts[id] !== whole)
      .map(({ id }) => `the backup ${id} is listed, and has ${parts[id] ?? 0} parts`),
  ];
}

/** What nobody is there to help. */
const scheduled = ['backup', '--wait', '1m', '--quiet'];
const pruning = ['backup', 'prune', '--quiet'];

let isPruneFirst = false;

/** The next backup of the timer, and `prune`, must work, whichever comes first. */
async function unattended({ deployment }: Subject): Promise<string[]> {
  isPruneFirst = !isPruneFirst;
  const commands = isPruneFirst ? [pruning, scheduled] : [scheduled, pruning];
  const lost: string[] = [];
  for (const argv of commands) lost.push(...(await failureOf(deployment, ...argv)));
  return lost;
}

async function failureOf(deployment: Deployment, ...argv: string[]): Promise<string[]> {
  const { exitCode, stderr, stdout } = await deployment.cli(...argv);
  return exitCode === 0 ? [] : [`${argv.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`];
}

/** Whether a command refuses to begin, with the exit code for that. */
async function isNotRefused(deployment: Deployment, ...argv: string[]): Promise<string[]> {
  const { exitCode, stderr } = await deployment.cli(...argv);
  return exitCode === 4 ? [] : [`${argv.join(' ')} was not refused, but ended with ${exitCode}: ${stderr}`];
}

/** Looks at a server that must serve. */
async function whole(subject: Subject): Promise<string[]> {
  return [
    ...(await subject.witnesses.kept()),
    ...(await untrueListings(subject)),
    ...(await unattended(subject)),
  ];
}

/** Looks at everything, at the end: also that nothing was left behind, neither here nor in the repository. */
async function wholeAndClean(subject: Subject): Promise<string[]> {
  const { deployment, witnesses, repository } = subject;
  const found = [
    ...(await whole(subject)),
    ...(await failureOf(deployment, 'backup', 'verify')),
    ...(await witnesses.losses(new Random('end'))),
  ];
  const { sets } = await deployment.ask<Listed>('backup', 'list');
  const ids = sets.map(({ id }) => id);
  const left = Object.keys(await partsOfSets(deployment, repository)).filter((id) => !ids.includes(id));
  return [...found, ...left.map((id) => `parts of the backup ${id} are left`)];
}

/** How far something has come that a state file tells; `undefined` when there is none. */
async function phaseIn(deployment: Deployment, file: string): Promise<string | undefined> {
  const path = deployment.path(`state/${file}`);
  return (await deployment.host.exists(path))
    ? JSON.parse(await deployment.readFile(`state/${file}`)).phase
    : undefined;
}

/** Each run is the next backup of the timer after one that was killed, and gets further than that. */
export function backupTrial(subject: Subject): Trial {
  const { witnesses, deployment } = subject;
  let isPruned = false;
  return {
    name: 'backup',
    argv: scheduled,
    prepare: async () => undefined,
    async after() {
      isPruned = !isPruned;
      return [
        ...(await witnesses.kept()),
        ...(await untrueListings(subject)),
        ...(isPruned ? await failureOf(deployment, ...pruning) : []),
      ];
    },
    finish: () => wholeAndClean(subject),
  };
}

/** There is neither a key nor a repository. */
export function firstBackupTrial(subject: Subject): Trial {
  const { deployment, repository } = subject;
  const begin = () => deployment.run(['rm', '-rf', repository, 'secrets/backup.key', 'state/backups.json']);
  return {
    name: 'first backup',
    argv: scheduled,
    prepare: begin,
    async after() {
      const lost = [...(await unattended(subject)), ...(await whole(subject))];
      await begin();
      return lost;
    },
    finish: () => wholeAndClean(subject),
  };
}

export function drillTrial(subject: Subject): Trial {
  return {
    ...backupTrial(subject),
    name: 'drill',
    argv: ['drill'],
    after: () => whole(subject),
  };
}

/** Over the server that runs; what is restored has all that the server has. */
export function restoreOverTrial(subject: Subject): Trial {
  const { deployment, witnesses } = subject;
  const goBack = () => failureOf(deployment, 'restore', '--undo', '--yes');
  return {
    name: 'restore',
    argv: ['restore', '--yes'],
    async prepare() {
      await witnesses.say('before the restore');
      await deployment.exits(0, 'backup');
    },
    async after() {
      const phase = await phaseIn(deployment, 'pending-restore.json');
      if (phase === undefined || phase === 'staging') return whole(subject);
      const isHalf = phase === 'switching';
      const before = isHalf ? await isNotRefused(deployment, ...scheduled) : await unattended(subject);
      return [...before, ...(await goBack()), ...(await whole(subject))];
    },
    async finish() {
      return [...(await whole(subject)), ...(await goBack()), ...(await wholeAndClean(subject))];
    },
  };
}

/** In a directory that has nothing, from the backups of the server that was there. */
export function restoreTrial(subject: Subject): Trial {
  const { deployment, witnesses, repository } = subject;
  const { host, directory, serverName } = deployment;
  const key = '/root/backup.key';
  const lose = async () => {
    await deployment.exits(0, 'destroy', '--delete-data', '--confirm', serverName);
    await host.run(['rm', '-rf', directory]);
  };
  return {
    name: 'restore --from',
    argv: ['restore', '--from', repository, '--key-file', key],
    async prepare() {
      await witnesses.say('before the loss');
      await deployment.exits(0, 'backup');
      await host.run(['install', '-m', '0600', deployment.path('secrets/backup.key'), key]);
      await lose();
    },
    async after() {
      // Until it is whole, what was restored is no server, and the next run goes on.
      if (!(await host.exists(deployment.path('matrix.yaml')))) return [];
      const lost = [...(await failureOf(deployment, 'apply')), ...(await whole(subject))];
      const fetched = ['find', 'state/restore', '-type', 'f', '!', '-name', 'complete'];
      const left = await host.exec(fetched, { cwd: directory });
      if (left.stdout !== '') lost.push(`what was fetched is left: ${left.stdout}`);
      await lose();
      return lost;
    },
    async finish() {
      // A killed run leaves its empty directory among the temporary files of the host, which the host deletes.
      await host.exec(['sh', '-c', 'rmdir /tmp/matrix-deploy-*']);
      return wholeAndClean(subject);
    },
  };
}
