import type { Mount } from './service.ts';

/** Why something does not work, for the operator. */
export interface Explanation {
  /** What is wrong: the end of a sentence, without a full stop. */
  readonly cause: string;
  /** What to do about it: whole sentences. Absent where nobody knows more than what is quoted. */
  readonly remedy?: string | undefined;
  /** Was the program's first set-up cut off, so that it can only be begun again? */
  readonly isCutOff?: true;
}

/** Something that a program says when it does not work, and what it means here. */
export interface Symptom {
  /** Searched for in the program's last lines. */
  readonly says: RegExp;
  means(found: RegExpExecArray): Explanation;
}

/** What a component knows of how its program fails. The engine's own knowledge comes before it: stack/diagnose.ts. */
export interface FailureKnowledge {
  /** The most specific first. */
  readonly symptoms: readonly Symptom[];
  /** What the program finds wrong with its configuration, if that is why it does not work. */
  refusal?(log: readonly string[]): string | undefined;
  /** The line to quote where nothing else is known; the last one where it is absent. */
  quote?(log: readonly string[]): string | undefined;
  /** Lines with advice of the program or its image that would be dangerous here, and so is never shown. */
  readonly badAdvice?: RegExp;
}

/** A disk that takes no more, in the words of every program; before what follows from it. */
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
 * What any program may say.
 *
 * @param mounts to name a file as the operator sees it, not as the container does
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

/** A path in a container as one below the deployment directory; as it is where no mount holds it. */
export function pathOnHost(mounts: readonly Mount[], path: string): string {
  const mount = mounts.find(({ target }) => path === target || path.startsWith(`${target}/`));
  return mount === undefined ? path : mount.source + path.slice(mount.target.length);
}
