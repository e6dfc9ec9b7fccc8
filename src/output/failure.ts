import { abridged } from '../components/wrong-value.ts';
import { messageOf, toExitCode, UserError } from '../errors.ts';
import { UnreadyHostError } from '../preflight/finding.ts';
import { printable } from '../printable.ts';
import type { Style } from './style.ts';
import { wrapIndented } from './wrap.ts';

/**
 * An error for a person: what happened, the evidence, what to do. Any error other than a `UserError` is reported as a
 * bug.
 *
 * @param columns width of the terminal; when absent, lines are not wrapped.
 */
export function describeFailure(error: unknown, style: Style, columns?: number): string {
  if (!(error instanceof UserError)) {
    const stack = error instanceof Error ? error.stack : undefined;
    const frames = (stack ?? '').split('\n').map(printable).join('\n');
    return `${style.red('error')} ${printable(messageOf(error))}\nThis is a bug in matrix-deploy. Please report it with the lines below.\n${frames}\n`;
  }
  const [headline = '', ...rest] = [
    `error ${printable(readable(error.message))}`,
    ...error.details.map((line) => `  ${printable(readable(line).replaceAll('\t', '  '))}`),
    ...(error.hint === undefined ? [] : [printable(error.hint)]),
  ].flatMap((line) => (columns === undefined ? [line] : wrapIndented(line, columns)));
  const lines = [headline.replace(/^error/, style.red('error')), ...rest];
  return `${lines.join('\n')}\n`;
}

/** Shortens a line that quotes something very long, such as a path of a megabyte. */
function readable(line: string): string {
  return abridged(line, 2000);
}

/** An error for a program: one JSON object. */
export function failureToJson(error: unknown) {
  const known = error instanceof UserError ? error : undefined;
  return {
    schemaVersion: 1,
    error: {
      code: known?.code ?? 'bug',
      message: messageOf(error),
      details: known?.details ?? [],
      hint: known?.hint,
      findings: error instanceof UnreadyHostError ? error.findings : undefined,
      exitCode: toExitCode(error),
    },
    steps: known?.steps,
  };
}
