import {
  commonSymptoms,
  diskSymptoms,
  type Explanation,
  type FailureKnowledge,
  type Symptom,
} from '../components/failure.ts';
import type { Service } from '../components/service.ts';

/** How many lines of a log are about the present problem: they are searched first, and shown. */
const recentLines = 20;

/** The facts about a service that does not work, the most certain ones first. */
export interface Evidence {
  /** Why the engine could not start it, in the engine's words; empty when it could. */
  readonly engineError: string;
  /** Whether it was killed for using more memory than its limit. */
  readonly outOfMemory: boolean;
  /** Exit code of its last run; `undefined` if it has not ended. */
  readonly exitCode: number | undefined;
  /** What is wrong with the files and directories that it needs. */
  readonly places: readonly Explanation[];
  /** The last lines of its log since it was started, also those of earlier attempts that ended. */
  readonly log: readonly string[];
}

/** Why a service does not work. */
export interface Diagnosis extends Explanation {
  /** Whether the cause is known. If not, `cause` only quotes the log. */
  readonly known: boolean;
  /** What the service finds wrong with its configuration. Absent when that is not the cause. */
  readonly refusal?: string | undefined;
}

/**
 * Finds out why a service does not work: from the engine and the host, then from known messages in its log, the
 * latest lines first, and then from its exit code. If none of these names a cause, it quotes a line of the log;
 * `undefined` if the log is empty.
 */
export function diagnose(
  { memory, failures, mounts }: Pick<Service, 'memory' | 'failures' | 'mounts'>,
  evidence: Evidence,
): Diagnosis | undefined {
  const recent = recentOf(evidence.log);
  const fact =
    (evidence.engineError === ''
      ? undefined
      : (explainEngineError(evidence.engineError) ?? { cause: `the engine: ${evidence.engineError}` })) ??
    (evidence.outOfMemory ? explainMemory(memory) : undefined) ??
    evidence.places[0] ??
    explainLog({ failures, mounts }, recent);
  if (fact !== undefined) return { ...fact, known: true };
  const refusal = failures.refusal?.(recent);
  if (refusal !== undefined) {
    return { cause: `it refuses its configuration: ${refusal}`, known: true, refusal };
  }
  // The start after a crash may have logged so much that the reason of the crash is no longer among the latest lines.
  const earlier = explainLog({ failures, mounts }, evidence.log) ?? explainExitCode(evidence.exitCode);
  if (earlier !== undefined) return { ...earlier, known: true };
  const line = failures.quote?.(recent) ?? recent.at(-1)?.trim();
  return line === undefined ? undefined : { cause: `its last line: ${line}`, known: false };
}

/** Explains a program's output, if it contains a known message. */
function explainLog(
  { failures, mounts }: { failures: FailureKnowledge } & Pick<Service, 'mounts'>,
  log: readonly string[],
): Explanation | undefined {
  return firstFound([...diskSymptoms, ...failures.symptoms, ...commonSymptoms(mounts)], log.join('\n'));
}

/** The lines of a program's log to show: the latest ones, without the program's dangerous advice. */
export function linesToShow({ badAdvice }: FailureKnowledge, log: readonly string[]): string[] {
  return recentOf(log).filter((line) => !badAdvice?.test(line));
}

function recentOf(log: readonly string[]): readonly string[] {
  return log.slice(-recentLines);
}

/** Explains the engine's error about a container that it cannot start, if the error is known. */
export function explainEngineError(text: string): Explanation | undefined {
  return firstFound(engineSymptoms, text);
}

const engineSymptoms: readonly Symptom[] = [
  {
    says: /(?:bind for|listen tcp\d?) (\S*?:\d+)[\s\S]*?(?:already allocated|already in use)|address already in use/i,
    means: ([, address]) => ({
      cause: `${address === undefined ? 'a port that it publishes' : `port ${address}`} is in use by another program`,
      remedy: 'Stop the other program (`ss -ltnp` names it), or choose another port in matrix.yaml.',
    }),
  },
  {
    says: /bind source path does not exist: (.+)|error while creating mount source path '([^']+)'/i,
    means: ([, path, other = '']) => ({
      cause: `${(path ?? other).trim()}, which it mounts, is not there`,
      remedy: 'If its disk is not mounted, mount it; else put it back.',
    }),
  },
  {
    says: /exec: "([^"]+)": (?:executable file not found|stat [^:]+: no such file)|exec (\S+): no such file/i,
    means: ([, program, other = '']) => ({
      cause: `its image has no ${program ?? other}`,
      remedy: 'It is not the image that the service needs: look at `image` in matrix.yaml.',
    }),
  },
  ...diskSymptoms,
  ...commonSymptoms([]),
];

function firstFound(symptoms: readonly Symptom[], text: string): Explanation | undefined {
  for (const { says, means } of symptoms) {
    // The last message tells most about the present problem.
    const found = [...text.matchAll(new RegExp(says, `${says.flags.replace('g', '')}g`))].at(-1);
    if (found !== undefined) return means(found);
  }
  return undefined;
}

function explainMemory(limit: string): Explanation {
  return {
    cause: `it needs more memory than the ${limit} that it may use, and was killed`,
    remedy: 'Set a higher `memory` for it in matrix.yaml.',
  };
}

/** Exit codes with a meaning beyond failure (bash, "Exit Status"; Docker, "docker run", "Exit status"). */
function explainExitCode(code: number | undefined): Explanation | undefined {
  const meanings: Record<number, Explanation> = {
    126: {
      cause: 'its program cannot be run',
      remedy: 'The image is damaged or not the one that the service needs: look at `image` in matrix.yaml.',
    },
    127: {
      cause: 'its program is not in the image',
      remedy: 'It is not the image that the service needs: look at `image` in matrix.yaml.',
    },
    132: {
      cause: 'it uses an instruction that this processor does not have',
      remedy: 'Choose another image in matrix.yaml, or another host.',
    },
    134: { cause: 'it crashed in its own code (abort)' },
    137: {
      cause: 'it was killed',
      remedy: 'Where nobody did so, the host ran out of memory: `dmesg` says so. Give the host more memory.',
    },
    139: {
      cause: 'it crashed in its own code (segmentation fault)',
      remedy:
        'Choose another version of its image in matrix.yaml; if they all do so, check the memory of the host.',
    },
  };
  return code === undefined ? undefined : meanings[code];
}
