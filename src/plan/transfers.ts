import type { DataSpec } from '../components/data.ts';
import type { Transfer } from '../components/saving.ts';
import type { Stack } from '../stack/stack.ts';
import type { Notice } from './judge-upgrade.ts';
import { type ObservedReleases, otherReleases } from './other-release.ts';

/** A data directory that new files of another release are to replace. */
export interface PlannedTransfer {
  readonly transfer: Transfer;
  readonly data: DataSpec;
  /** The release that created the present data, and the wanted one. */
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

/**
 * The disk space that a transfer needs, in bytes: for the databases with their indexes, and for the server's
 * write-ahead log.
 */
export function transferSpace(bytes: number): number {
  return Math.ceil(bytes * 1.1) + 2 ** 30;
}

/**
 * The estimated downtime of a transfer, in seconds. Measured on two shared cores: 60 megabytes a second, with a
 * database of 495 MB. The estimate takes half of that speed, and adds the time to stop and to start.
 */
export function transferSeconds(bytes: number): number {
  return Math.ceil(15 + bytes / 30e6);
}

/** The notice about databases that the operator has created in the server. */
export function noticesOfStrangers(service: string, strangers: readonly string[]): Notice[] {
  return strangers.length === 0
    ? []
    : [
        {
          id: 'other-databases',
          text: `${service} has databases that do not belong to this deployment, and are not copied: ${strangers.join(', ')}.`,
          remedy: 'They stay in the old files, until `upgrade --finish` deletes those. Save them first.',
          canBeAcknowledged: true,
        },
      ];
}

/** The results of a transfer: the counts in each database, by what was counted. */
export interface TransferFacts {
  readonly before: Counts;
  readonly after: Counts;
  /** By database, its identity in the new server. */
  readonly identities: Readonly<Record<string, string>>;
}

type Counts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** @param lines as `Transfer.job` writes them; others are ignored */
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
 * @returns the differences, a sentence each; a database without counts is one, too
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

/** Describes what was compared in the transferred databases, a sentence each. */
export function describeTransferred({ after }: Pick<TransferFacts, 'after'>): string[] {
  return Object.entries(after).map(([database, counts]) => {
    const all = Object.keys(counts);
    const tables = all.filter((what) => what.startsWith('table ')).length;
    return `the database ${database} has what it had: ${tables} tables and ${all.length - tables} sequences were compared`;
  });
}
