import { testedImage } from '../../src/releases/releases.ts';
import { Deployment } from '../e2e/support/deployment.ts';
import { stackImages } from '../e2e/support/stack-images.ts';
import { identityOf } from '../e2e/support/survivors.ts';
import { giveUserFile, manyLogins, readPasswords } from '../e2e/support/user-file.ts';
import type { Host } from '../lab/host.ts';
import { attack, type Ended, targetOfBackups } from './inflict.ts';
import { Random } from './random.ts';
import type { Attempt, Round } from './script.ts';
import { Witnesses } from './witnesses.ts';

/** The images that a tortured host has. */
export const tortureImages = [...stackImages, testedImage('restic')];

/** The disk of a tortured host: small, so that it is full at once. */
export const tortureDiskBytes = 2e9;

const init = ['init', '--local', '--yes', '--server-name', 'localhost', '--skip-check', 'disk'];
/** Where a tortured server has its backups. */
export const repository = `${targetOfBackups}/matrix`;

const deletion = ['destroy', '--delete-data', '--confirm', 'localhost'];

interface Listed {
  readonly id: string;
  readonly state: string;
}

/** Sets up a server on a host that has none, with a target of backups that is a small file system of its own. */
export async function setUp(deployment: Deployment): Promise<Witnesses> {
  const mount = `mkdir ${targetOfBackups} && mount -t tmpfs -o size=200m none ${targetOfBackups}`;
  await deployment.host.run(['sh', '-c', mount]);
  await deployment.exits(0, ...init);
  return take(deployment);
}

/** Makes a new server one that is looked at. */
async function take(deployment: Deployment): Promise<Witnesses> {
  const targets = { small: { kind: 'local', path: repository } };
  await deployment.edit({ synapse: { overrides: manyLogins }, backup: { targets } });
  await deployment.exits(0, 'apply');
  return Witnesses.of(deployment);
}

/** A server that is tortured round by round. */
export class Victim {
  readonly #deployment: Deployment;
  #witnesses: Witnesses | undefined;

  constructor(host: Host) {
    this.#deployment = new Deployment(host);
  }

  /** Sets up a server that works, for the first round; afterwards each round leaves one. */
  async begin(): Promise<void> {
    this.#witnesses = await setUp(this.#deployment);
  }

  /**
   * Plays a round: runs its command again and again with all that happens to it, then undisturbed.
   *
   * @returns what was lost, one sentence each
   */
  async play(round: Round, seed: string): Promise<string[]> {
    const random = new Random(`${seed} losses ${round.number}`);
    const witnesses = this.#witnesses;
    if (witnesses === undefined) throw new Error('nothing was begun');
    await witnesses.say(`round ${round.number}`);
    switch (round.command) {
      case 'init':
        return this.#playInit(round, random);
      case 'apply':
        await this.#change(round.number);
        await this.#attackAll(['apply'], round.attempts);
        await this.#deployment.exits(0, 'apply');
        return witnesses.losses(random);
      case 'destroy':
        await this.#attackAll(['destroy', '--yes'], round.attempts);
        await this.#deployment.exits(0, 'destroy', '--yes');
        await this.#deployment.exits(0, 'apply');
        return witnesses.losses(random);
      case 'add-user':
        return witnesses.losses(random, await this.#addUsers(round, random, witnesses));
      case 'backup':
        return [...(await this.#backUp(round)), ...(await witnesses.losses(random))];
    }
  }

  /** Looks at the end for everybody who was created since the last `init`. */
  async end(): Promise<string[]> {
    return (await this.#witnesses?.shutOut()) ?? [];
  }

  async #attackAll(argv: readonly string[], attempts: readonly Attempt[]): Promise<void> {
    for (const attempt of attempts) await attack(this.#deployment, argv, attempt);
  }

  /** An older backup must stay until there is a newer one; one that failed must not be listed. */
  async #backUp({ attempts }: Round): Promise<string[]> {
    const deployment = this.#deployment;
    await deployment.exits(0, 'backup');
    const older = await this.#listed();
    const lost: string[] = [];
    for (const attempt of attempts) {
      const before = attempt.fault.kind === 'target' ? await this.#listed() : [];
      const ended = await attack(deployment, ['backup'], attempt);
      if (attempt.fault.kind === 'target') lost.push(...(await this.#judgeFull(before, ended)));
    }
    // It needs a server that runs.
    await deployment.exits(0, 'apply');
    return [...lost, ...(await this.#judgeBackups(older))];
  }

  /** A backup that fails since its target is full must say so, and what it has saved is no backup. */
  async #judgeFull(before: readonly Listed[], { exitCode, said }: Ended): Promise<string[]> {
    // A set may be good before something fails: then that is said.
    if (exitCode === 0 || said.includes(' is good')) return [];
    const known = new Set(before.map(({ id }) => id));
    const added = (await this.#listed()).filter(({ id }) => !known.has(id));
    return [
      ...added.map(({ id }) => `the backup ${id} has failed, and is listed`),
      ...(/no space left|no room/.test(said)
        ? []
        : [`a backup whose target was full ended with ${exitCode}: ${said}`]),
    ];
  }

  async #listed(): Promise<Listed[]> {
    return (await this.#deployment.ask<{ sets: Listed[] }>('backup', 'list')).sets;
  }

  /** A backup and the removal of old ones must work, as at night, and what is listed must be whole. */
  async #judgeBackups(older: readonly Listed[]): Promise<string[]> {
    const deployment = this.#deployment;
    // One of the same day takes the place of another.
    const newest = (await this.#listed()).at(-1)?.id ?? '';
    const gone = older.filter(({ id }) => id > newest);
    await deployment.exits(0, 'backup', '--quiet');
    await deployment.exits(0, 'backup', 'prune', '--quiet');
    const { exitCode, stdout, stderr } = await deployment.cli('backup', 'verify');
    const damaged = (await this.#listed()).filter(({ state }) => state !== 'verified');
    // A server that is deleted keeps its backups; each round begins without.
    await deployment.run(['rm', '-rf', repository, 'secrets/backup.key', 'state/backups.json']);
    return [
      ...(exitCode === 0 ? [] : [`backup verify ended with ${exitCode}: ${stdout}${stderr}`]),
      ...damaged.map(({ id, state }) => `the backup ${id} is ${state}`),
      ...gone.map(({ id }) => `the backup ${id} is gone`),
    ];
  }

  async #playInit({ attempts, deletion: cut }: Round, random: Random): Promise<string[]> {
    const deployment = this.#deployment;
    if (cut !== undefined) await attack(deployment, deletion, cut);
    // As long as it can be run again, it is to be.
    if (await deployment.host.exists(deployment.path('matrix.yaml'))) await deployment.exits(0, ...deletion);
    const left = await deployment.host.exec(['ls', '-A', deployment.directory]);
    if (left.stdout !== '') return [`destroy --delete-data has left: ${left.stdout}`];

    let kept: Record<string, string> = {};
    const lost: string[] = [];
    const compare = async (when: string) => {
      const now = await identityOf(deployment);
      for (const [name, value] of Object.entries(kept)) {
        if (now[name] !== value) lost.push(`${name} is another one, or gone, ${when}`);
      }
      kept = now;
    };
    for (const attempt of attempts) {
      await attack(deployment, init, attempt);
      await compare('after a run of init that was disturbed');
    }
    await deployment.exits(0, ...init);
    await compare('after the run of init that finished');
    this.#witnesses = await take(deployment);
    return [...lost, ...((await this.#witnesses?.losses(random)) ?? [])];
  }

  /** Settings of each service that no round before had. */
  async #change(number: number): Promise<void> {
    await this.#deployment.edit({
      postgres: { memory: `${900 + (number % 100)}m` },
      synapse: { max_upload_size: `${60 + (number % 40)}M` },
      traefik: { memory: `${200 + (number % 100)}m` },
    });
  }

  /** @returns the names of the users that were created */
  async #addUsers({ number, attempts }: Round, random: Random, witnesses: Witnesses): Promise<string[]> {
    const { host } = this.#deployment;
    const [file, passwords] = [`/root/users-${number}.csv`, `/root/passwords-${number}.csv`];
    const names = Array.from({ length: random.between(8, 24) }, (_, index) => `r${number}.${index}`);
    const own = new Map(names.filter(() => random.below(2) === 0).map((name) => [name, `own of ${name}`]));
    const rows = names.map((name) => `${name},${own.get(name) ?? ''}`);
    await host.run(['rm', '-f', file, passwords]);
    await giveUserFile(host, file, ['name,password', ...rows]);
    const command = ['add-user', '--from', file, '--passwords-to', passwords];
    await this.#attackAll(command, attempts);
    // It needs a server that runs.
    await this.#deployment.exits(0, 'apply');
    await this.#deployment.exits(0, ...command);
    const generated = own.size === names.length ? new Map() : await readPasswords(host, passwords);
    witnesses.remember(new Map(names.map((name) => [name, own.get(name) ?? generated.get(name) ?? ''])));
    return names;
  }
}
