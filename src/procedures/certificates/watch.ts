import { join } from 'node:path';
import { ownCertificates } from '../../components/traefik/options.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { UserError } from '../../errors.ts';
import type { Machine } from '../../host/machine.ts';
import { crontabLine } from '../../host/unit-text.ts';
import {
  type CrontabLine,
  installUnits,
  obstacleToUnits,
  readUnits,
  removeUnits,
  startedCommand,
  unitDirectory,
} from '../units.ts';
import { readsNoFiles } from './reads-no-files.ts';
import { pathsIn, watchArguments, watchedPaths, watchTexts, watchTimes, watchUnits } from './watch-units.ts';

interface Subject {
  readonly directory: string;
  readonly config: Config;
}

/** How the operator's certificate files are watched on this host. */
export interface Watch {
  readonly units: readonly string[];
  /** Those of them that do not work, with the state that systemd tells. */
  readonly idle: readonly string[];
  readonly paths: readonly string[];
  /** The command that is started at a change, word by word. */
  readonly command: readonly string[];
  /** Absolute paths in the command that do not exist. */
  readonly missing: readonly string[];
}

/** The result of `certificates watch`: units, or a line that the caller can add to a crontab. */
export type MadeWatch = { readonly kind: 'units'; readonly watch: Watch } | CrontabLine;

/**
 * Has systemd start `certificates reload` when the operator's files change, and every hour. Without systemd, or if the
 * caller is not root, changes nothing and returns a line for a crontab.
 *
 * @throws UserError if the proxy reads no files, if systemd does not accept the units, or if another deployment has
 *   them: the units are then as before
 */
export async function makeWatch(
  subject: Subject,
  context: Pick<Context, 'surroundings' | 'program' | 'environment'>,
): Promise<MadeWatch> {
  const { server_name: serverName, traefik } = subject.config;
  const certificates = ownCertificates(traefik);
  if (certificates?.issuer !== 'files') throw readsNoFiles(certificates?.issuer);
  const { machine } = await context.surroundings();
  const command = startedCommand(subject, watchArguments, context);
  const reason = await obstacleToUnits(machine);
  if (reason !== undefined) return { kind: 'crontab', line: crontabLine(command, watchTimes), reason };
  const group = watchUnits(serverName);
  const texts = watchTexts(group, serverName, command, certificates);
  const watch = await installUnits({ group, texts, subject }, machine, async () => {
    const seen = await readWatch(subject, machine);
    if (seen?.idle.length === 0) return seen;
    throw new UserError('systemd does not watch the files', {
      code: 'certificates.watch',
      details: seen?.idle ?? [],
      hint: `See \`systemctl status ${group.path}\`. The units are as they were before.`,
    });
  });
  return { kind: 'units', watch };
}

/**
 * Removes the units of this deployment that watch its certificate files.
 *
 * @returns the name of the path unit; `undefined` if there was none
 * @throws UserError if the caller is not root, or if systemd does not stop the units: they are then as before
 */
export async function removeWatch(
  { directory, config }: { readonly directory: string; readonly config: Pick<Config, 'server_name'> },
  { surroundings }: Pick<Context, 'surroundings'>,
): Promise<string | undefined> {
  const { machine } = await surroundings();
  const group = watchUnits(config.server_name);
  return (await removeUnits(group, { directory }, machine)) ? group.path : undefined;
}

/** The units that watch the certificate files for a deployment of this server name; `undefined` if there are none. */
export async function readWatch(
  { config }: { readonly config: Pick<Config, 'server_name'> },
  machine: Pick<Machine, 'unitFileState' | 'unitProperty' | 'readFile'>,
): Promise<Watch | undefined> {
  const group = watchUnits(config.server_name);
  const found = await readUnits(group, machine);
  if (found === undefined) return undefined;
  const [text, ...states] = await Promise.all([
    machine.readFile(join(unitDirectory, group.path)),
    ...group.starters.map(async (unit) => {
      const enabled = await machine.unitFileState(unit);
      const active = await machine.unitProperty(unit, 'ActiveState');
      return enabled === 'enabled' && active === 'active'
        ? []
        : [`${unit} is ${enabled ?? 'not known'}, and ${active ?? 'not running'}`];
    }),
  ]);
  return { units: group.starters, idle: states.flat(), paths: pathsIn(text ?? ''), ...found };
}

/** The paths that must be watched; `undefined` if the proxy reads no files of the operator's. */
export function pathsToWatch({ traefik }: Pick<Config, 'traefik'>): string[] | undefined {
  const certificates = ownCertificates(traefik);
  return certificates?.issuer === 'files' ? watchedPaths(certificates) : undefined;
}
