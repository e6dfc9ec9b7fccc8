import { join } from 'node:path';
import type * as z from 'zod';
import { UserError } from '../errors.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** A state file: its path below the deployment directory, and the schema of its content. */
export interface StateFile<Schema extends z.ZodType> {
  readonly path: string;
  readonly schema: Schema;
}

/**
 * Reads a state file whose content cannot be derived from anything else.
 *
 * @param broken for the error about a broken file: its code, and the information that only this file has
 * @returns `undefined` if there is no such file
 * @throws UserError if the file cannot be parsed
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

/** Reads a state file that nothing depends on. @returns `otherwise` if the file is lost or broken */
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
