import type { Mount } from './service.ts';

/** Why something does not work, for the operator. */
export interface Explanation {
  /** What is wrong: the end of a sentence, without a full stop. */
  readonly cause: string;
  /** What to do about it: whole sentences. Absent when no more is known than the quoted message. */
  readonly remedy?: string | undefined;
  /**
   * True if the first set-up of the program was interrupted, so that it can only be started again from the beginning.
   */
  readonly isCutOff?: true;
}

/** A message of a program that does not work, and its meaning. */
export interface Symptom {
  /** Searched for in the program's last lines. */
  readonly says: RegExp;
  means(found: RegExpExecArray): Explanation;
}

/** What a component knows about failures of its program. Facts from the engine take precedence: stack/diagnose.ts. */
export interface FailureKnowledge {
  /** The most specific first. */
  readonly symptoms: readonly Symptom[];
  /** The program's objection to its configuration; `undefined` if the configuration is not the cause. */
  refusal?(log: readonly string[]): string | undefined;
  /** The line to quote if the cause is not known. Absent when that is the last one. */
  quote?(log: readonly string[]): string | undefined;
  /** Lines that are never shown: advice of the program or its image that would be dangerous here. */
  readonly badAdvice?: RegExp;
}

/**
 * Messages of any program about a disk that is full or read-only. They are looked for first, since other errors
 * follow from them.
 */
export const diskSymptoms: readonly Symptom[] = [
  {
    says: /no space left on device|disk quota exceeded/i,
    means: () => ({
      cause: 'the disk is full',
      remedy:
        'Free some space (`df -h` and `df -i` show where it is missing, `docker system df` what Docker keeps).',
    }),
  },
  {
    says: /read-only file system/i,
    means: () => ({
      cause: 'a file system that it writes to is read-only',
      remedy:
        'Linux does that to a disk with errors: look at `dmesg`, check the disk, and mount it for writing again.',
    }),
  },
];

/**
 * Messages that any program may have.
 *
 * @param mounts for naming a file by its path on the host, not in the container
 */
export function commonSymptoms(mounts: readonly Mount[]): readonly Symptom[] {
  return [
    {
      says: /permission denied:? *['"]?(\/[^\s'":]+)|(?:open|file|directory) ["']?(\/[^\s'":]+)["']?: permission denied/i,
      means: ([, after, before = '']) => ({
        cause: `it may not use ${pathOnHost(mounts, after ?? before)}`,
        remedy:
          'Its owner or its mode was changed: give both back, as they are in a backup or beside it (`ls -ln`).',
      }),
    },
    {
      says: /address already in use|port is already allocated/i,
      means: () => ({
        cause: 'its port is in use by another program',
        remedy: 'Stop the other program (`ss -ltnp` names it), or choose another port in matrix.yaml.',
      }),
    },
    {
      says: /cannot allocate memory|out of memory|\bMemoryError\b/i,
      means: () => ({
        cause: 'it got no more memory',
        remedy: 'Give the host or, in matrix.yaml, the service more memory.',
      }),
    },
    {
      says: /too many open files/i,
      means: () => ({
        cause: 'it has too many files open',
        remedy:
          "Raise the limit of open files (`ulimit -n`) of the engine's service, then restart the engine.",
      }),
    },
    {
      says: /exec format error/i,
      means: () => ({
        cause: 'its image is for another kind of processor',
        remedy: 'Choose an image for this one (`uname -m`) in matrix.yaml.',
      }),
    },
  ];
}

/** A path in a container as a path below the deployment directory; unchanged if it is in no mount. */
export function pathOnHost(mounts: readonly Mount[], path: string): string {
  const mount = mounts.find(({ target }) => path === target || path.startsWith(`${target}/`));
  return mount === undefined ? path : mount.source + path.slice(mount.target.length);
}
