import { fileURLToPath } from 'node:url';
import type { ImageConfig } from './archive.ts';

/** What an image is made of. */
export interface Image {
  /** Tar files, the lowest first. */
  layers: string[];
  config: ImageConfig;
}

/** The path of a file that goes into an image as it is. */
export const recipeFile = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const seconds = (count: number): number => count * 1e9;
