import { testedImage } from '../src/releases/releases.ts';
import { ensureCompose } from '../test/lab/engine/compose-plugin.ts';
import { ensureEngine } from '../test/lab/engine/docker-engine.ts';
import { ensureImages } from '../test/lab/images/ensure-images.ts';
import { buildProduct } from '../test/lab/product.ts';
import { doSteps } from '../test/lab/progress.ts';

const images = [testedImage('postgres'), testedImage('synapse'), testedImage('traefik')];

/** Sees to it that all is there before the clock starts: the built product, an engine with Compose, the images. */
export async function prepare(): Promise<void> {
  await doSteps('bench', [
    { name: 'build matrix-deploy', work: buildProduct },
    { name: 'find or install Docker', work: ensureEngine },
    { name: 'find or install Compose', work: ensureCompose },
    { name: 'get the images', work: (say) => ensureImages(images, say) },
  ]);
}
