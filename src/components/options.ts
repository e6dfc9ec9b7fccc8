import * as z from 'zod';
import type { ReleaseName } from '../releases/parts.ts';
import { isBelowFloor, releases, testedImage } from '../releases/releases.ts';

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const registry = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?`;
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';

/**
 * The engine's grammar of image names (distribution/reference), but with a required tag. A digest is refused later.
 */
const imageWithTag = new RegExp(
  `^(?=.{1,512}$)(?:${registry}/)?${component}(?:/${component})*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(?:@.*)?$`,
);

/** An image by name and tag, for operators who mirror images or build their own. */
export function imageOption(name: ReleaseName) {
  return z
    .string()
    .regex(imageWithTag, 'must be an image with a tag, such as registry.example/name:1.0')
    .refine(
      (image) => !image.includes('@'),
      'must not have a digest: matrix-deploy finds it out, and keeps to it',
    )
    .refine((image) => !isBelowFloor(name, image), `must not be older than ${releases[name].floor}`)
    .default(testedImage(name))
    .describe('Image to run, with its tag. The default was tested with this version of matrix-deploy.');
}

const units: Readonly<Record<string, number>> = { m: 2 ** 20, g: 2 ** 30 };

/** A size such as 512m, in bytes. */
export function memoryBytes(size: string): number {
  return Number.parseInt(size, 10) * (units[size.slice(-1)] ?? 1);
}

/** Docker counts in hundredths of a processor. With less than a tenth, no program starts. */
export const cpusOption = z
  .number()
  .min(0.1)
  .max(1024)
  .multipleOf(0.01)
  .nullable()
  .default(null)
  .describe(
    'Maximum number of processors for the container, such as 1.5; null for no limit. On a busy host every container gets half of the share of a program of the host, regardless of this setting.',
  );

/** @param least the smallest limit with which the program starts */
export function memoryOption(fallback: string, least: string) {
  return z
    .string()
    .regex(/^[1-9][0-9]{0,5}[mg]$/, 'must be a size such as 512m or 2g')
    .refine((size) => memoryBytes(size) >= memoryBytes(least), `must be at least ${least}`)
    .default(fallback)
    .describe('Memory limit of the container, in mebibytes (512m) or gibibytes (2g).');
}

export const portOption = z.int().min(1).max(65535);

/** A time in whole days. */
export const daysOption = z.string().regex(/^[1-9][0-9]{0,3}d$/, 'must be a number of days such as 30d');
