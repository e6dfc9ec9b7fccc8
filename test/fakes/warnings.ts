import { onTestFinished } from 'vitest';

/** The warnings that Node prints from now on until the test ends. */
export function nodeWarnings(): Error[] {
  const heard: Error[] = [];
  const hear = (warning: Error) => void heard.push(warning);
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  return heard;
}
