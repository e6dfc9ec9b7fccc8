import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { layout } from '../layout.ts';
import { version } from '../package.ts';
import { readUnneeded, writeState } from './state-file.ts';

/** How a deployment directory is laid out. It is raised by a change that versions of this program before it cannot deal with. */
export const currentFormat = 1;

const schema = z.object({
  format: z.number().int().positive(),
  /** The version of this program that has written it. */
  program: z.string(),
});

/**
 * Refuses a deployment whose directory was laid out by a version of this program that is newer than this one, before anything
 * in it is read. One without a record is of the first format.
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

/** Records, before anything is changed, that this version of the program lays the directory out. */
export async function recordFormat(directory: string): Promise<void> {
  if ((await readFormat(directory))?.format === currentFormat) return;
  await writeState(directory, layout.format, { format: currentFormat, program: version() });
}

async function readFormat(directory: string): Promise<z.output<typeof schema> | undefined> {
  return readUnneeded(directory, { path: layout.format, schema }, undefined);
}
