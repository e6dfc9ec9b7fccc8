import type { DrillResult } from '../procedures/drill/drill.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';
import { describeSeconds } from './wording.ts';

/** What was tested in a restored copy, and how long the restore took. */
export function describeDrill({ evidence, path }: DrillResult, style: Style): string[] {
  const { set, checks, seconds, secondsToServe } = evidence;
  return [
    style.bold(
      `The backup ${set} can be restored: a copy of the server was created from it, tested, and removed.`,
    ),
    ...checks.map(({ found }) => `  ${found}`),
    `From the start until the copy served, it took ${describeSeconds((secondsToServe ?? 0) * 1000)}:`,
    ...alignColumns(
      Object.entries(seconds).map(([step, time]) => [`  ${step}`, describeSeconds(time * 1000)]),
    ),
    `Evidence: ${path}`,
  ];
}
