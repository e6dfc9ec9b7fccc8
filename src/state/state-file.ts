import { join } from 'node:path';
import type * as z from 'zod';
import { UserError } from '../errors.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** A state file: its path below the deployment directory, and what is in it. */
export interface StateFile<Schema extends z.ZodType> {
  readonly path: string;
  readonly schema: Schema;
}

/**
 * What is in a state file that nothing can take the place of.
 *
 * @param broken what to say where it cannot be understood: its error code, and what it is needed for
 * @returns `undefined` where there is none
 * @throws UserError where it cannot be understood
 */
export async function readNeeded<Schema extends z.ZodType>(
  directory: string,
  { path, schema }: StateFile<Schema>,
  broken: { code: string; says: string },
): Promise<z.output<Schema> | undefined> {
  const text = await readIfExists(join(directory, path));
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(`${path} cannot be understood`, {
      code: broken.code,
      hint: `Put it back: it says ${broken.says}. Nothing was changed.`,
      cause,
    });
  }
}

/** What is in a state file on which nothing depends: a lost or broken one is taken for what it is `otherwise`. */
export async function readUnneeded<Schema extends z.ZodType, Otherwise>(
  directory: string,
  { path, schema }: StateFile<Schema>,
  otherwise: Otherwise,
): Promise<z.output<Schema> | Otherwise> {
  try {
    return schema.parse(JSON.parse((await readIfExists(join(directory, path))) ?? ''));
  } catch {
    return otherwise;
  }
}

/** The text of a state file. */
export function stateText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Writes a state file, whole or not at all. @param path below the deployment directory */
export async function writeState(directory: string, path: string, value: unknown): Promise<void> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await writeAtomically(join(directory, path), stateText(value), modes.state);
}
