import { lastLine } from '../service.ts';

const block = 'Error in configuration';
const rule = /^\*+$/;

/**
 * The sentence in Synapse's output that says why it does not start: a block that begins with "Error in configuration"
 * and may be framed by asterisks, or the last line of a traceback (synapse/app/_base.py, synapse/config/_base.py).
 */
export function explainFailure(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith(block));
  if (start < 0) {
    return lines.findLast((line) => /^[\w.]*(Error|Exception)\b/.test(line)) ?? lastLine(output);
  }
  const text = lines.slice(start).filter((line) => line !== '' && !rule.test(line));
  const end = text.findIndex((line) => line.startsWith('Traceback'));
  return text.slice(0, end < 0 ? undefined : end).join(' ');
}
