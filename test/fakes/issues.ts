import { ConfigError } from '../../src/errors.ts';

/** What is wrong with a file that is parsed: the lines that its author reads. */
export function issuesOf(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.details;
    throw error;
  }
}
