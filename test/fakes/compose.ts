import type { Compose } from '../../src/docker/compose.ts';
import type { FakeContainers } from './containers.ts';
import type { FakeEdge } from './edge.ts';
import type { FakeWorld } from './world.ts';

/** Compose in a fake world, for a directory. */
export function fakeCompose(
  world: FakeWorld,
  { createAll, start }: FakeContainers,
  edge: Pick<FakeEdge, 'close'>,
): (directory: string) => Compose {
  return (directory) => ({
    until: () => world.compose(directory),
    version: async () => world.versions.compose,
    async create(services) {
      await createAll(directory, services);
    },
    async up(services) {
      await Promise.all((await createAll(directory, services)).map(start));
    },
    async recreate(services) {
      await Promise.all((await createAll(directory, services, true)).map(start));
    },
    async replace(services) {
      await createAll(directory, services, true);
    },
    async down() {
      world.log.push('down');
      world.containers.clear();
      await edge.close();
    },
  });
}
