import { testedImage } from '../../src/releases/releases.ts';
import { type RootFileSystem, rootFileSystem } from './engine/root-file-system.ts';
import { imageArchive } from './images/image-archive.ts';
import { installPrerequisites } from './prerequisites.ts';
import { doSteps, type Step } from './progress.ts';
import { serviceTree } from './service-tree.ts';

const systems: RootFileSystem[] = ['trixie-26', 'bookworm-20', 'trixie-28'];
const images = [testedImage('traefik'), testedImage('postgres'), testedImage('synapse')];

const steps: Step[] = [
  { name: 'programs of the lab', work: installPrerequisites },
  { name: 'machines that serve the lab', work: ignoreResult(serviceTree) },
  ...systems.map((name) => ({ name: `hosts: ${name}`, work: ignoreResult(() => rootFileSystem(name)) })),
  ...images.map((image) => ({ name: `image ${image}`, work: ignoreResult(() => imageArchive(image)) })),
];

/** Makes what is slow to make and kept in the cache, showing how far it is; what a single test needs beyond that it makes itself. */
export async function prepareLab(): Promise<void> {
  await doSteps('prepare the lab', steps);
}

/** What the caches return is a path, which no step is interested in. */
function ignoreResult(work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    await work();
  };
}
