import { join } from 'node:path';
import { parseConfig } from '../config/parse.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { ConfigError, UserError } from '../errors.ts';
import { readIfExists } from '../host/files.ts';
import { EncodingError, encodingHint } from '../host/text.ts';
import { layout } from '../layout.ts';
import { refuseNewerFormat } from './format.ts';

/** A configuration with the text that it was read from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly text: string;
}

/**
 * Reads matrix.yaml of a deployment directory.
 *
 * @throws ConfigError when it cannot be read, or with every issue that it has.
 */
export async function loadConfig(
  directory: string,
  { components }: Pick<Context, 'components'>,
): Promise<LoadedConfig> {
  const text = await readConfig(directory);
  return { config: parseConfig(text, await components()), text };
}

/**
 * Reads the text of matrix.yaml of a deployment directory, without interpreting it.
 *
 * @throws ConfigError when it does not exist, is no text or is too large, or when the deployment has a newer format
 */
export async function readConfig(directory: string): Promise<string> {
  const text = await readText(join(directory, layout.config));
  if (text === undefined) {
    throw new ConfigError(`there is no ${layout.config} in ${directory}`, {
      code: 'config.missing',
      hint: 'Name the deployment directory with --dir, or create one with `matrix-deploy init`.',
    });
  }
  await refuseNewerFormat(directory);
  return text;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readIfExists(path);
  } catch (error) {
    if (error instanceof EncodingError) {
      throw new ConfigError(error.message, { code: 'config.encoding', hint: encodingHint, cause: error });
    }
    if (error instanceof UserError && error.code === 'file.size') {
      const { message, hint = '' } = error;
      throw new ConfigError(message, { code: 'config.size', hint, cause: error });
    }
    throw error;
  }
}
