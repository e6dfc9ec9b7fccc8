import { failed, type Judgement, warning } from '../judgement.ts';
import type { Trend } from './growth.ts';

/** A file system that a deployment uses. */
export interface FileSystem {
  readonly mountPoint: string;
  /** Such as `ext4`. */
  readonly type: string;
  /** Paths of the deployment that are on it. */
  readonly places: readonly string[];
  readonly isReadOnly: boolean;
  readonly totalBytes: number;
  /** What is free for programs that are not root. */
  readonly freeBytes: number;
  /** How many files there can be, and how many more; both 0 if the file system has no fixed number. */
  readonly inodes: number;
  readonly freeInodes: number;
  /** `null` where there is no history. */
  readonly trend: Trend | null;
}

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/**
 * Free bytes below which there is a problem, or soon will be: a share of the file system, within bounds. PostgreSQL
 * needs 16 MiB for each new segment of its write-ahead log, and stops if it cannot get them.
 */
const bytes = {
  problem: { share: 0.02, least: 64 * mebibyte, most: 512 * mebibyte },
  warning: { share: 0.1, least: 512 * mebibyte, most: 5 * gibibyte },
};

/** Shares of inodes. */
const inodes = { problem: 0.005, warning: 0.05 };

/** A file system that will be full in fewer days gets a warning. */
const soonDays = 14;

const remedy =
  'Free some: `docker image prune --all` removes images that nothing uses. Delete old media or rooms, or take a larger disk.';

/** What is wrong with a file system, or soon will be; nothing when it is fine. */
export function judgeFileSystem(fileSystem: FileSystem): Judgement[] {
  const { mountPoint, type, isReadOnly, trend } = fileSystem;
  const name = `the file system ${mountPoint} (${type})`;
  if (isReadOnly) {
    return [
      failed(
        `${name} is mounted read-only, so that nothing can be written`,
        `The kernel does that after an error of the disk: see \`dmesg\`. To mount it for writing: \`mount -o remount,rw ${mountPoint}\`.`,
      ),
    ];
  }
  const found = [...judgeBytes(name, fileSystem), ...judgeInodes(name, fileSystem)];
  if (found.length === 0 && trend?.fullInDays !== undefined && trend.fullInDays < soonDays) {
    return [warning(`${name} will be full in ${describeDays(trend.fullInDays)} at the present pace`, remedy)];
  }
  return found;
}

function judgeBytes(name: string, { freeBytes, totalBytes }: FileSystem): Judgement[] {
  const limit = ({ share, least, most }: (typeof bytes)['problem']) =>
    Math.min(Math.max(share * totalBytes, least), most, totalBytes / 2);
  const free = `${amountOf(freeBytes)} of ${amountOf(totalBytes)} free`;
  if (freeBytes < limit(bytes.problem)) {
    return [failed(`${name} is full: ${free}`, remedy)];
  }
  return freeBytes < limit(bytes.warning) ? [warning(`${name} is nearly full: ${free}`, remedy)] : [];
}

function judgeInodes(name: string, fileSystem: FileSystem): Judgement[] {
  if (fileSystem.inodes === 0) {
    return [];
  }
  const share = fileSystem.freeInodes / fileSystem.inodes;
  const free = `${fileSystem.freeInodes} of ${fileSystem.inodes} inodes free`;
  const advice = `Delete files: \`du --inodes -x ${fileSystem.mountPoint} | sort -n | tail\` tells where most of them are.`;
  if (share < inodes.problem) {
    return [failed(`${name} has no room for more files: ${free}`, advice)];
  }
  return share < inodes.warning ? [warning(`${name} has little room for more files: ${free}`, advice)] : [];
}

/** `5 hours`, `12 days`, `3 months`. */
export function describeDays(days: number): string {
  if (days < 2) {
    return `${Math.max(1, Math.round(days * 24))} hours`;
  }
  return days < 90 ? `${Math.round(days)} days` : `${Math.round(days / 30)} months`;
}

/** An amount of bytes as text, in MB or GB. */
export function amountOf(amount: number): string {
  return amount < 1e9 ? `${Math.floor(amount / 1e6)} MB` : `${(amount / 1e9).toFixed(1)} GB`;
}
