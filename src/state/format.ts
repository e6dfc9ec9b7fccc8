import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { layout } from '../layout.ts';
import { version } from '../package.ts';
import { readUnneeded, writeState } from './state-file.ts';

/**
 * Number of the layout of deployment directories. A change of the layout that earlier versions of this program cannot
 * handle raises it.
 */
export const currentFormat = 1;

const schema = z.object({
  format: z.number().int().positive(),
  /** The version of this program that has written it. */
  program: z.string(),
});

/**
 * Refuses a deployment directory whose format is newer than `currentFormat`, before its content is interpreted. A
 * directory without a record has the first format.
 *
 * @throws ConfigError naming both versions
 */
export async function refuseNewerFormat(directory: string): Promise<void> {
  const recorded = await readFormat(directory);
  if (recorded === undefined || recorded.format <= currentFormat) return;
  throw new ConfigError(
    `${directory} was last changed by matrix-deploy ${recorded.program}, and this older version, ${version()}, does not know its layout`,
    {
      code: 'config.newer',
      hint: `Nothing was changed. Use matrix-deploy ${recorded.program} or newer.`,
    },
  );
}

/** Records the current format and this version of the program. To be called before anything is changed. */
export async function recordFormat(directory: string): Promise<void> {
  if ((await readFormat(directory))?.format === currentFormat) return;
  await writeState(directory, layout.format, { format: currentFormat, program: version() });
}

async function readFormat(directory: string): Promise<z.output<typeof schema> | undefined> {
  return readUnneeded(directory, { path: layout.format, schema }, undefined);
}
