import { engineSteps, imagesStep } from '../test/lab/host-steps.ts';
import { doSteps } from '../test/lab/progress.ts';

/** Sees to it that all is there before the clock starts: the built product, an engine with Compose, the images. */
export async function prepare(): Promise<void> {
  await doSteps('bench', [...engineSteps, imagesStep]);
}
