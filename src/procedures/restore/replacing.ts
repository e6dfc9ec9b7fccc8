import type { Deployment } from '../../apply/deployment.ts';
import type { Manifest } from '../../backup/manifest.ts';
import type { Progress } from '../../backup/repository.ts';
import type { Stack } from '../../stack/stack.ts';
import type { PendingRestore } from '../../state/pending-restore.ts';
import type { OpenTarget } from '../backup/target.ts';
import type { Source } from './source.ts';

/** A deployment whose data is being replaced. */
export interface Replacing {
  readonly deployment: Deployment;
  readonly stack: Stack;
  note(text: string): void;
}

/** A deployment, and the backup that replaces its data. */
export interface Restoration extends Replacing {
  readonly source: Source;
  readonly target: OpenTarget;
  onProgress(what: string, progress: Progress): void;
}

/**
 * The data that a restore over a deployment replaces: databases, and the files that their rows name. Certificates,
 * secrets and settings stay as they are.
 */
function replacedData({ dumps }: Pick<Stack, 'dumps'>): {
  databases: string[];
  directories: string[];
} {
  return {
    databases: dumps.map(({ database }) => database),
    directories: [...new Set(dumps.flatMap(({ files }) => files?.data ?? []))],
  };
}

/** The record of a restore that begins: nothing has been restored yet. */
export function newPending(
  { set, startedAt }: Pick<Manifest, 'set' | 'startedAt'>,
  stack: Pick<Stack, 'dumps'>,
): PendingRestore {
  const { databases, directories } = replacedData(stack);
  const id = set.replaceAll('-', '_');
  return {
    phase: 'staging',
    set,
    madeAt: startedAt,
    databases: databases.map((inUse) => ({
      inUse,
      beside: `${inUse}_restored_${id}`,
      before: `${inUse}_before_${id}`,
    })),
    directories: directories.map((inUse) => ({
      inUse,
      beside: `${inUse}.restored-${set}`,
      before: `${inUse}.before-${set}`,
    })),
    rows: {},
    keptBytes: 0,
  };
}
