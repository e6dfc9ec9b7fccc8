import { components } from '../../src/components/components.ts';
import { parseConfig as parse } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/schema.ts';

/** A text of matrix.yaml as a configuration of the components that the program has. */
export function parseConfig(text: string): Config {
  return parse(text, components);
}
