import { dirname } from 'node:path';
import {
  commandLines,
  originLine,
  pathsOfUnit,
  type StartedCommand,
  unitPath,
} from '../../host/unit-text.ts';
import { projectName } from '../../stack/stack.ts';
import type { UnitGroup } from '../units.ts';

/** The units that serve the operator's certificate after each renewal. */
export interface WatchUnits extends UnitGroup {
  readonly path: string;
  readonly timer: string;
}

/** The files that the operator gives. */
interface Watched {
  readonly chain: string;
  readonly key: string;
}

/** When a crontab, which cannot watch files, has the command run: each hour, but not when everything else begins. */
export const watchTimes = '17 * * * *';

export const watchArguments = ['certificates', 'reload', '--quiet'];

export function watchUnits(serverName: string): WatchUnits {
  const name = `${projectName(serverName)}-certificate`;
  const [path, timer] = [`${name}.path`, `${name}.timer`];
  return {
    ...{ path, timer, service: `${name}.service` },
    starters: [path, timer],
    writtenBy: 'certificates watch',
  };
}

/** The texts of the units, by name. */
export function watchTexts(
  { service, path, timer, writtenBy }: WatchUnits,
  serverName: string,
  command: StartedCommand,
  watched: Watched,
): Record<string, string> {
  const origin = originLine(writtenBy);
  return {
    // Many changes at once must not end the watching, which a limit of starts would do.
    [service]: `${origin}[Unit]
Description=Serving the renewed certificate of the Matrix homeserver ${serverName}
After=docker.service
StartLimitIntervalSec=0

[Service]
Type=oneshot
${commandLines(command)}`,
    [path]: `${origin}[Unit]
Description=Renewals of the certificate of the Matrix homeserver ${serverName}

[Path]
${watchedPaths(watched)
  .map((one) => `PathChanged=${unitPath(one)}\n`)
  .join('')}TriggerLimitIntervalSec=0

[Install]
WantedBy=paths.target
`,
    // For changes that are not seen as such: on a network file system, or while the command is at work already.
    [timer]: `${origin}[Unit]
Description=Hourly look at the certificate of the Matrix homeserver ${serverName}

[Timer]
OnCalendar=hourly
RandomizedDelaySec=10min

[Install]
WantedBy=timers.target
`,
  };
}

/**
 * The paths to watch: the files, since one may be a link to a file that is written in place; and their directories,
 * since systemd does not see that another link or file replaces a link.
 */
export function watchedPaths({ chain, key }: Watched): string[] {
  return [...new Set([chain, key, dirname(chain), dirname(key)])];
}

/** The paths that a path unit watches. */
export function pathsIn(text: string): string[] {
  return pathsOfUnit(text, 'PathChanged');
}
