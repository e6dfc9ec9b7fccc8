import { describeRecords } from '../host/dns/judge-names.ts';
import type { MoveRequest, MoveResult } from '../procedures/move/moving.ts';
import type { Sent } from '../procedures/move/send.ts';
import { commandsFor } from '../procedures/remove-all-units.ts';
import type { MoveRecord } from '../state/move.ts';
import { describeOutside } from './outside.ts';
import type { Style } from './style.ts';
import { describeBytes, describeSeconds } from './wording.ts';

/** What a move does, before it begins. */
export function describePlannedMove(
  serverName: string,
  { host, directoryThere }: Pick<MoveRequest, 'host' | 'directoryThere'>,
): string[] {
  return [
    `${serverName} moves to ${directoryThere} on ${host}.`,
    'The server keeps running here while everything is copied. Then it stops, the changes are copied, and it is restored there. The downtime is about as long as a backup and a restore take.',
    'The files here stay, without containers, and cannot be started until `matrix-deploy move --abort`.',
  ];
}

/** The progress of sending: `sent: 12 MB of 250 MB`. */
export function describeSent({ bytes, totalBytes }: Sent): string {
  return `sent: ${describeBytes(bytes)} of ${describeBytes(totalBytes)}`;
}

/** Where the server is now, and what is left to do. */
export function describeMove(result: MoveResult, style: Style): string[] {
  const { serverName, host, directoryThere, url, downtimeSeconds, sent, outside, addresses } = result;
  const next = ['verify', 'backup', 'backup recovery-key', ...commandsFor(result)];
  return [
    style.bold(`${serverName} serves on ${host} now, from ${directoryThere}.`),
    `Downtime: ${describeSeconds(downtimeSeconds * 1000)}. Sent: ${describeBytes(sent.before)} while it ran, ${describeBytes(sent.after)} after it was stopped.`,
    ...describeOutside(outside, style),
    ...(result.names.length === 0
      ? [`Only that host itself can reach it, at ${url}.`]
      : [
          style.bold('Change the DNS records now: until then, clients and other servers come here.'),
          ...result.names.map((name) => describeRecords(name, addresses)),
          'Delete other A and AAAA records of these names.',
        ]),
    `Then, on ${host}: ${next.map((command) => `\`matrix-deploy ${command}\``).join(', ')}.`,
    ...[result.timer, result.watch].flatMap((unit) => (unit === undefined ? [] : [`${unit} is gone here.`])),
    `The backups of this host are in ${result.backupsThere} there, with the keys as before. Delete them when there are new ones.`,
    'Here, nothing of it can start. Once everything works: `matrix-deploy destroy --delete-data`.',
  ];
}

/** What is lost when a server that was moved is brought back. */
export function describePlannedAbort({ host, movedAt }: MoveRecord): string[] {
  return [
    `WARNING: this server has been running on ${host} since ${movedAt}.`,
    'Everything since then is lost if it moves back here: messages, uploads, accounts, logins. Other servers keep what they received from it, which damages rooms.',
    `It is stopped there, and its files are kept, without containers. To keep its changes, run \`matrix-deploy move\` on that host instead.`,
  ];
}

/** Where the server is after a move was ended. */
export function describeAbort(
  serverName: string,
  { phase, host, movedAt }: MoveRecord,
  style: Style,
): string[] {
  return [
    style.bold(
      phase === 'preparing'
        ? `The move to ${host} is cancelled; ${serverName} kept running here.`
        : `${serverName} is running here again.`,
    ),
    ...(movedAt === undefined
      ? []
      : [
          'Point the DNS records here again.',
          '`matrix-deploy backup schedule` recreates a backup schedule.',
        ]),
  ];
}
