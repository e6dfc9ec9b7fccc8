import { describeRecords } from '../host/dns/judge-names.ts';
import type { MoveRequest, MoveResult } from '../procedures/move/moving.ts';
import type { Sent } from '../procedures/move/send.ts';
import type { MoveRecord } from '../state/move.ts';
import { describeOutside } from './outside.ts';
import type { Style } from './style.ts';
import { describeBytes, describeSeconds } from './wording.ts';

/** What a move comes to, before anything is done. */
export function describePlannedMove(
  serverName: string,
  { host, directoryThere }: Pick<MoveRequest, 'host' | 'directoryThere'>,
): string[] {
  return [
    `${serverName} moves to ${directoryThere} on ${host}.`,
    'It serves here while everything is copied. Then it stops, what is new is copied, and it is restored there: nobody is served for about as long as a backup and a restore take.',
    'What is here stays, without containers, and cannot be started until `matrix-deploy move --abort`.',
  ];
}

/** `sent: 12 MB of 250 MB`. */
export function describeSent({ bytes, totalBytes }: Sent): string {
  return `sent: ${describeBytes(bytes)} of ${describeBytes(totalBytes)}`;
}

/** Where the server is now, and what is left to do. */
export function describeMove(result: MoveResult, style: Style): string[] {
  const { serverName, host, directoryThere, url, downtimeSeconds, sent, outside, addresses } = result;
  return [
    style.bold(`${serverName} serves on ${host} now, from ${directoryThere}.`),
    `Nobody was served for ${describeSeconds(downtimeSeconds * 1000)}. Sent: ${describeBytes(sent.before)} while it ran, ${describeBytes(sent.after)} after it was stopped.`,
    ...describeOutside(outside, style),
    ...(result.names.length === 0
      ? [`Only that host itself reaches it, at ${url}.`]
      : [
          style.bold('Change the DNS records now: until then, clients and other servers come here.'),
          ...result.names.map((name) => describeRecords(name, addresses)),
          'Delete other A and AAAA records of these names.',
        ]),
    `Then, on ${host}: \`matrix-deploy verify\`, \`matrix-deploy backup\`, \`matrix-deploy backup recovery-key\`${result.timer === undefined ? '' : ' and `matrix-deploy backup schedule`'}.`,
    ...(result.timer === undefined ? [] : [`${result.timer} is gone here.`]),
    `The backups of this host are in ${result.backupsThere} there, with the keys as before. Delete them when there are new ones.`,
    'Here, nothing of it can start. Once everything works: `matrix-deploy destroy --delete-data`.',
  ];
}

/** What is lost when a server that was moved is brought back. */
export function describePlannedAbort({ host, movedAt }: MoveRecord): string[] {
  return [
    `WARNING: this server has served on ${host} since ${movedAt}.`,
    'What came there since then is lost when it comes back here: messages, uploads, accounts, logins. Other servers keep what they received from it, which damages rooms.',
    `It is stopped there, and what is there is kept, without containers. To take it along instead, move it from there.`,
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
        ? `The move to ${host} is over; ${serverName} has served here all the time.`
        : `${serverName} serves here again.`,
    ),
    ...(movedAt === undefined
      ? []
      : [
          'Let the DNS records lead here again.',
          'A schedule for backups is made again by `matrix-deploy backup schedule`.',
        ]),
  ];
}
