import * as z from 'zod';
import { isBelowFloor, type ReleaseName, releases, testedImage } from '../releases/releases.ts';

/** An image by name and tag, for somebody who mirrors images or builds his own. */
export function imageOption(name: ReleaseName) {
  return z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._\-/:]*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
      'must be an image with a tag, such as registry.example/name:1.0',
    )
    .refine((image) => !isBelowFloor(name, image), `must not be older than ${releases[name].floor}`)
    .default(testedImage(name))
    .describe('Image to run, with its tag. The default is the one that this version was tested with.');
}

const units: Readonly<Record<string, number>> = { m: 2 ** 20, g: 2 ** 30 };

/** A size such as 512m, in bytes. */
export function memoryBytes(size: string): number {
  return Number.parseInt(size, 10) * (units[size.slice(-1)] ?? 1);
}

/** @param least what the program does not start without */
export function memoryOption(fallback: string, least: string) {
  return z
    .string()
    .regex(/^[1-9][0-9]*[mg]$/, 'must be a size such as 512m or 2g')
    .refine((size) => memoryBytes(size) >= memoryBytes(least), `must be at least ${least}`)
    .default(fallback)
    .describe('Memory limit of the container, in mebibytes (512m) or gibibytes (2g).');
}
