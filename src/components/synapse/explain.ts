import { lastLine } from '../service.ts';

const block = 'Error in configuration';
/** Where no option is named, it adds nothing to what says that the configuration is refused. */
const nameless = /^Error in configuration: */;
const rule = /^\*+$/;

/**
 * The sentence in Synapse's output that says why it does not start: what it finds wrong with its configuration, or the
 * last line of a traceback.
 */
export function explainFailure(output: string): string {
  return (
    explainRefusal(output) ??
    linesOf(output).findLast((line) => /^[\w.]*(Error|Exception)\b/.test(line)) ??
    lastLine(output)
  );
}

/**
 * What Synapse finds wrong with its configuration, if that is what it said last: a block that begins with "Error in
 * configuration" and may be framed by asterisks (synapse/app/_base.py, synapse/config/_base.py).
 */
export function explainRefusal(output: string): string | undefined {
  const lines = linesOf(output);
  const start = lines.findLastIndex((line) => line.startsWith(block));
  if (start < 0) return undefined;
  const text = lines.slice(start).filter((line) => line !== '' && !rule.test(line));
  const end = text.findIndex((line) => line.startsWith('Traceback'));
  const sentence = text.slice(0, end < 0 ? undefined : end).join(' ');
  return sentence.replace(nameless, '');
}

function linesOf(output: string): string[] {
  return output.split('\n').map((line) => line.trim());
}
