import { testedImages } from '../../src/releases/releases.ts';
import { type RootFileSystem, rootFileSystem } from './engine/root-file-system.ts';
import { foreignTree } from './foreign-tree.ts';
import { imageArchive } from './images/image-archive.ts';
import { installPrerequisites } from './prerequisites.ts';
import { doSteps, type Say, type Step } from './progress.ts';
import { serviceTree } from './service-tree.ts';

const systems: RootFileSystem[] = ['trixie-26', 'bookworm-20', 'trixie-28'];

/** What is tested with, and major releases of the database that it is upgraded from and to. */
const images = [...testedImages(), 'postgres:15', 'postgres:18'];

const steps: Step[] = [
  { name: 'install what the lab needs', seconds: 15, work: installPrerequisites },
  {
    name: 'make the systems of its machines',
    seconds: 200,
    work: (say) =>
      makeAll(say, [
        ['the machines that serve the lab', serviceTree],
        ['a homeserver of somebody else', foreignTree],
        ...systems.map((name): Product => [`hosts with ${name}`, () => rootFileSystem(name)]),
      ]),
  },
  {
    name: 'build the images',
    seconds: 150,
    work: (say) =>
      makeAll(
        say,
        images.map((image): Product => [image, () => imageArchive(image)]),
      ),
  },
];

/** Makes what is slow to make and kept in the cache, showing how far it is; what a single test needs beyond that it makes itself. */
export async function prepareLab(): Promise<void> {
  await doSteps('prepare the lab', steps);
}

/** Something to have in the cache. */
type Product = [name: string, make: () => Promise<string>];

// Half of their time they wait, for the network or the disk: together they take less.
async function makeAll(say: Say, products: readonly Product[]): Promise<void> {
  await Promise.all(
    products.map(async ([name, make]) => {
      await make();
      say(`${name}: ready`);
    }),
  );
}
