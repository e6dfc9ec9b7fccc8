import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { UsageError, UserError } from '../errors.ts';
import { exists, readForeign, writeAtomically } from '../host/files.ts';
import type { Machine } from '../host/machine.ts';
import { lastLines } from '../host/text.ts';
import { commandOfUnit, directoryIn, type StartedCommand } from '../host/unit-text.ts';
import { layout } from '../layout.ts';
import { shellWord } from '../shell-word.ts';

/** Where an administrator's units are (systemd.unit(5), "Unit File Load Path"). */
export const unitDirectory = '/etc/systemd/system';

const unitMode = 0o644;

/** Environment variables that say where the engine is, if it is not in its usual place. */
const engineVariables = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG'];

/** The deployment that a command is started for. */
export interface UnitSubject {
  readonly directory: string;
  readonly config: Pick<Config, 'server_name'>;
}

/** Units of systemd that start a command of this program for a deployment. */
export interface UnitGroup {
  /** Name of the unit with the command. */
  readonly service: string;
  /** Names of the units that start it by themselves. */
  readonly starters: readonly string[];
  /** The command of this program that writes the units, and with `--remove` removes them. */
  readonly writtenBy: string;
}

/**
 * A command of this program for a deployment, with its environment.
 *
 * @throws UsageError for a path that no unit and no crontab can contain
 */
export function startedCommand(
  { directory }: UnitSubject,
  args: readonly string[],
  { program, environment }: Pick<Context, 'program' | 'environment'>,
): StartedCommand {
  const unprintable = [directory, ...program].find((path) => /\p{Cc}/u.test(path));
  if (unprintable !== undefined) {
    throw new UsageError(`a schedule cannot have the path ${JSON.stringify(unprintable)} in it`, {
      code: 'usage.path',
      hint: 'Rename it. Nothing was changed.',
    });
  }
  const variables = engineVariables.flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === '' || /\p{Cc}/u.test(value) ? [] : [[name, value] as const];
  });
  return {
    words: [...program, ...args, '--dir', directory],
    environment: Object.fromEntries(variables),
  };
}

/** A line that the caller can add to a crontab, where this program cannot write units. */
export interface CrontabLine {
  readonly kind: 'crontab';
  readonly line: string;
  readonly reason: 'no systemd' | 'not root';
}

/** Why this program cannot write units here; `undefined` if it can. */
export async function obstacleToUnits(machine: Machine): Promise<CrontabLine['reason'] | undefined> {
  if ((await machine.systemctl('--version')) === undefined) return 'no systemd';
  return machine.isRoot() ? undefined : 'not root';
}

/** The command of a group of units, in any directory; `undefined` if there is none. */
export async function readUnits(
  { service }: UnitGroup,
  machine: Pick<Machine, 'readFile'>,
): Promise<{ command: readonly string[]; missing: readonly string[] } | undefined> {
  const command = commandOfUnit((await machine.readFile(join(unitDirectory, service))) ?? '');
  if (command === undefined) return undefined;
  const paths = [...command.slice(0, 2), directoryIn(command)].filter((path) => path !== undefined);
  const found = await Promise.all(paths.map(exists));
  return { command, missing: paths.filter((_, index) => !found[index]) };
}

/**
 * Writes units, enables and starts those that start the command, and checks that they are at work.
 *
 * @param texts by name, of all units of the group
 * @param see throws if they are not at work; its result is returned
 * @throws UserError if systemd does not accept the units, or if another deployment has them: all is then as before
 */
export async function installUnits<Seen>(
  {
    group,
    texts,
    subject,
  }: { group: UnitGroup; texts: Readonly<Record<string, string>>; subject: UnitSubject },
  machine: Machine,
  see: () => Promise<Seen>,
): Promise<Seen> {
  await refuseAnothers(group, subject, machine);
  const before = await readTexts(Object.keys(texts));
  try {
    await writeUnits(texts);
    await control(machine, 'daemon-reload');
    await control(machine, 'enable', ...group.starters);
    // Without a restart, a unit that is already waiting would keep its old settings.
    await control(machine, 'restart', ...group.starters);
    return await see();
  } catch (error) {
    const added = group.starters.filter((name) => before[name] === undefined);
    const kept = group.starters.filter((name) => before[name] !== undefined);
    if (added.length > 0) await machine.systemctl('disable', '--now', ...added);
    await writeUnits(before);
    await machine.systemctl('daemon-reload');
    if (kept.length > 0) await machine.systemctl('restart', ...kept);
    throw error;
  }
}

/**
 * Removes the units of this deployment. Those of another deployment with the same server name stay.
 *
 * @returns whether there were any
 * @throws UserError if the caller is not root, or if systemd does not stop them: they are then as before
 */
export async function removeUnits(
  group: UnitGroup,
  { directory }: Pick<UnitSubject, 'directory'>,
  machine: Machine,
): Promise<boolean> {
  const found = await readUnits(group, machine);
  if (found === undefined || directoryIn(found.command) !== directory) return false;
  if (!machine.isRoot()) {
    throw new UserError(`${group.starters.join(' and ')} belong to root`, {
      code: 'schedule.root',
      hint: `Run the command as root: \`sudo matrix-deploy ${group.writtenBy} --remove\`.`,
    });
  }
  // If systemd does not run, no unit has to be stopped: there are only files to remove.
  if ((await machine.systemctl('--version')) !== undefined) {
    await control(machine, 'disable', '--now', ...group.starters);
  }
  await writeUnits(Object.fromEntries([...group.starters, group.service].map((name) => [name, undefined])));
  await machine.systemctl('daemon-reload');
  return true;
}

/**
 * Refuses to replace the units of another directory with the same server name, if that still holds a deployment: one
 * of the two may be a copy of the other.
 */
async function refuseAnothers(
  group: UnitGroup,
  { directory, config }: UnitSubject,
  machine: Machine,
): Promise<void> {
  const other = directoryIn((await readUnits(group, machine))?.command ?? []);
  if (other === undefined || other === directory) return;
  if (await exists(join(other, layout.config))) {
    throw new UserError(`${group.service} is for ${config.server_name} in ${other}`, {
      code: 'schedule.other',
      hint: `Nothing was changed. Remove that first: \`matrix-deploy ${group.writtenBy} --remove --dir ${shellWord(other)}\`.`,
    });
  }
}

type Texts = Readonly<Record<string, string | undefined>>;

async function readTexts(names: readonly string[]): Promise<Texts> {
  const texts = await Promise.all(
    names.map(async (name) => [name, await readForeign(join(unitDirectory, name))] as const),
  );
  return Object.fromEntries(texts);
}

/** @param units texts of units by name; a unit without a text is removed */
async function writeUnits(units: Texts): Promise<void> {
  for (const [name, text] of Object.entries(units)) {
    const path = join(unitDirectory, name);
    await (text === undefined ? rm(path, { force: true }) : writeAtomically(path, text, unitMode));
  }
}

async function control(machine: Machine, ...args: string[]): Promise<void> {
  const result = await machine.systemctl(...args);
  if (result?.isDone !== true) {
    throw new UserError(`systemctl ${args.join(' ')} failed`, {
      code: 'schedule.systemd',
      details: lastLines(result?.output ?? ''),
      hint: 'The units are as they were before.',
    });
  }
}
