import type { Emit } from '../../apply/events.ts';
import { PreflightError } from '../../errors.ts';
import type { PreflightPorts, Subject } from './facts.ts';
import type { CheckName, Finding } from './finding.ts';
import { type Inspection, inspectHost } from './inspect.ts';

interface CheckOptions {
  readonly skip: ReadonlySet<CheckName>;
  readonly emit: Emit;
}

/**
 * Looks whether the host can run a deployment, before anything is written, and tells what the operator should know
 * although it stops nothing.
 *
 * @throws PreflightError with every finding that has failed.
 */
export async function checkHost(
  subject: Subject,
  context: PreflightPorts,
  { skip, emit }: CheckOptions,
): Promise<Inspection> {
  const inspection = await inspectHost(subject, context, skip);
  for (const text of describeNotes(inspection.findings)) {
    emit({ type: 'note', text });
  }
  refuseFailed(inspection.findings);
  return inspection;
}

function describeNotes(findings: readonly Finding[]): string[] {
  const words = { warning: 'note', unverified: 'could not verify' } as const;
  return findings.flatMap(({ check, verdict, finding, remedy }) =>
    verdict === 'warning' || verdict === 'unverified'
      ? [`${words[verdict]} (${check}): ${finding}${remedy === '' ? '' : `. ${remedy}`}`]
      : [],
  );
}

function refuseFailed(findings: readonly Finding[]): void {
  const failures = findings.filter(({ verdict }) => verdict === 'failed');
  if (failures.length > 0) {
    throw new PreflightError('this host is not ready; nothing was changed', {
      code: 'preflight.failed',
      details: failures.flatMap(({ check, finding, reason, remedy }, index) => [
        `${check}: ${finding}`,
        // Once is enough for all that one check found.
        ...(failures[index - 1]?.check === check ? [] : [`  ${reason}`]),
        `  ${remedy}`,
      ]),
      hint: 'Run the same command again when this is mended; --skip-check NAME passes over a check.',
      findings,
    });
  }
}
