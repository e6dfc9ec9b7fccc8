import { testedImages } from '../../src/releases/releases.ts';
import { ensureCompose } from './engine/compose-plugin.ts';
import { ensureEngine } from './engine/docker-engine.ts';
import { ensureImages } from './images/ensure-images.ts';
import { buildProduct } from './product.ts';
import type { Step } from './progress.ts';

/** Makes this machine able to run the product: built, with an engine that answers and Compose. */
export const engineSteps: readonly Step[] = [
  { name: 'build matrix-deploy', seconds: 10, work: buildProduct },
  { name: 'find or install Docker', seconds: 15, work: ensureEngine },
  { name: 'find or install Compose', seconds: 15, work: ensureCompose },
];

/** Gets the images of the tested set. */
export const imagesStep: Step = {
  name: 'get the images',
  seconds: 150,
  work: (say) => ensureImages(testedImages(), say),
};
