import type { DataSpec } from '../components/data.ts';
import type { Transfer } from '../components/saving.ts';
import type { Stack } from '../stack/stack.ts';
import type { Notice } from './judge-upgrade.ts';
import { type ObservedReleases, otherReleases } from './other-release.ts';

/** A data directory in whose place new files of another release are to come. */
export interface PlannedTransfer {
  readonly transfer: Transfer;
  readonly data: DataSpec;
  /** The release that made what is there, and the one that is wanted. */
  readonly from: string;
  readonly to: string;
}

/** The data that has to be transferred before the images that are wanted can be started. */
export function plannedTransfers(
  stack: Pick<Stack, 'data' | 'services' | 'transfers'>,
  observed: ObservedReleases,
): PlannedTransfer[] {
  return otherReleases(stack, observed).flatMap(({ data, there, wanted, transfer }) =>
    transfer === undefined ? [] : [{ transfer, data, from: there, to: wanted }],
  );
}

/** What a transfer needs of the disk, in bytes: the databases with their indexes, and the server's log of writing them. */
export function transferSpace(bytes: number): number {
  return Math.ceil(bytes * 1.1) + 2 ** 30;
}

/**
 * How long nobody is served during a transfer, in seconds, about. Measured on two shared cores: 60 megabytes a second, of a
 * database of 495 MB; half of that is counted on, and what it takes to stop and to start.
 */
export function transferSeconds(bytes: number): number {
  return Math.ceil(15 + bytes / 30e6);
}

/** What is to be said of databases that the operator has made in the server. */
export function noticesOfStrangers(service: string, strangers: readonly string[]): Notice[] {
  return strangers.length === 0
    ? []
    : [
        {
          id: 'other-databases',
          text: `${service} has databases that are none of this deployment's, and do not come along: ${strangers.join(', ')}.`,
          remedy:
            'They stay in the files of before, until `upgrade --finish` deletes those. Save them first.',
          canBeAcknowledged: true,
        },
      ];
}

/** What a transfer has told: by database and what is counted, how much of it there is. */
export interface TransferFacts {
  readonly before: Counts;
  readonly after: Counts;
  /** By database, what tells it from others in its new place. */
  readonly identities: Readonly<Record<string, string>>;
}

type Counts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** @param lines as `Transfer.job` writes them; others are passed over */
export function parseTransfer(lines: readonly string[]): TransferFacts {
  const counts: Record<'before' | 'after', Record<string, Record<string, string>>> = {
    before: {},
    after: {},
  };
  const identities: Record<string, string> = {};
  for (const line of lines) {
    const [kind = '', database = '', what = '', value] = line.split('\t');
    if (kind === 'identity') identities[database] = what;
    else if ((kind === 'before' || kind === 'after') && value !== undefined) {
      counts[kind][database] = { ...counts[kind][database], [what]: value };
    }
  }
  return { ...counts, identities };
}

/**
 * Compares what was counted in the old server with what was counted in the new one.
 *
 * @returns what is not the same, a sentence each: also where nothing was counted
 */
export function differencesOfTransfer(
  { before, after, identities }: TransferFacts,
  databases: readonly string[],
): string[] {
  return databases.flatMap((database) => {
    const [there, here] = [before[database] ?? {}, after[database] ?? {}];
    if (Object.keys(there).length === 0) return [`nothing was counted in the database ${database}`];
    if (identities[database] === undefined) return [`there is no database ${database}`];
    const all = [...new Set([...Object.keys(there), ...Object.keys(here)])];
    return all
      .filter((what) => there[what] !== here[what])
      .map((what) => `${database}, ${what}: ${there[what] ?? 'none'} before, ${here[what] ?? 'none'} now`);
  });
}

/** What was found to be so of databases that were transferred. */
export function describeTransferred({ after }: Pick<TransferFacts, 'after'>): string[] {
  return Object.entries(after).map(([database, counts]) => {
    const all = Object.keys(counts);
    const tables = all.filter((what) => what.startsWith('table ')).length;
    return `the database ${database} has what it had: ${tables} tables and ${all.length - tables} sequences were compared`;
  });
}
