import type { ComponentRegistry } from '../components/components.ts';
import { layout } from '../layout.ts';
import { rules } from './rules.ts';
import { type Config, configSchema } from './schema.ts';
import { parseYamlFile } from './yaml-file.ts';

/**
 * Parses matrix.yaml as a configuration of these components, and fills in the defaults.
 *
 * @throws ConfigError with one line for every issue: file, line, key, what is wrong, what to do.
 */
export function parseConfig(text: string, known: ComponentRegistry): Config {
  return parseYamlFile(text, { name: layout.config, schema: configSchema(known), rules });
}
