/**
 * The sentence in the output of `python -m synapse.config` that says what is wrong. Synapse prints either a
 * block that begins with "Error in configuration" or a traceback, whose last line is the error.
 */
export function explainConfigurationError(output: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const start = lines.findIndex((line) => line.startsWith('Error in configuration'));
  if (start >= 0) {
    return lines
      .slice(start)
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' ');
  }
  return lines.findLast((line) => line.trim() !== '')?.trim() ?? 'the check printed nothing';
}
